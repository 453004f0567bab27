// Bundles ts-mls into dist, with its licence: as a dependency it would bring exact peer pins that break its consumers'
// installs. Nothing but @twofold/* stays an import.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const at = (path) => fileURLToPath(new URL(path, import.meta.url))

/** The bundle in memory, and what it imports from outside. */
export async function bundle() {
  const result = await build({
    entryPoints: [at('src/index.ts')],
    outfile: at('dist/index.js'),
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    target: 'es2022',
    external: ['@twofold/*'],
    sourcemap: 'linked',
    metafile: true,
    write: false,
    logLevel: 'error',
    absWorkingDir: at('.'),
  })
  const [output] = Object.entries(result.metafile.outputs).filter(([path]) => path.endsWith('.js'))
  const { imports, inputs } = output[1]
  const bundled = Object.entries(inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0)
  return {
    files: result.outputFiles,
    imports: [...new Set(imports.map(({ path }) => path))],
    packages: [...new Set(bundled.flatMap(([path]) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []))],
  }
}

/** What must stay with the code that is bundled. */
export async function notices(packages) {
  const parts = packages.map(async (name) => {
    const root = name === 'ts-mls' ? 'node_modules/ts-mls' : `../../node_modules/${name}`
    const { version } = JSON.parse(await readFile(at(`${root}/package.json`), 'utf8'))
    return `dist/index.js contains ${name} ${version}, under this licence:\n\n${await readFile(at(`${root}/LICENSE`), 'utf8')}`
  })
  return (await Promise.all(parts)).join('\n\n')
}

export function checkImports(imports) {
  const outside = imports.filter((path) => !path.startsWith('@twofold/'))
  if (outside.length > 0) throw new Error(`the bundle imports ${outside.join(', ')}`)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { files, imports, packages } = await bundle()
  checkImports(imports)
  await rm(at('dist'), { recursive: true, force: true })
  await mkdir(at('dist'))
  for (const { path, contents } of files) await writeFile(path, contents)
  await writeFile(at('dist/THIRD-PARTY-NOTICES.txt'), await notices(packages))
}
