import { defineConfig, type ViteUserConfigExport } from 'vitest/config'

const conditions = ['@twofold/source', 'node', 'import', 'default']

/** One configuration for every workspace: sources unbuilt, results as JSON for the closing count of `npm test`. */
const config: ViteUserConfigExport = defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['test/**/*.test.ts'],
    reporters: ['default', 'json'],
    outputFile: { json: '.test-results.json' },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 1,
  },
})

export default config
