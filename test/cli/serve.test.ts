import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { newProject, removeProjects } from '../database/given.ts'
import { ROOT } from '../given.ts'
import { freePort, heartwood, newFolder, removeFolders, startService } from '../service.ts'

process.env['NODE_COMPILE_CACHE'] ??= join(ROOT, 'node_modules/.cache/heartwood')

afterAll(() => {
  removeFolders()
  removeProjects()
})

/** Waits until something holds. */
async function until(holds: () => Promise<boolean> | boolean): Promise<void> {
  const end = Date.now() + 150_000
  while (!(await holds())) {
    if (Date.now() > end) throw new Error('it never came true')
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}

describe('heartwood serve', () => {
  it('loads the sample, and names three commands that work as they stand', async () => {
    const data = join(newFolder(), 'store')
    const service = await startService(['--data', data])
    await until(() => service.output().includes('Try next:'))
    await until(async () => (await fetch(`${service.url}/ready`)).ok)
    const [first, second, third] = service
      .output()
      .split('Try next:\n')[1]
      .trim()
      .split('\n')
      .map(line => line.trim())
    for (const command of [first, second]) {
      const url = /^curl '(.+)'$/.exec(command)?.[1]
      const response = await fetch(url as string)
      expect(response.status, command).toBe(200)
      expect(await response.json(), command).toMatchObject({ t: expect.any(Number), instant: expect.any(String) })
    }
    // beside the server that writes the store
    const [, query] = /^npx heartwood query '(.+)'$/.exec(third) ?? []
    const answer = heartwood(['query', query, '--data', data, '--json'])
    expect(answer.status).toBe(0)
    expect(JSON.parse(answer.stdout).rows).toBeGreaterThan(0)

    // one writer only
    const locked = heartwood(['load', join(ROOT, 'package.json'), '--data', data])
    const holder = `process ${service.process.pid}, which serves ${service.url}; only one can`
    expect([locked.status, locked.stderr]).toEqual([4, expect.stringContaining(holder)])

    const { t } = await service.json('/t')
    expect(await service.end('SIGTERM')).toBe(0)
    // what was loaded is not loaded again
    const again = await startService(['--data', data])
    await until(() => again.output().includes('Try next:'))
    expect((await again.json('/t'))['t']).toBe(t)
    expect(await again.end('SIGTERM')).toBe(0)
  }, 180_000)

  it('loads files while it serves, and says what was refused', async () => {
    const project = newProject()
    const events = join(project, 'sales.ndjson')
    const value = { sale_id: 's1', sold_at: '2024-04-30T00:00:00Z', product: 'p', price: '1.50' }
    const line = (value: unknown) => JSON.stringify({ topic: 'shop.sale', timestamp: '2024-05-01T00:00:00Z', value })
    writeFileSync(events, `${line(value)}\n${line({ sale_id: 5 })}\n`)
    const service = await startService(['--data', join(newFolder(), 'store'), '--project', project, '--load', events])
    await until(async () => (await fetch(`${service.url}/ready`)).ok)
    expect(service.output()).toContain('loaded 1 event, 1 refused')
    expect((await service.json('/entity/product:p'))['attributes']).toEqual({
      ':product/id': 'p',
      ':product/price': '1.50',
    })
    expect(await service.end('SIGTERM')).toBe(0)
  })

  it('ends with 4 where its port is in use, and with 1 where a contract is wrong', async () => {
    const project = newProject()
    const service = await startService(['--data', join(newFolder(), 'store'), '--project', project])
    const { port } = new URL(service.url)
    const data = join(newFolder(), 'store')
    const taken = heartwood(['serve', '--data', data, '--project', project, '--port', port])
    expect([taken.status, taken.stderr]).toEqual([4, expect.stringContaining(`port ${port} of 127.0.0.1 is in use`)])
    expect(await service.end('SIGTERM')).toBe(0)
    mkdirSync(join(project, 'contracts/shop/other'), { recursive: true })
    writeFileSync(join(project, 'contracts/shop/other/1.0.yaml'), 'name: shop/other\n')
    const wrong = heartwood(['serve', '--data', data, '--project', project, '--port', String(await freePort())])
    expect(wrong.stderr).toContain('contracts/shop/other/1.0.yaml:')
    expect(wrong.status).toBe(1)
  })
})

describe('bin/heartwood.mjs', () => {
  const BIN = join(ROOT, 'bin/heartwood.mjs')

  it('runs the command line, and gives its status', () => {
    const good = spawnSync(process.execPath, [BIN, '--version'], { encoding: 'utf8' })
    expect([good.status, good.stdout]).toEqual([0, expect.stringMatching(/^\d+\.\d+\.\d+\n$/)])
    expect(spawnSync(process.execPath, [BIN, 'nothing']).status).toBe(2)
  })

  it('takes the bundled Node where the running one is too old, and gives the status of that', () => {
    // an older Node, as far as the file can tell; only the first process is told so
    const told = join(newFolder(), 'old.mjs')
    writeFileSync(told, "Object.defineProperty(process.versions, 'node', { value: '20.1.0' })")
    const old = (...args: string[]) =>
      spawnSync(process.execPath, ['--import', told, BIN, ...args], { encoding: 'utf8' })
    expect(old('--version')).toMatchObject({
      status: 0,
      stderr: '',
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    })
    expect(old('nothing').status).toBe(2)
  })

  it('hands on the signal that ends a service', async () => {
    const project = newProject()
    const port = await freePort()
    const args = ['serve', '--port', String(port), '--data', join(newFolder(), 'store'), '--project', project]
    const child = spawn(process.execPath, [BIN, ...args], { cwd: ROOT, stdio: 'ignore' })
    const gone = new Promise(resolve => child.once('exit', resolve))
    await until(() =>
      fetch(`http://127.0.0.1:${port}/health`).then(
        ({ ok }) => ok,
        () => false,
      ),
    )
    child.kill('SIGTERM')
    expect(await gone).toBe(0)
  })
})
