import { defineConfig, type ViteUserConfigExport } from 'vitest/config'

/** One configuration for every workspace: sources unbuilt, results as JSON for the closing count of `npm test`. */
export const base: ViteUserConfigExport = defineConfig({
  resolve: { conditions: ['@twofold/source', 'node', 'import', 'default'] },
  ssr: { resolve: { conditions: ['@twofold/source', 'node', 'import', 'default'] } },
  test: {
    include: ['test/**/*.test.ts'],
    reporters: ['default', 'json'],
    outputFile: { json: '.test-results.json' },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 1,
  },
})
