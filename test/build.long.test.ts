import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { ROOT } from './given.ts'

/** Node runs no TypeScript below node_modules, so what runs there is JavaScript alone, and finds our dependencies. */
describe('the built package', () => {
  const parent = join(ROOT, 'node_modules/.cache')
  mkdirSync(parent, { recursive: true })
  const out = mkdtempSync(join(parent, 'heartwood-build-'))
  afterAll(() => rmSync(out, { recursive: true, force: true }))
  const node = (...args: string[]): string => execFileSync(process.execPath, args, { cwd: out, encoding: 'utf8' })

  it('is plain JavaScript with declarations, made by npm run build', () => {
    expect(node(join(ROOT, 'bin/build.ts'), out)).toContain('built')
    const files = readdirSync(join(out, 'src'), { recursive: true }).map(String)
    expect(files).toContain('index.js')
    expect(files.filter(name => name.endsWith('.ts') && !name.endsWith('.d.ts'))).toEqual([])
  })

  it('has a command line that answers', () => {
    expect(node('bin/heartwood.mjs', '--help')).toContain('Usage: heartwood')
  })

  it('can be imported by its name', () => {
    const names = node('--input-type=module', '-e', "console.log(Object.keys(await import('heartwood')).join())")
    expect(names).toContain('openDatabase')
  })
})
