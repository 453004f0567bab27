import type { Profile, Report, Row } from './report.ts'

/** Columns as wide as their widest cell; numbers to the right. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((title, at) => Math.max(title.length, ...rows.map((row) => row[at]!.length)))
  const isNumber = header.map((_, at) => rows.length > 0 && rows.every((row) => /^[-\d.]*$/.test(row[at]!)))
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, at) => (isNumber[at] ? cell.padStart(widths[at]!) : cell.padEnd(widths[at]!)))
      .join('  ')
      .trimEnd()
  return [line(header), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n')
}

/** Three digits that say something, whatever the size. */
export function digits(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return `${value}`
  return value >= 100 ? value.toFixed(0) : value.toFixed(Math.min(6, Math.max(0, 2 - Math.floor(Math.log10(value)))))
}

const header = ['operation', 'layer', 'backend', 'median', 'min', 'p25', 'p75', 'ratio', 'tuned']

export function reportText(report: Report): string {
  const { origin, rounds, rows, profiles } = report
  const suites = [...new Set(rows.filter(isOurs).map(({ suite }) => suite))]
  return [
    `${origin.runtime} (OpenSSL ${origin.openssl}), ${origin.platform}, ${origin.cores} x ${origin.cpu}, load ${digits(origin.load)}`,
    `commit ${origin.commit ?? 'unknown'}, ${rounds} interleaved rounds, times in ms`,
    ...groups(rows).map(groupText),
    ...suites.map((suite) => profileText(profiles.filter((profile) => profile.suite === suite))).filter(Boolean),
    notes,
  ].join('\n\n')
}

const notes = `handshake: KeyPackage, Welcome and join, both sides. update: made, applied, confirmed. message: 1 KB, sealed and opened.
engine: the MLS engine alone. core: the protocol's steps above it, with a store in memory. record: records, no MLS per message.
ratio: against ts-mls with its default provider in this run. tuned: against ts-mls with our native backend for a provider,
which does neither guards, storing nor the protocol; at most 1.6 is what we aim at, for information.`

/** Each suite with its yardstick, which may serve several and stands in each. */
function groups(rows: readonly Row[]): Row[][] {
  const found: Row[][] = []
  for (const row of rows) {
    const group = found.at(-1)
    const starts = group === undefined || (isOurs(row) && group.some(({ layer }) => layer === 'ts-mls'))
    if (starts || (isOurs(row) && group[0]!.suite !== row.suite)) found.push([row])
    else group.push(row)
  }
  return found
}

function isOurs({ layer }: Row): boolean {
  return layer !== 'ts-mls' && layer !== 'tuned'
}

function groupText(rows: readonly Row[]): string {
  const titles = [...new Set(rows.map(({ layer, suite }) => `${layer === 'ts-mls' ? 'beside ts-mls ' : ''}${suite}`))]
  const libraries = new Map(rows.map((row) => [nameOf(row), versionText(row.versions)]))
  const cells = rows
    .toSorted((a, b) => operations.indexOf(a.operation) - operations.indexOf(b.operation))
    .map((row) => [row.operation, row.layer, row.backend, ...timeCells(row), tunedText(row)])
  const used = [...libraries].map(([name, versions]) => `  ${name}: ${versions}`)
  return [titles.join(', '), table(header, cells), ...used].join('\n')
}

const operations = ['handshake', 'update', 'message']

function nameOf({ layer, backend }: Row): string {
  if (layer === 'tuned') return 'ts-mls, tuned'
  return layer === 'ts-mls' ? 'ts-mls, its default provider' : backend
}

function timeCells({ time, ratio }: Row): string[] {
  const times = [time.median, time.min, time.p25, time.p75].map(digits)
  return [...times, ratio === null ? '' : ratio.toFixed(3)]
}

function tunedText({ tuned }: Row): string {
  return tuned === null ? '' : tuned.ratio.toFixed(2)
}

function versionText(versions: Readonly<Record<string, string>>): string {
  return Object.entries(versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ')
}

/** One column an operation, one line a kind of call. */
function profileText(profiles: readonly Profile[]): string {
  if (profiles.length === 0) return ''
  const kinds = [...new Set(profiles.flatMap(({ calls }) => Object.keys(calls)))].sort()
  const columns = profiles.map(({ operation, layer }) => `${operation} ${layer}`)
  const cells = kinds.map((kind) => [kind, ...profiles.map(({ calls }) => `${calls[kind] ?? 0}`)])
  return `calls of ${profiles[0]!.suite}\n${table(['kind', ...columns], cells)}`
}
