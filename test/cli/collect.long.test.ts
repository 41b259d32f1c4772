import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, expect, it } from 'vitest'
import { ManualClock } from '../../src/base/clock.ts'
import { openDatabase } from '../../src/database/database.ts'
import { newProject, removeProjects, START, sale } from '../database/given.ts'
import { heartwood, newFolder, removeFolders, startService } from '../service.ts'

afterAll(() => {
  removeFolders()
  removeProjects()
})

const RETURNED = `name: shop/return
version: "1.0"
doc: What came back.
owner: shop-data
format: json
topic: shop.return
fields: [{ name: sale_id, type: string }]
facts: [{ entity: sale, key: sale_id, set: { returned: { value: "yes" } } }]
`

/** A store with a sale and four letters: three events of a topic that no contract names, and one that is broken. */
async function withLetters(project: string): Promise<string> {
  const data = join(newFolder(), 'store')
  const database = await openDatabase({ data, project, clock: new ManualClock(START), readOnly: false })
  database.write(sale(-9, { sale_id: 's1', product: 'p', price: '1.50' }))
  for (let i = 1; i <= 3; i++) {
    const record = sale(i - 9, { sale_id: `s${i}` })
    database.write({
      ...record,
      origin: { ...record.origin, topic: 'shop.return' },
      value: Buffer.from(`{"sale_id":"s${i}"}`),
    })
  }
  database.write(sale(-1, { sale_id: 7 }))
  await database.commit()
  await database.close()
  return data
}

it('beside a server dead letters are replayed and discarded through its port for that, and seen at once', async () => {
  const project = newProject()
  const data = await withLetters(project)
  mkdirSync(join(project, 'contracts/shop/return'))
  writeFileSync(join(project, 'contracts/shop/return/1.0.yaml'), RETURNED)
  const at = ['--data', data, '--project', project]
  const service = await startService([...at, '--collect', '0'])
  try {
    let said: RegExpExecArray | null = null
    for (let tries = 0; said === null && tries < 600; tries++) {
      said = /What is to be written goes to (\S+)/.exec(service.output())
      await setTimeout(50)
    }
    const [, collect] = said!
    const { t } = await service.json('/t')
    const run = (...args: string[]) => heartwood(['dead-letters', ...args, ...at])
    expect(run('replay', '1')).toMatchObject({
      status: 0,
      stdout: '1 applied, 0 refused again, 0 were dealt with before\n',
    })
    expect(await service.json('/entity/sale:s1')).toMatchObject({
      t: (t as number) + 1,
      attributes: { ':sale/returned': 'yes', ':sale/product': 'product:p' },
    })

    const post = async (path: string, body: object, to = collect) => {
      const headers = { 'content-type': 'application/json' }
      const response = await fetch(to + path, { method: 'POST', headers, body: JSON.stringify(body) })
      expect(response.headers.get('heartwood-t')).toMatch(/^\d+$/)
      return { status: response.status, ...((await response.json()) as object) }
    }
    const applied = { status: 200, applied: 2, refused: 1, alreadyApplied: 1 }
    expect(await post('/dead-letters/replay', { ids: [1, 2, 3, 4] })).toEqual(applied)
    expect(await post('/dead-letters/replay', { all: true })).toEqual({ ...applied, applied: 0, alreadyApplied: 0 })
    expect((await service.json('/entity/sale:s3'))['attributes']).toMatchObject({ ':sale/returned': 'yes' })

    // the port that everybody reads from writes nothing
    expect(await post('/dead-letters/replay', { all: true }, service.url)).toMatchObject({ kind: 'unknown-route' })

    const burnt = run('discard', '--all', '--why', 'sent by a test')
    expect(burnt).toMatchObject({ status: 0, stdout: '1 dead letter discarded: sent by a test\n' })
    expect(await service.json('/dead-letters')).toMatchObject({ total: 0 })
    expect(await service.json('/dead-letters?state=all')).toMatchObject({ total: 4 })
  } finally {
    expect(await service.end('SIGTERM')).toBe(0)
  }
  // all of it is in the log
  const after = heartwood(['entity', 'sale:s2', '--json', ...at])
  expect(JSON.parse(after.stdout)['attributes']).toEqual({ ':sale/id': 's2', ':sale/returned': 'yes' })
}, 300_000)

it('a server without that port leaves them alone, and the command says what would do', async () => {
  const project = newProject()
  const data = await withLetters(project)
  const service = await startService(['--data', data, '--project', project])
  try {
    const { status, stderr } = heartwood(['dead-letters', 'replay', '--all', '--data', data, '--project', project])
    expect([status, stderr]).toEqual([4, expect.stringMatching(/which serves http.+--collect PORT/)])
  } finally {
    await service.end('SIGTERM')
  }
}, 300_000)
