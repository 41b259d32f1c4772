import { appendFileSync, existsSync } from 'node:fs'
import type { Reporter, TestModule, Vitest } from 'vitest/node'
import { SHARED } from './given.ts'

/** How many tests passed, failed and were skipped; a file that could not be loaded and an error outside tests count as failed. */
export interface Counts {
  passed: number
  failed: number
  skipped: number
  /** Names of what failed. */
  failures: string[]
}

export interface Skip {
  readonly name: string
  readonly note: string | undefined
}

/** The one good reason to skip where everything is given: real data that is not part of a clone. */
export const excused = (skip: Skip, sharedExists: boolean): boolean =>
  !sharedExists && `${skip.name} ${skip.note ?? ''}`.includes('needs HEARTWOOD_SHARED')

/**
 * Prints each skipped test with its reason, so that a suite never looks greener than it is. With `HEARTWOOD_CI=1` a skip
 * without excuse fails the run. `HEARTWOOD_COUNTS` names a file to which the counts and the names of what failed are added as a line of JSON.
 */
export default class Skips implements Reporter {
  #partial = false

  onInit(vitest: Vitest): void {
    this.#partial = vitest.config.testNamePattern !== undefined
  }

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    const counts: Counts = { passed: 0, failed: 0, skipped: 0, failures: [] }
    const fail = (name: string): void => {
      counts.failed++
      counts.failures.push(name)
    }
    for (const error of unhandled) fail(`outside tests: ${(error as { message?: string }).message ?? error}`)
    const skips: Skip[] = []
    for (const module of modules) {
      if (module.errors().length > 0) fail(module.relativeModuleId)
      for (const suite of module.children.allSuites())
        if (suite.errors().length > 0) fail(`${module.relativeModuleId} > ${suite.fullName}`)
      for (const test of module.children.allTests()) {
        const result = test.result()
        const name = `${module.relativeModuleId} > ${test.fullName}`
        if (result.state === 'passed') counts.passed++
        else if (result.state === 'failed') fail(name)
        else {
          counts.skipped++
          const note = result.state === 'skipped' ? result.note : 'did not end'
          skips.push({ name, note })
        }
      }
    }
    const file = process.env['HEARTWOOD_COUNTS']
    if (file) appendFileSync(file, `${JSON.stringify(counts)}\n`)
    if (!this.#partial) this.#tell(skips)
  }

  #tell(skips: readonly Skip[]): void {
    if (skips.length === 0) return
    const strict = process.env['HEARTWOOD_CI'] === '1'
    const sharedExists = existsSync(SHARED)
    console.log(`\n${skips.length} skipped:`)
    for (const skip of skips) {
      const bad = strict && !excused(skip, sharedExists)
      if (bad) process.exitCode = 1
      console.log(`  ${bad ? 'NOT ALLOWED HERE: ' : ''}${skip.name}${skip.note === undefined ? '' : ` (${skip.note})`}`)
    }
  }
}
