import { bench } from './bench.ts'
import { help, type Options, parseOptions } from './options.ts'
import { reportText } from './table.ts'

async function run(options: Options): Promise<void> {
  const progress = (text: string) => void process.stderr.write(`${text}\n`)
  const report = await bench({ ...options, progress })
  process.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : `\n${reportText(report)}\n`)
}

try {
  const options = parseOptions(process.argv.slice(2))
  if (options.help) process.stdout.write(help)
  else await run(options)
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
  process.exitCode = 1
}
