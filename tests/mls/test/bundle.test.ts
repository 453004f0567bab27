import { describe, expect, test } from 'vitest'

interface Build {
  bundle(): Promise<{
    readonly files: readonly { readonly path: string; readonly text: string }[]
    readonly imports: readonly string[]
    readonly packages: readonly string[]
  }>
  checkImports(imports: readonly string[]): void
  notices(packages: readonly string[]): Promise<string>
}

const buildUrl = new URL('../../../packages/mls/build.mjs', import.meta.url)
const { bundle, checkImports, notices } = (await import(buildUrl.href)) as Build
const built = await bundle()
const code = built.files.find(({ path }) => path.endsWith('.js'))!.text

describe('the published bundle', () => {
  test('imports nothing but what the package declares', () => {
    expect([...built.imports].sort()).toEqual(['@twofold/codec', '@twofold/interface'])
    expect(() => checkImports(built.imports)).not.toThrow()
    expect(() => checkImports(['@twofold/codec', 'ts-mls'])).toThrow('ts-mls')
  })

  test('contains ts-mls and nothing else from outside, and no code that loads more', () => {
    expect(built.packages).toEqual(['ts-mls'])
    expect(code).not.toMatch(/\bimport\s*\(|\brequire\s*\(/)
    expect(code).not.toMatch(/@noble|@hpke/)
  })

  test('keeps the notice of ts-mls', async () => {
    const text = await notices(built.packages)
    expect(text).toContain('ts-mls 2.0.0-rc.10')
    expect(text).toMatch(/Permission is hereby granted, free of charge/)
    expect(text).toMatch(/Copyright/)
  })

  test('stays small', () => {
    expect(code.length).toBeLessThan(230_000)
  })
})
