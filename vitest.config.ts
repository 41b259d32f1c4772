import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

/** Four suites: `quick` for every change, the others by name. A file's ending says to which it belongs. */
const suite = (name: string, include: string[], exclude: string[], testTimeout: number) => ({
  test: { name, include, exclude, testTimeout, hookTimeout: testTimeout },
})

/** Suites that start brokers and servers, or measure, run one file at a time. */
const alone = (name: string, testTimeout: number) => {
  const { test } = suite(name, [`test/**/*.${name}.test.ts`], [], testTimeout)
  return { test: { ...test, fileParallelism: false } }
}

export default defineConfig({
  test: {
    pool: 'forks',
    // for the processes and threads that tests start, which would compile everything anew
    env: {
      NODE_COMPILE_CACHE: join(import.meta.dirname, 'node_modules/.cache/heartwood'),
      // their machine may be shared with others who would starve them
      HEARTWOOD_READER_NICE: '0',
      HEARTWOOD_WRITER_NICE: '0',
    },
    maxWorkers: '100%',
    reporters: ['default', './test/skips.ts'],
    projects: [
      suite('quick', ['test/**/*.test.ts'], ['test/**/*.{long,kafka,soak}.test.ts'], 60_000),
      alone('long', 600_000),
      alone('kafka', 600_000),
      alone('soak', 7_200_000),
    ],
  },
})
