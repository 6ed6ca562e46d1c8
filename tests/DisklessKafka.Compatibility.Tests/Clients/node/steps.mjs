// The frame of every client script: reads {bootstrap, steps: [{verb, …}]} from standard input, runs the steps in order and
// prints an array with one result each; a step that fails has the result {error}. Bytes travel as base64.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

const requireClient = createRequire(`${process.cwd()}/`) // the caller runs us in the folder that holds node_modules

export const load = name => import(pathToFileURL(requireClient.resolve(name)).href)

export const fromBase64 = text => (text == null ? null : Buffer.from(text, 'base64'))
export const toBase64 = bytes => (bytes == null ? null : Buffer.from(bytes).toString('base64'))

// No step may hang: a client that waits for ever tells nothing about why.
const stepLimit = 30_000 // milliseconds

async function withinLimit (verb, work) {
  let timer
  const late = new Promise((_, reject) => { timer = setTimeout(() => reject(new Error(`'${verb}' had not ended after ${stepLimit} ms`)), stepLimit) })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

const withCauses = error => (error == null ? [] : [error, ...[error.cause, ...(error.errors ?? [])].flatMap(withCauses)])

export async function runSteps (connect) {
  const { bootstrap, steps } = JSON.parse(readFileSync(0, 'utf8'))
  const client = await connect(bootstrap)
  const results = []
  for (const step of steps) {
    try {
      results.push((await withinLimit(step.verb, client[step.verb](step))) ?? {})
    } catch (error) {
      results.push({ error: withCauses(error).map(each => `${each.type ?? each.apiId ?? each.name}: ${each.message}`).join(' / ') })
    }
  }
  const output = JSON.stringify(results, (_, value) => (typeof value === 'bigint' ? Number(value) : value))
  await new Promise(resolve => process.stdout.write(output, resolve))
  process.exit(0) // also when a step that failed left connections behind
}
