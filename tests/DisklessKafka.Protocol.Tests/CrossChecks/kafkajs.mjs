// kafkajs: answers how it encodes every request it knows, and how it reads the responses on stdin.
import { createRequire } from 'node:module'
import { concrete, isSymbolic, pathOf, symbolic } from './symbolic.mjs'
import { input, loudly, note, place, silently, startTrace, text, trace } from './trace.mjs'

const require = createRequire(import.meta.url)
const Decoder = require('kafkajs/src/protocol/decoder')
const Encoder = require('kafkajs/src/protocol/encoder')
const keys = require('kafkajs/src/protocol/requests/apiKeys')
// Records are checked elsewhere; here they are bytes, so that decoding them adds no values.
const messages = require.resolve('kafkajs/src/protocol/requests/fetch/v4/decodeMessages')
require(messages)
require.cache[messages].exports = async decoder => decoder.readBytes()
const { requests: apis } = require('kafkajs/src/protocol/requests')

let last = null   // the decoder that was used last: what is left in it is what was not read
const READS = {
  readInt8: 'int8', readInt16: 'int16', readInt32: 'int32', readInt64: 'int64', readDouble: 'float64', readBoolean: 'bool',
  readString: 'string', readUVarIntString: 'string', readBytes: 'bytes', readUVarIntBytes: 'bytes'
}
for (const [name, kind] of Object.entries(READS)) {
  const original = Decoder.prototype[name]
  Decoder.prototype[name] = function (...args) {
    last = this
    const value = silently(() => original.apply(this, args))
    note(value, kind)
    return value
  }
}
const readTags = Decoder.prototype.readTaggedFields
Decoder.prototype.readTaggedFields = function () {
  return silently(() => readTags.call(this))
}
for (const name of ['readArray', 'readUVarIntArray']) {
  const original = Decoder.prototype[name]
  Decoder.prototype[name] = function (item) {
    const settle = place()
    const value = silently(() => original.call(this, decoder => loudly(() => item(decoder))))
    settle(value === null ? 'null' : `[${value.length}]`)
    return value
  }
}
Decoder.prototype.readArrayAsync = async function (item) {   // its own would note values while it waits
  const settle = place()
  const value = []
  const length = silently(() => this.readInt32())
  for (let i = 0; i < length; i++) value.push(await item(this))
  settle(`[${length}]`)
  return value
}

// An encoder keeps its own values: parts of a message are encoded before what stands in front of them.
const leavesOf = encoder => (encoder.leaves ??= [])
const WRITES = {
  writeInt8: 'int8', writeInt16: 'int16', writeInt32: 'int32', writeInt64: 'int64', writeDouble: 'float64', writeBoolean: 'bool',
  writeString: 'string', writeUVarIntString: 'string', writeBytes: 'bytes'
}
for (const [name, kind] of Object.entries(WRITES)) {
  const original = Encoder.prototype[name]
  Encoder.prototype[name] = function (value) {
    if (isSymbolic(value)) value = concrete(pathOf(value), kind)
    if (trace.depth === 0) leavesOf(this).push(text(kind === 'bytes' && typeof value === 'string' ? Buffer.from(value) : value, kind))
    return silently(() => original.call(this, typeof value === 'bigint' ? value.toString() : value))
  }
}
for (const name of ['writeArray', 'writeNullableArray', 'writeUVarIntArray']) {
  const original = Encoder.prototype[name]
  Encoder.prototype[name] = function (items, type, ...rest) {
    if (isSymbolic(items)) {
      // What an array of plain values holds shows in its name alone.
      const kind = /partition|replica|broker/i.test(pathOf(items)) ? 'int32' : 'string'
      items = [...items].map(item => concrete(pathOf(item), kind))
    }
    const own = leavesOf(this)
    const outermost = trace.depth === 0
    if (outermost) own.push(items === null ? 'null' : `[${items.length}]`)
    const values = items ?? []
    if (outermost) {
      for (const item of values) {
        if (item instanceof Encoder) own.push(...leavesOf(item))
        else own.push(text(item, typeof item === 'number' ? 'int32' : 'string'))
      }
    }
    return silently(() => original.call(this, items, type, ...rest))
  }
}
const writeEncoder = Encoder.prototype.writeEncoder
Encoder.prototype.writeEncoder = function (value) {
  const own = leavesOf(this)
  if (trace.depth === 0) {
    const isRecords = own.at(-1) === String(value.size())   // their length stands in front of them
    if (isRecords) own.splice(-1, 1, text(value.buffer, 'bytes'))
    else own.push(...leavesOf(value))
  }
  return silently(() => writeEncoder.call(this, value))
}
const writeBuffer = Encoder.prototype.writeBuffer
Encoder.prototype.writeBuffer = function (value) {   // only of SASL tokens, which come with their length
  leavesOf(this).push(text(value.subarray(4), 'bytes'))
  return silently(() => writeBuffer.call(this, value))
}

/** Requests whose encoder needs more of its arguments than that they can be written. */
const ARGUMENTS = {
  SaslAuthenticate: { authBytes: Buffer.from([0, 0, 0, 2, 7, 8]) },
  Produce: { acks: -1, timeout: 1000, transactionalId: 'tx', topicData: [{ topic: 't', partitions: [{ partition: 3, firstSequence: 0, messages: [{ key: 'k', value: 'v', headers: {}, timestamp: 17 }] }] }] }
}

/** In the flexible versions it knows, kafkajs takes the tag section of the header for the body's first byte. */
const FLEXIBLE = new Set(['AlterPartitionReassignments', 'ListPartitionReassignments'])
const HEADER_TAGS = '00'

const requests = []
const responses = new Map()
for (const [name, key] of Object.entries(keys)) {
  for (const version of (apis[name]?.versions ?? []).map(Number)) {
    const { request, response } = apis[name].protocol({ version })(ARGUMENTS[name] ?? symbolic(name))
    responses.set(`${key} ${version}`, { response, prefix: FLEXIBLE.has(name) ? HEADER_TAGS : '' })
    startTrace()
    try {
      const encoder = await request.encode()
      requests.push({ kind: 'request', name, key, version, hex: encoder.buffer.toString('hex', FLEXIBLE.has(name) ? 1 : 0), leaves: leavesOf(encoder) })
    } catch (error) {
      requests.push({ kind: 'request', name, key, version, hex: '', leaves: [String(error.stack)] })
    }
  }
}

const readings = []
for (const [index, { key, version, hex }] of (await input()).entries()) {
  const known = responses.get(`${key} ${version}`)
  if (!known) continue
  startTrace()
  last = null
  let fault = null
  try {
    await known.response.decode(Buffer.from(known.prefix + hex, 'hex'))
  } catch (error) {
    fault = String(error.stack).split('\n').slice(0, 3).join(' ')
  }
  const left = last ? last.buffer.length - last.offset : 0
  readings.push({ index, leaves: trace.leaves, left: known.prefix ? left - 1 : left, error: fault })   // nor does it read the last tags
}

process.stdout.write(JSON.stringify({ requests, readings, apis: [] }))
