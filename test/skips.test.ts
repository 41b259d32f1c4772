import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { ROOT } from './given.ts'
import { excused } from './skips.ts'

describe('a skipped test', () => {
  it('is excused by absent data only', () => {
    const skip = { name: 'retail (needs HEARTWOOD_SHARED)', note: undefined }
    expect(excused(skip, false)).toBe(true)
    expect(excused(skip, true)).toBe(false)
    expect(excused({ name: 'kafka', note: 'needs Java' }, false)).toBe(false)
    expect(excused({ name: 'kafka', note: 'needs HEARTWOOD_SHARED' }, false)).toBe(true)
  })

  const folder = mkdtempSync(join(tmpdir(), 'heartwood-skips-'))
  afterAll(() => rmSync(folder, { recursive: true }))

  const run = (text: string, env: Record<string, string>) => {
    const counts = join(folder, 'counts')
    writeFileSync(join(folder, 'a.test.js'), `const { it, expect } = globalThis\n${text}`)
    writeFileSync(counts, '')
    const { HEARTWOOD_CI: _, ...rest } = process.env
    const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs')
    const reporter = join(ROOT, 'test/skips.ts')
    const args = [vitest, 'run', '--root', folder, '--globals', '--reporter', reporter]
    writeFileSync(join(folder, 'vitest.config.js'), 'export default {}')
    const child = spawnSync(process.execPath, args, {
      cwd: folder,
      encoding: 'utf8',
      env: { ...rest, HEARTWOOD_COUNTS: counts, ...env },
    })
    return { status: child.status, output: child.stdout, counts: readFileSync(counts, 'utf8').trim() }
  }

  it('is printed, counted, and fails a run that must be whole', () => {
    const text = "it('a', () => {})\nit.skip('b', () => {})\nit('c', context => context.skip('needs Java'))"
    const loose = run(text, {})
    expect(loose.output).toContain('2 skipped:')
    expect(loose.output).toContain('a.test.js > c (needs Java)')
    expect(JSON.parse(loose.counts)).toEqual({ passed: 1, failed: 0, skipped: 2, failures: [] })
    expect(loose.status).toBe(0)
    expect(run(text, { HEARTWOOD_CI: '1' }).status).toBe(1)
  })

  it('is not confused with a file that cannot be loaded', () => {
    const broken = run("it('a', () => {})\nthrow new Error('no')", { HEARTWOOD_CI: '1' })
    expect(JSON.parse(broken.counts)).toMatchObject({ failed: 1, failures: ['a.test.js'] })
    expect(broken.status).toBe(1)
  })

  it('is not confused with one that failed, which is named', () => {
    const failed = run("it('a', () => expect(1).toBe(2))", {})
    expect(JSON.parse(failed.counts)).toEqual({ passed: 0, failed: 1, skipped: 0, failures: ['a.test.js > a'] })
  })

  it('leaves a whole run alone', () => {
    const whole = run("it('a', () => expect(1).toBe(1))", { HEARTWOOD_CI: '1' })
    expect(JSON.parse(whole.counts)).toEqual({ passed: 1, failed: 0, skipped: 0, failures: [] })
    expect(whole.status).toBe(0)
  })
})
