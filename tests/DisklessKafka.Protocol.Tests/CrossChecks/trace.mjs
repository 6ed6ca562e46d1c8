// Notes the values that a codec reads or writes, in their order, without those that it reads inside of others.
export const trace = { leaves: [], depth: 0 }

export function startTrace () {
  trace.leaves = []
  trace.depth = 0
}

/** Runs what must not be noted. */
export function silently (action) {
  trace.depth++
  try {
    return action()
  } finally {
    trace.depth--
  }
}

/** Runs what must be noted, although something around it runs silently. */
export function loudly (action) {
  const depth = trace.depth
  trace.depth = 0
  try {
    return action()
  } finally {
    trace.depth = depth
  }
}

export function note (value, kind) {
  if (trace.depth === 0) trace.leaves.push(text(value, kind))
}

/** Keeps a place for something that is known only after what follows it. */
export function place () {
  const at = trace.depth === 0 ? trace.leaves.push('') - 1 : -1
  return text => {
    if (at >= 0) trace.leaves[at] = text
  }
}

export function text (value, kind) {
  if (value === null || value === undefined) return 'null'
  switch (kind) {
    case 'string': return 's:' + value
    case 'bytes': return 'x:' + Buffer.from(value.subarray ? value.subarray() : value).toString('hex')
    case 'uuid': return 'u:' + value
    case 'bool': return value ? 'true' : 'false'
    case 'float64': {
      const bytes = Buffer.alloc(8)
      bytes.writeDoubleBE(value)
      return 'f:' + bytes.toString('hex')
    }
    default: return value.toString()
  }
}

export async function input () {
  const chunks = []
  for await (const chunk of process.stdin) chunks.push(chunk)
  return JSON.parse(Buffer.concat(chunks).toString())
}
