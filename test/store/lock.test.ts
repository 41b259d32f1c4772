import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { machineClock } from '../../src/base/clock.ts'
import { nodeDisk } from '../../src/store/node-disk.ts'
import { Store } from '../../src/store/store.ts'

const folders: string[] = []
const folder = () => {
  const made = mkdtempSync(join(tmpdir(), 'heartwood-'))
  folders.push(made)
  return made
}
afterEach(() => {
  for (const made of folders.splice(0)) rmSync(made, { recursive: true, force: true })
})

const open = (data: string, readOnly = false) => Store.open({ disk: nodeDisk, data, clock: machineClock, readOnly })

test('store rule 25: a second writer is refused with the holder, and the lock is gone after kill -9', async () => {
  const data = folder()
  const program = `
    import { Store } from './src/store/store.ts'
    import { nodeDisk } from './src/store/node-disk.ts'
    const store = await Store.open({ disk: nodeDisk, data: process.argv[1], clock: { now: () => Date.now() }, readOnly: false })
    store.announce('http://127.0.0.1:7474')
    console.log('held')
    setInterval(() => {}, 1000)`
  const holder = spawn(process.execPath, ['--input-type=module', '-e', program, data], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await new Promise(resolve => holder.stdout.once('data', resolve))
  await expect(open(data)).rejects.toThrow(
    `${data} is being written to by process ${holder.pid}, which serves http://127.0.0.1:7474`,
  )
  // readers without limit
  const reader = await open(data, true)
  expect(reader.basis).toBe(0)
  const gone = new Promise(resolve => holder.once('exit', resolve))
  holder.kill('SIGKILL')
  await gone
  const store = await open(data)
  await store.close()
})

test('a folder of another program is refused, and nothing is written to it', async () => {
  const data = folder()
  writeFileSync(join(data, 'important.doc'), 'mine')
  await expect(open(data)).rejects.toThrow(/holds files of something else \(important.doc\)/)
})

test('reading where there is no store says so', async () => {
  await expect(open(folder(), true)).rejects.toThrow('there is no store in')
})
