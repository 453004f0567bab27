import type { StoredValue } from '@twofold/interface/io'
import { type MemoryStoreOptions, memoryStore } from '@twofold/store-memory'
import { expect, test } from 'vitest'

const write = (revision: number) => [{ id: 'a', revision, bytes: new Uint8Array([revision]) }]

test('unknown options are refused', () => {
  expect(() => memoryStore({ path: 'x' } as MemoryStoreOptions)).toThrow(
    expect.objectContaining({ code: 'USAGE_UNKNOWN_OPTION' }),
  )
})

test('two stores without a common storage know nothing of each other', async () => {
  const [one, two] = [memoryStore(), memoryStore()]
  await one.commit(write(1))
  expect(await two.load('a')).toBeUndefined()
})

test('what is replaced and what is forgotten is overwritten', async () => {
  const storage = new Map<string, StoredValue>()
  const store = memoryStore({ storage })
  await store.commit(write(1))
  const first = storage.get('a')?.bytes
  await store.commit(write(2))
  const second = storage.get('a')?.bytes
  expect(first).toEqual(new Uint8Array([0]))
  await store.forget('a')
  expect(second).toEqual(new Uint8Array([0]))
})

test('a storage of its own outlives the store', async () => {
  const storage = new Map<string, StoredValue>()
  {
    await using store = memoryStore({ storage })
    await store.commit(write(1))
  }
  expect((await memoryStore({ storage }).load('a'))?.bytes).toEqual(new Uint8Array([1]))
})
