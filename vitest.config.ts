import { defineConfig } from 'vitest/config'

/** One project a tier: `npm test` runs all, `npm run vitest -- --project unit test/vo` some. */
const tier = (name: string, include: string[], more: object = {}) => ({
  test: { name, include, environment: 'node', testTimeout: 30_000, hookTimeout: 120_000, ...more },
})

export default defineConfig({
  test: {
    projects: [
      tier('unit', ['test/**/*.test.ts'], {
        exclude: ['test/kafka/**', 'test/interop/**', 'test/chaos/**', 'test/browser/**', 'test/fuzz/**'],
      }),
      tier('kafka', ['test/kafka/**/*.test.ts'], { testTimeout: 120_000, fileParallelism: false }),
      tier('interop', ['test/interop/**/*.test.ts'], { testTimeout: 180_000 }),
      tier('chaos', ['test/chaos/**/*.test.ts'], { testTimeout: 600_000, fileParallelism: false, maxConcurrency: 2 }),
      tier('fuzz', ['test/fuzz/**/*.test.ts'], { testTimeout: 900_000 }),
      tier('browser', ['test/browser/**/*.test.ts'], { testTimeout: 120_000, fileParallelism: false }),
    ],
    pool: 'forks',
    maxWorkers: 2,
  },
})
