import { codeOf } from '@twofold/interface'
import { quietWarnings } from './quiet-warnings.ts'
import type { FromParty, Request } from './requests.ts'

/** One side of the demo: a process of its own, driven by the parent's requests. */
quietWarnings()
// Only now, so that the warnings of what it imports are quiet too.
const { partyOperations } = await import('./party-operations.ts')

function tell(message: FromParty): void {
  process.send?.(message)
}

const operations = partyOperations((name, offset, size) => tell({ kind: 'progress', name, offset, size }))

async function answer({ id, operation, input }: Request): Promise<void> {
  try {
    const output = await operations[operation](input as never)
    tell({ kind: 'answer', id, output })
  } catch (error) {
    tell({ kind: 'failure', id, code: codeOf(error) ?? 'UNEXPECTED', message: String(error) })
  }
}

process.on('message', (request: Request) => void answer(request))
// The parent is gone: nobody would end us otherwise.
process.on('disconnect', () => process.exit())
