import type { ErrorCode } from '@twofold/interface'
import type { Store, StoreWrite } from '@twofold/interface/io'
import { assert, assertBytes, assertEqual, assertRejects, type Case, patterned, rejection } from './case.ts'

export type { Case } from './case.ts'

/** `shared`: several stores can be open on one place. `durable`: what was committed is there after close and open. */
export type StoreFeature = 'shared' | 'durable'

/** One place where values lie; each case gets a fresh, empty one. */
export interface StorePlace {
  /** A store on this place: a new handle with each call. */
  open(): Promise<Store>
}

export interface StoreSubject {
  readonly features: readonly StoreFeature[]
  /** A fresh, empty place. */
  place(): Promise<StorePlace>
}

export type StoreCase = Case<StoreSubject, StoreFeature>

/** What every store must do (the `Store` contract of @twofold/interface/io). */
export const storeCases: readonly StoreCase[] = [
  onStore('an id that was never written loads as undefined', async (store) => {
    assertEqual(await store.load('nothing'), undefined, 'load')
  }),
  onStore('a created value comes back with revision 1', async (store) => {
    await store.commit([write('a', 1, 40)])
    await expectStored(store, 'a', 1, 40)
  }),
  onStore('an update replaces the value', async (store) => {
    await store.commit([write('a', 1, 40)])
    await store.commit([write('a', 2, 17)])
    await expectStored(store, 'a', 2, 17)
  }),
  onStore('an empty value is a value', async (store) => {
    await store.commit([write('a', 1, 0)])
    await expectStored(store, 'a', 1, 0)
  }),
  onStore('a commit of nothing resolves', (store) => store.commit([])),
  onStore('creating what is there conflicts', async (store) => {
    await store.commit([write('a', 1, 40)])
    await assertRejects(store.commit([write('a', 1, 41)]), conflict, 'second create')
    await expectStored(store, 'a', 1, 40)
  }),
  onStore('updating what is not there conflicts', async (store) => {
    await assertRejects(store.commit([write('a', 2, 40)]), conflict, 'update')
    assertEqual(await store.load('a'), undefined, 'load')
  }),
  ...[1, 2, 4, 5].map((revision) =>
    onStore(`writing revision ${revision} over revision 2 conflicts`, async (store) => {
      await store.commit([write('a', 1, 40)])
      await store.commit([write('a', 2, 40)])
      await assertRejects(store.commit([write('a', revision, 41)]), conflict, 'commit')
      await expectStored(store, 'a', 2, 40)
    }),
  ),
  onStore('a batch writes all of it', async (store) => {
    await store.commit([write('a', 1, 40)])
    await store.commit([write('a', 2, 41), write('b', 1, 42), write('c', 1, 43)])
    await expectStored(store, 'a', 2, 41)
    await expectStored(store, 'b', 1, 42)
    await expectStored(store, 'c', 1, 43)
  }),
  ...['first', 'middle', 'last'].map((place, index) =>
    onStore(`a batch with a conflict in the ${place} write writes nothing`, async (store) => {
      await store.commit([write('b', 1, 40)])
      const batch = ['a', 'c'].map((id) => write(id, 1, 42))
      batch.splice(index, 0, write('b', 1, 41))
      await assertRejects(store.commit(batch), conflict, 'batch')
      assertEqual((await store.list()).join(), 'b', 'ids')
      await expectStored(store, 'b', 1, 40)
    }),
  ),
  onStore('bytes that are changed after a commit change nothing in the store', async (store) => {
    const bytes = patterned(40, 1)
    await store.commit([{ id: 'a', revision: 1, bytes }])
    bytes.fill(0)
    await expectStored(store, 'a', 1, 40)
  }),
  onStore('loaded bytes that are changed change nothing in the store', async (store) => {
    await store.commit([write('a', 1, 40)])
    const loaded = await store.load('a')
    loaded?.bytes.fill(0)
    await expectStored(store, 'a', 1, 40)
  }),
  onStore('bytes that are a view of a larger buffer are written alone', async (store) => {
    const buffer = new Uint8Array(140).fill(0xee)
    buffer.set(patterned(40, 1), 50)
    await store.commit([{ id: 'a', revision: 1, bytes: buffer.subarray(50, 90) }])
    await expectStored(store, 'a', 1, 40)
  }),
  onStore('a forgotten value is gone, others stay', async (store) => {
    await store.commit([write('a', 1, 40), write('b', 1, 41)])
    await store.forget('a')
    assertEqual(await store.load('a'), undefined, 'load')
    assertEqual((await store.list()).join(), 'b', 'ids')
    await expectStored(store, 'b', 1, 41)
  }),
  onStore('forgetting what is not there does nothing', (store) => store.forget('nothing')),
  onStore('a forgotten id begins again at revision 1', async (store) => {
    await store.commit([write('a', 1, 40)])
    await store.commit([write('a', 2, 40)])
    await store.forget('a')
    await assertRejects(store.commit([write('a', 3, 40)]), conflict, 'update after forget')
    await store.commit([write('a', 1, 41)])
    await expectStored(store, 'a', 1, 41)
  }),
  onStore('list names every id once', async (store) => {
    const ids = Array.from({ length: 50 }, (_, n) => `id-${n}`)
    await store.commit(ids.map((id) => write(id, 1, 10)))
    await store.commit([write('id-7', 2, 10)])
    assertEqual([...(await store.list())].sort().join(), ids.sort().join(), 'ids')
  }),
  onStore('a value of 1 MiB comes back', async (store) => {
    await store.commit([write('a', 1, 1024 * 1024)])
    await expectStored(store, 'a', 1, 1024 * 1024)
  }),
  onStore('ids of 1 and of 200 characters, and of every printable character', async (store) => {
    const printable = String.fromCharCode(...Array.from({ length: 95 }, (_, n) => 32 + n))
    for (const id of ['x', 'y'.repeat(200), printable, ' ', '__proto__', "'; DROP TABLE value; --"]) {
      await store.commit([write(id, 1, 40)])
      await expectStored(store, id, 1, 40)
      assert((await store.list()).includes(id), `list lacks ${id}`)
    }
  }),
  onStore('ids that differ only in case are two', async (store) => {
    await store.commit([write('session', 1, 40), write('SESSION', 1, 41)])
    await expectStored(store, 'session', 1, 40)
    await expectStored(store, 'SESSION', 1, 41)
  }),
  ...['', 'x'.repeat(201), 'tab\t', 'nul\0', 'line\n', 'ümlaut', 'del\x7f'].map((id) =>
    onStore(`the id ${JSON.stringify(id.slice(0, 12))} (${id.length} characters) is refused`, async (store) => {
      await assertRejects(store.load(id), invalid, 'load')
      await assertRejects(store.commit([write(id, 1, 1)]), invalid, 'commit')
      await assertRejects(store.forget(id), invalid, 'forget')
      assertEqual((await store.list()).length, 0, 'ids')
    }),
  ),
  ...[0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY].map((revision) =>
    onStore(`the revision ${revision} is refused`, async (store) => {
      await assertRejects(store.commit([write('a', revision, 1)]), invalid, 'commit')
    }),
  ),
  onStore('a batch that writes an id twice is refused', async (store) => {
    await assertRejects(store.commit([write('a', 1, 1), write('a', 2, 1)]), invalid, 'commit')
    assertEqual(await store.load('a'), undefined, 'load')
  }),
  onStore('of many commits at once to one id, one wins', async (store) => {
    await race(Array.from({ length: 20 }, () => store))
  }),
  onStore('after close every call throws USAGE_CLOSED, and close may be called again', async (store) => {
    await store.commit([write('a', 1, 1)])
    await store.close()
    await store.close()
    await assertRejects(store.load('a'), closed, 'load')
    await assertRejects(store.commit([write('a', 2, 1)]), closed, 'commit')
    await assertRejects(store.commit([]), closed, 'empty commit')
    await assertRejects(store.forget('a'), closed, 'forget')
    await assertRejects(store.list(), closed, 'list')
    await store[Symbol.asyncDispose]()
  }),
  {
    name: 'what was committed is there after close and open, what was forgotten is not',
    requires: ['durable'],
    run: async (subject) => {
      const place = await subject.place()
      const first = await place.open()
      await first.commit([write('a', 1, 40), write('b', 1, 41)])
      await first.commit([write('a', 2, 42)])
      await first.forget('b')
      await first.close()
      const second = await place.open()
      await expectStored(second, 'a', 2, 42)
      assertEqual((await second.list()).join(), 'a', 'ids')
      await second.close()
    },
  },
  {
    name: 'two stores on one place see what the other has written',
    requires: ['shared'],
    run: async (subject) => {
      const place = await subject.place()
      const stores = [await place.open(), await place.open()] as const
      await stores[0].commit([write('a', 1, 40)])
      await expectStored(stores[1], 'a', 1, 40)
      await stores[1].commit([write('a', 2, 41)])
      await expectStored(stores[0], 'a', 2, 41)
      await assertRejects(stores[0].commit([write('a', 2, 42)]), conflict, 'late writer')
      await stores[0].forget('a')
      assertEqual(await stores[1].load('a'), undefined, 'load')
      for (const store of stores) await store.close()
    },
  },
  {
    name: 'of many stores on one place that commit at once, one wins each round',
    requires: ['shared'],
    run: async (subject) => {
      const place = await subject.place()
      const stores = await Promise.all(Array.from({ length: 4 }, () => place.open()))
      await race(stores)
      for (const store of stores) await store.close()
    },
  },
]

