import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { hashOf } from './inbox.ts'
import type { SourceFile } from './stage.ts'

/** More than that, so that it takes several records. */
const leastBytes = 100_000

/** The repository's lock file; while that is shorter, another real file that set-up has put there. */
const candidates = ['package-lock.json', 'node_modules/@types/node/fs.d.ts']

export async function sourceFile(): Promise<SourceFile> {
  for (const candidate of candidates) {
    const path = fileURLToPath(new URL(`../../../${candidate}`, import.meta.url))
    const bytes = await stat(path).then(
      ({ size }) => size,
      () => 0,
    )
    if (bytes > leastBytes) return { path, name: basename(path), bytes, sha256: await hashOf(path) }
  }
  throw new Error(`none of ${candidates.join(', ')} has more than ${leastBytes} bytes: run the set-up first`)
}
