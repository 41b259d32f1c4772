import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newProject, removeProjects } from '../database/given.ts'
import { ROOT } from '../given.ts'
import { heartwood } from '../service.ts'

const NOBODY = 65_534

/** Runs a command as a user whom the rights of folders bind: root they do not. */
function asUser(...args: string[]) {
  const env = { ...process.env, NODE_COMPILE_CACHE: '', HEARTWOOD_LOG: 'silent' }
  const user = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {}
  const options = { cwd: ROOT, env, encoding: 'utf8', ...user } as const
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(ROOT, 'src/cli/main.ts'), ...args], options)
  return { status, stdout, stderr }
}

let folder: string
let project: string
let events: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'heartwood-folders-'))
  project = newProject()
  events = join(folder, 'events.ndjson')
  const value = { sale_id: 's1', sold_at: '2024-04-30T00:00:00Z', product: 'p', price: '1.50' }
  writeFileSync(events, `${JSON.stringify({ topic: 'shop.sale', timestamp: '2024-05-01T00:00:00Z', value })}\n`)
  expect(heartwood(['load', events, '--data', join(folder, 'store'), '--project', project]).status).toBe(0)
  for (const path of [folder, project]) chmodSync(path, 0o755)
})
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
  removeProjects()
})

describe('a folder that may only be read', () => {
  it('is answered from, and a store in it is not written to', () => {
    const data = join(folder, 'read-only')
    cpSync(join(folder, 'store'), data, { recursive: true })
    spawnSync('chmod', ['-R', 'a-w,a+rX', data])
    const read = asUser('entity', 'product:p', '--data', data, '--project', project)
    expect([read.status, read.stdout]).toEqual([0, expect.stringContaining(':product/price  1.50')])
    for (const command of [
      ['load', events],
      ['serve', '--port', '0'],
    ]) {
      const { status, stderr } = asUser(...command, '--data', data, '--project', project)
      expect([status, stderr], command[0]).toEqual([4, expect.stringContaining(`${data} cannot be written to (`)])
      expect(stderr).toContain('Reading commands need none to write')
    }
    spawnSync('chmod', ['-R', 'u+w', data])
  })

  it('is no place for a new store', () => {
    const closed = join(folder, 'closed')
    mkdirSync(closed)
    chmodSync(closed, 0o555)
    const { status, stderr } = asUser('load', events, '--data', join(closed, 'data'), '--project', project)
    expect([status, stderr]).toEqual([4, expect.stringContaining('check the rights of the data folder')])
    chmodSync(closed, 0o755)
  })
})

describe('a folder of another program', () => {
  it('is left alone, whoever comes', () => {
    const other = join(folder, 'other')
    mkdirSync(other)
    writeFileSync(join(other, 'important.doc'), 'mine')
    for (const command of [
      ['load', events],
      ['serve', '--port', '0'],
      ['stats'],
      ['export', '--out', join(folder, 'x')],
    ]) {
      const { status, stderr } = heartwood([...command, '--data', other, '--project', project])
      expect([status, stderr], command[0]).toEqual([
        4,
        expect.stringContaining('holds files of something else (important.doc)'),
      ])
    }
    const verify = heartwood(['verify', '--data', other])
    expect([verify.status, verify.stderr]).toEqual([4, expect.stringContaining('there is no store in')])
  })
})
