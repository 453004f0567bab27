/**
 * A file of ts-mls by its path: what it does not export is needed to forge messages and to run vectors of its parts. The
 * caller says which functions it wants.
 */
export async function inner<T>(file: string): Promise<T> {
  const url = new URL(`../node_modules/ts-mls/dist/src/${file}`, import.meta.url)
  return (await import(url.href)) as T
}
