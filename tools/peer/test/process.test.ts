import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import { maxLine } from '../src/serve.ts'
import { type Fields, outOf, toHexText, type Wire } from './pair.ts'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const children: ChildProcessWithoutNullStreams[] = []

afterEach(() => {
  for (const child of children.splice(0)) child.kill()
})

function start(...args: string[]) {
  const child = spawn(process.execPath, ['--conditions=@twofold/source', main, ...args])
  children.push(child)
  const errors: string[] = []
  child.stderr.on('data', (chunk) => errors.push(String(chunk)))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    child,
    errors,
    async line(text: string): Promise<Fields> {
      child.stdin.write(`${text}\n`)
      const { value, done } = await lines.next()
      if (done) throw new Error(`the process ended: ${errors.join('')}`)
      return JSON.parse(value)
    },
  }
}

type Process = ReturnType<typeof start>

async function ask(process: Process, request: Fields): Promise<Fields> {
  const answer = await process.line(JSON.stringify(request))
  expect(answer, JSON.stringify(answer).slice(0, 300)).toMatchObject({ ok: true })
  return answer
}

async function deliver(from: Process, to: Process, messages: readonly Wire[]): Promise<void> {
  for (const message of messages) {
    await deliver(to, from, outOf(await ask(to, { op: 'receive', ...message })))
  }
}

test.each(['bare', 'framed'])('two processes shake hands, update, restart and resume: %s', async (profile) => {
  const [alice, bob] = [start(), start()]
  const settings = { op: 'new', suite: '0xF002', backend: 'node', profile, commits: 'private' }
  await ask(alice, { ...settings, role: 'initiator', identity: toHexText('alice') })
  await ask(bob, { ...settings, role: 'responder', identity: toHexText('bob') })
  await deliver(alice, bob, outOf(await ask(alice, { op: 'hello' })))
  await deliver(bob, alice, outOf(await ask(bob, { op: 'update' })))
  await ask(bob, { op: 'restart' })
  await deliver(bob, alice, outOf(await ask(bob, { op: 'resume' })))
  const told = await ask(alice, { op: 'status' })
  expect(told).toMatchObject({ epoch: '4', pending: false, phase: 'established' })
  expect(await ask(bob, { op: 'status' })).toEqual(told)
  expect(alice.errors.join('')).toContain('accepts everyone')
  alice.child.stdin.end()
  expect((await once(alice.child, 'exit'))[0]).toBe(0)
})

test('a line that is no request answers with an error, and the next one is served', async () => {
  const process = start()
  expect(await process.line('{"op":')).toMatchObject({ ok: false, code: 'USAGE_INVALID_ARGUMENT' })
  expect(await process.line('null')).toMatchObject({ ok: false, code: 'USAGE_INVALID_ARGUMENT' })
  expect(await process.line(`"${'x'.repeat(maxLine)}"`)).toMatchObject({ ok: false, code: 'USAGE_LIMIT_REACHED' })
  const nested = `{"op":"status","id":${'['.repeat(100_000)}${']'.repeat(100_000)}}`
  expect(await process.line(nested)).toMatchObject({ ok: false })
  expect(await process.line('\r\n{"id":1,"op":"status"}')).toMatchObject({ id: 1, ok: false, code: 'USAGE_NOT_NOW' })
  expect(await process.line('{"op":"new","role":"responder","identity":"62"}')).toEqual({ ok: true })
})

test('--help prints the requests, and an unknown option fails', async () => {
  const helped = start('--help')
  expect((await once(helped.child, 'exit'))[0]).toBe(0)
  const refused = start('--helpp')
  expect((await once(refused.child, 'exit'))[0]).toBe(2)
  expect(refused.errors.join('')).toContain('--help')
})