const conflict: readonly ErrorCode[] = ['STORE_CONFLICT']
const invalid: readonly ErrorCode[] = ['USAGE_INVALID_ARGUMENT']
const closed: readonly ErrorCode[] = ['USAGE_CLOSED']

function onStore(name: string, body: (store: Store) => Promise<void>): StoreCase {
  return {
    name,
    run: async (subject) => {
      const store = await (await subject.place()).open()
      await body(store).finally(() => store.close())
    },
  }
}

/** A value whose bytes follow from its revision. */
function write(id: string, revision: number, length: number): StoreWrite {
  return { id, revision, bytes: patterned(length, revision) }
}

async function expectStored(store: Store, id: string, revision: number, length: number): Promise<void> {
  const value = await store.load(id)
  assertEqual(value?.revision, revision, `revision of ${id}`)
  assertBytes(value?.bytes, patterned(length, revision), `bytes of ${id}`)
}

/** Ten rounds in which everybody writes the same next revision, each with bytes of its own. */
async function race(stores: readonly Store[]): Promise<void> {
  for (let revision = 1; revision <= 10; revision++) {
    const results = await Promise.all(
      stores.map((store, n) => rejection(store.commit([{ id: 'a', revision, bytes: patterned(40, n) }]))),
    )
    const winners = results.flatMap((error, n) => (error === undefined ? [n] : []))
    assertEqual(winners.length, 1, `winners of revision ${revision}`)
    const losers = results.filter((error) => error !== undefined)
    for (const error of losers) await assertRejects(Promise.reject(error), conflict, 'loser')
    const value = await stores[0]?.load('a')
    assertEqual(value?.revision, revision, 'revision')
    assertBytes(value?.bytes, patterned(40, winners[0]), 'bytes of the winner')
  }
}
