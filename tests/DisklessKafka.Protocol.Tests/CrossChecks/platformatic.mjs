// @platformatic/kafka: answers how it encodes every request it knows, and how it reads the responses on stdin.
import { readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { concrete, isSymbolic, pathOf, symbolic } from './symbolic.mjs'
import { input, loudly, note, place, silently, startTrace, trace } from './trace.mjs'

Promise.withResolvers ??= function () {   // Node 20 lacks it
  const parts = {}
  parts.promise = new Promise((resolve, reject) => Object.assign(parts, { resolve, reject }))
  return parts
}

const root = join(dirname(fileURLToPath(import.meta.url)), 'node_modules/@platformatic/kafka/dist')
const load = path => import(pathToFileURL(join(root, path)))
const { Reader } = await load('protocol/reader.js')
const { Writer } = await load('protocol/writer.js')

const READS = {
  readInt8: 'int8', readInt16: 'int16', readInt32: 'int32', readInt64: 'int64', readFloat64: 'float64', readUnsignedInt8: 'uint8',
  readUnsignedInt16: 'uint16', readUnsignedInt32: 'uint32', readBoolean: 'bool', readUUID: 'uuid',
  readNullableString: 'string', readString: 'string', readNullableBytes: 'bytes', readBytes: 'bytes'
}
for (const [name, kind] of Object.entries(READS)) {
  const original = Reader.prototype[name]
  Reader.prototype[name] = function (...args) {
    const value = silently(() => original.apply(this, args))
    note(value, kind)
    return value
  }
}
for (const name of ['readNullableArray', 'readNullableMap']) {
  const original = Reader.prototype[name]
  Reader.prototype[name] = function (item, ...args) {
    const settle = place()
    const value = silently(() => original.call(this, (r, i) => loudly(() => item(r, i)), ...args))
    settle(value === null ? 'null' : `[${value.length ?? value.size}]`)
    return value
  }
}

const WRITES = {
  appendInt8: 'int8', appendInt16: 'int16', appendInt32: 'int32', appendInt64: 'int64', appendFloat64: 'float64', appendUnsignedInt8: 'uint8',
  appendUnsignedInt16: 'uint16', appendUnsignedInt32: 'uint32', appendBoolean: 'bool', appendUUID: 'uuid', appendString: 'string', appendBytes: 'bytes'
}
for (const [name, kind] of Object.entries(WRITES)) {
  const original = Writer.prototype[name]
  Writer.prototype[name] = function (value, ...args) {
    if (isSymbolic(value)) value = concrete(pathOf(value), kind)
    if (this === request) note(kind === 'uuid' && !value ? '00000000-0000-0000-0000-000000000000' : value, kind)
    return silently(() => original.call(this, value, ...args))
  }
}
for (const name of ['appendArray', 'appendMap']) {
  const original = Writer.prototype[name]
  Writer.prototype[name] = function (value, item, ...args) {
    if (isSymbolic(value)) value = name === 'appendMap' ? new Map([[value[0].key, value[0].value], [value[1].key, value[1].value]]) : [...value]
    const settle = place()
    settle(value === null || value === undefined ? 'null' : `[${value.length ?? value.size}]`)
    return silently(() => original.call(this, value, (...parts) => loudly(() => item(...parts)), ...args))
  }
}
const appendFrom = Writer.prototype.appendFrom
Writer.prototype.appendFrom = function (buffer) {   // of the records, which another writer encoded
  const bytes = (buffer?.dynamicBuffer ?? buffer).slice()
  if (this === request) {
    if (trace.leaves.at(-1) === String(bytes.length)) trace.leaves.pop()   // their length is not a value of its own
    note(bytes, 'bytes')
  }
  return silently(() => appendFrom.call(this, buffer))
}
let request = null   // the first writer of a request; others make its records
const createWriter = Writer.create
Writer.create = function (...args) {
  const writer = createWriter.apply(this, args)
  request ??= writer
  return writer
}

/** Requests whose encoder needs more of its arguments than that they can be written. */
const ARGUMENTS = {
  Produce: [-1, 1000, [{ topic: 't', partition: 3, key: Buffer.from('k'), value: Buffer.from('v'), timestamp: 17n }], { transactionalId: 'tx' }],
  'DeleteTopics 6': [[{ name: 't' }, { topicId: '01234567-89ab-cdef-0123-456789abcdef' }], 1000],
  'ListGroups 5': [['STABLE'], ['classic', 'share']]
}

const apis = new Map()
for (const folder of readdirSync(join(root, 'apis'), { withFileTypes: true }).filter(entry => entry.isDirectory())) {
  for (const file of readdirSync(join(root, 'apis', folder.name)).filter(name => /-v\d+\.js$/.test(name))) {
    const { api } = await load(`apis/${folder.name}/${file}`)
    const name = file.replace(/-v\d+\.js$/, '').replace(/(^|-)(.)/g, (_, __, letter) => letter.toUpperCase())
    const send = (_key, _version, create, parse, requestTags, responseTags) => apis.set(`${api.key} ${api.version}`, {
      name, key: api.key, version: api.version, create, parse, requestTags, responseTags
    })
    api({ send }, ...(ARGUMENTS[`${name} ${api.version}`] ?? ARGUMENTS[name] ?? Array.from({ length: 14 }, (_, i) => symbolic(`${name}.${i}`))))
  }
}

const requests = []
for (const { name, key, version, create } of apis.values()) {
  startTrace()
  request = null
  try {
    const writer = create()
    requests.push({ kind: 'request', name, key, version, hex: Buffer.from(writer.buffer).toString('hex'), leaves: trace.leaves })
  } catch (error) {
    requests.push({ kind: 'request', name, key, version, hex: '', leaves: [String(error.stack)] })
  }
}

const readings = []
for (const [index, { key, version, hex }] of (await input()).entries()) {
  const api = apis.get(`${key} ${version}`)
  if (!api) continue
  startTrace()
  const reader = Reader.from(Buffer.from(hex, 'hex'))
  let fault = null
  try {
    api.parse(1, key, version, reader)
  } catch (error) {
    if (!error.response) fault = String(error.stack).split('\n').slice(0, 3).join(' ')   // an error code in a response that was read well
  }
  readings.push({ index, leaves: trace.leaves, left: reader.remaining, error: fault })
}

process.stdout.write(JSON.stringify({
  requests,
  readings,
  apis: [...apis.values()].map(api => ({
    key: api.key, version: api.version, flexibleRequestHeader: api.requestTags, flexibleResponseHeader: api.responseTags
  }))
}))
