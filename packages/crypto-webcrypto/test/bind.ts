import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type CryptoSubject, cryptoCases, describeTally, vectorFiles } from '@twofold/compliance/crypto'
import { codeOf, findSuite, type SuiteId } from '@twofold/interface'
import { describe, expect, test } from 'vitest'

/** The folder of published vectors. */
const folder = process.env.TWOFOLD_VECTORS ?? fileURLToPath(new URL('../../../../shared/vectors', import.meta.url))
const hint = `no test vectors in ${folder}: set TWOFOLD_VECTORS to their folder`

async function honoursSeed({ provider }: CryptoSubject, id: SuiteId): Promise<boolean> {
  try {
    await provider.suite(id, { random: (length) => new Uint8Array(length) })
    return true
  } catch (error) {
    if (codeOf(error) === 'USAGE_SEED_UNSUPPORTED') return false
    throw error
  }
}

/** Every case of the contract with every suite that the provider serves. */
export async function bindContract(title: string, subject: CryptoSubject): Promise<void> {
  const { provider } = subject
  for (const id of provider.suites) {
    const honours = await honoursSeed(subject, id)
    describe(`${title} ${findSuite(id)?.name}`, () => {
      for (const { name, requires, run } of cryptoCases) {
        if (requires === 'seed' && !honours) {
          test(`${name} (not here: the suite says USAGE_SEED_UNSUPPORTED)`, async () => {
            await expect(async () => provider.suite(id, { random: () => new Uint8Array(0) })).rejects.toMatchObject({
              code: 'USAGE_SEED_UNSUPPORTED',
            })
          })
        } else test(name, () => run(provider, id))
      }
    })
  }
}

/** Every file of vectors; without the folder it fails in CI, and is skipped loudly elsewhere. */
export function bindVectors(
  subject: CryptoSubject,
  expectedNotes: Readonly<Record<string, Record<string, number>>>,
): void {
  const present = existsSync(folder)
  if (!present) console.warn(hint)
  describe(`${subject.provider.name} vectors`, () => {
    test.skipIf(!present && process.env.CI === undefined)('the folder of vectors is there', () => {
      expect(present, hint).toBe(true)
    })
    if (!present) return
    for (const file of vectorFiles) {
      test(file.path, async () => {
        const content = readFileSync(`${folder}/${file.path}`, 'utf8')
        const tally = await file.run(subject, file.format === 'json' ? JSON.parse(content) : content)
        console.log(`${subject.provider.name}: ${describeTally(file.path, tally)}`)
        expect(tally.failures).toEqual([])
        expect(tally.ran).toBeGreaterThan(0)
        expect(tally.notes).toEqual(expectedNotes[file.path] ?? {})
      })
    }
  })
}
