// Values that stand for any argument: whatever property, element or call is asked of one gives another. The encoder under
// test then asks the real value of it at the moment it writes it, so its requests need no hand-written arguments.
import { createHash } from 'node:crypto'

const PATH = Symbol('path')

export const isSymbolic = value => typeof value === 'function' && value[PATH] !== undefined

export const pathOf = value => value[PATH]

export function symbolic (path) {
  const children = new Map()
  const child = name => {
    if (!children.has(name)) children.set(name, symbolic(`${path}.${name}`))
    return children.get(name)
  }
  const items = () => [child(0), child(1)]
  return new Proxy(function () {}, {
    get (_, name) {
      if (name === PATH) return path
      if (name === Symbol.iterator) return () => items()[Symbol.iterator]()
      if (name === Symbol.toPrimitive) return hint => (hint === 'string' ? path : small(path))
      if (name === 'length') return items().length
      if (name === 'map' || name === 'flatMap' || name === 'forEach' || name === 'filter') return (...args) => items()[name](...args)
      if (name === 'then' || typeof name === 'symbol') return undefined
      return child(name)
    }
  })
}

const digest = path => createHash('sha256').update(path).digest()

const small = path => digest(path)[0] % 100

/** A value of the kind, always the same for a path. */
export function concrete (path, kind) {
  const bytes = digest(path)
  switch (kind) {
    case 'string': return 's' + bytes.toString('hex', 0, bytes[0] % 9)
    case 'bytes': return bytes.subarray(0, bytes[0] % 9)
    case 'bool': return bytes[0] % 2 === 1
    case 'uuid': return bytes.toString('hex', 0, 16).replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5')
    case 'int8': return bytes.readInt8(0)
    case 'uint8': return bytes.readUInt8(0)
    case 'int16': return bytes.readInt16BE(0)
    case 'uint16': return bytes.readUInt16BE(0)
    case 'int32': return bytes.readInt32BE(0)
    case 'uint32': return bytes.readUInt32BE(0)
    case 'int64': return bytes.readBigInt64BE(0)
    case 'float64': return bytes.readInt32BE(0) / 8
    default: throw new Error(`no value of kind ${kind}`)
  }
}
