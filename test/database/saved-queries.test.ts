import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ManualClock } from '../../src/base/clock.ts'
import { checkQueries } from '../../src/database/check-queries.ts'
import { openDatabase, type WritableDatabase } from '../../src/database/database.ts'
import { MemoryDisk } from '../../src/store/memory-disk.ts'
import { newProject, openShop, removeProjects, START, sale } from './given.ts'

let database: WritableDatabase
const QUERY = '[:find ?p ?price :where [?p :product/price ?price] [(>= ?price ?least)]]'
beforeAll(async () => {
  database = await openShop({
    'queries/dear.edn': `{:doc "Dear products." :params [{:name ?least :type "decimal(2)" :default 2.00M :doc "At least."}] :query ${QUERY}}`,
    'queries/dear-too.edn': `{:doc "The same, said otherwise." ; a comment
      :query
        ${QUERY.replaceAll(' ', '  ')}, :params [{:name ?least :type "decimal(2)" :default 2.00M :doc "At least."}]}`,
    'queries/needs.edn': `{:params [{:name ?least :type "decimal(2)" :doc "At least."}] :query ${QUERY}}`,
    'queries/broken.edn': '{:query [:find ?p\n :where [?p :product/prise ?x]]}',
    'queries/unbalanced.edn': '{:query [:find ?p',
    'queries/limit.edn': `{:query [:find ?p :where [?p :product/price]]}`,
    'queries/total.edn': '{:query [:find (sum ?x) . :where [?p :product/price ?x]]}',
    'queries/cut.edn': '{:shard-by ?s :query [:find ?p :where [?p :product/price]]}',
  })
  for (const [i, price] of ['1.00', '2.50', '3.00'].entries())
    database.write(sale(i - 3, { sale_id: `s${i}`, product: `p${i}`, price }))
  await database.commit()
})
afterAll(removeProjects)

const rows = (name: string, args = {}, asOf?: number) => database.runSaved(name, args, asOf, null).answer.rows

describe('saved queries', () => {
  test('defaults apply, and arguments win over them', () => {
    expect([
      rows('dear'),
      rows('dear', { least: '1.00' }),
      rows('dear', { '?least': 2.75 }),
      rows('dear', {}, 2),
    ]).toEqual([2, 3, 1, 1])
    expect(database.runSaved('dear', {}, undefined, null).args).toEqual({ least: '2.00' })
    expect(() => rows('needs')).toThrow('the parameter least (decimal(2)) is missing: At least.')
    expect(() => rows('dear', { most: 1 })).toThrow(/most/)
  })

  test('a version follows from meaning alone, and is part of the name', () => {
    const info = (name: string) => database.savedQueries().find(query => query.name === name)!
    expect(info('dear').version).toMatch(/^[0-9a-f]{16}$/)
    expect(info('dear-too').version).toBe(info('dear').version)
    expect(info('needs').version).not.toBe(info('dear').version)
    expect(rows(`dear@${info('dear').version}`)).toBe(2)
    expect(() => rows('dear@0123456789abcdef')).toThrow(
      /no version 0123456789abcdef of a saved query dear was ever in force here; it is at [0-9a-f]{16} now/,
    )
    expect(() => rows('deer')).toThrow('Did you mean dear?')
    expect(info('dear')).toMatchObject({
      doc: 'Dear products.',
      shardBy: '?p',
      error: null,
      params: [{ name: 'least', type: 'decimal(2)', default: '2.00', doc: 'At least.' }],
    })
  })

  test('a file with a fault is listed with its words and place, and stops nothing else', () => {
    const error = (name: string) => database.savedQueries().find(query => query.name === name)!.error
    expect(error('broken')).toMatch(/queries\/broken\.edn:2:\d+: .*Did you mean :product\/price\?/)
    expect(error('unbalanced')).toMatch(/queries\/unbalanced\.edn:1:\d+/)
    expect(error('limit')).toContain('limit has a meaning in URLs')
    expect(error('cut')).toContain(':shard-by ?s')
    expect(() => rows('broken')).toThrow(/product\/prise/)
  })

  test('shards are disjoint and complete, and a query without rows of entities cannot be cut', () => {
    const shard = (index: number, of: number) =>
      database.runSaved('dear', { least: '0' }, undefined, { index, of }).answer.rows
    expect([shard(0, 2) + shard(1, 2), shard(0, 3), shard(1, 3), shard(2, 3)]).toEqual([3, 1, 1, 1])
    expect(() => database.runSaved('total', {}, undefined, { index: 0, of: 2 })).toThrow(/cannot be cut/)
    expect(rows('total')).toBe(1)
  })
})

describe('rules of procedures/', () => {
  const DEAR = '[[(dear ?p ?price) [?p :product/price ?price] [(>= ?price 2)]]]'
  const query = (where: string) => `{:query [:find ?p :where ${where}]}`
  const files = {
    'procedures/dear.edn': DEAR,
    'procedures/sold.edn': '[[(sold-dear ?sale) [?sale :sale/product ?p] (dear ?p _)]]',
    'queries/dear.edn': query('(dear ?p _)'),
    'queries/nested.edn': `{:query [:find ?n . :where [(q [:find (count ?s) . :where (sold-dear ?s)]) ?n]]}`,
    'queries/all.edn': query('[?p :product/price]'),
  }
  async function opened(project: string, disk = new MemoryDisk()): Promise<WritableDatabase> {
    return openDatabase({ data: 'data', project, clock: new ManualClock(START), readOnly: false, disk })
  }
  async function sell(shop: WritableDatabase, ...prices: string[]): Promise<void> {
    for (const [i, price] of prices.entries()) shop.write(sale(i - 3, { sale_id: `s${i}`, product: `p${i}`, price }))
    await shop.commit()
  }
  const run = (shop: WritableDatabase, name: string) => shop.runSaved(name, {}, undefined, null).answer.rows

  test('any query may call them, nested ones and each other too; one of % with the same name wins', async () => {
    const shop = await opened(newProject(files))
    await sell(shop, '1.00', '2.50', '3.00')
    expect(run(shop, 'dear')).toBe(2)
    expect(shop.runSaved('nested', {}, undefined, null).answer.rows).toBe(1)
    const asked = (text: string, args = {}) => shop.query({ query: text, args }).answer.rows
    expect(asked('[:find ?p :where (dear ?p _)]')).toBe(2)
    expect(asked('[:find ?p :in $ % :where (dear ?p)]', { '%': '[[(dear ?p) [?p :product/price 1.00]]]' })).toBe(1)
    expect(() => asked('[:find ?p :where (deer ?p _)]')).toThrow('there is no rule deer. Did you mean dear?')
    await shop.close()
  })

  test('a version that a changed file brought is kept at once where nothing else is written, whatever else is being written', async () => {
    const [project, disk] = [newProject(files), new MemoryDisk()]
    const shop = await opened(project, disk)
    await sell(shop, '1.00', '2.50', '3.00')
    const change = (least: string): string => {
      writeFileSync(join(project, 'queries/all.edn'), query(`[?p :product/price ?x] [(> ?x ${least})]`))
      expect(shop.reloadQueries()).toEqual([])
      return shop.savedQuery('all').version
    }
    const atNight = change('1.10')
    await shop.flush()
    const still = await openDatabase({ data: 'data', project, clock: new ManualClock(START), readOnly: true, disk })
    expect(still.runSaved(`all@${atNight}`, {}, undefined, null).answer.rows).toBe(2)
    await still.close()
    // a frame that is on its way does not have it
    shop.write(sale(0, { sale_id: 's9', product: 'p9', price: '9.00' }))
    const committing = shop.commit()
    const during = change('1.20')
    const first = shop.flush()
    const meanwhile = change('1.30')
    await Promise.all([committing, first])
    await shop.flush()
    await shop.flush()
    const later = await opened(project, disk.afterPowerCut())
    for (const version of [atNight, during, meanwhile])
      expect(later.runSaved(`all@${version}`, {}, 3, null).answer.rows).toBe(2)
    await later.close()
    await shop.close()
  })

  test('a version covers the rules that a query reaches and no others, and runs for ever', async () => {
    const [project, disk] = [newProject(files), new MemoryDisk()]
    const first = await opened(project, disk)
    await sell(first, '1.00', '2.50', '3.00')
    const version = (shop: WritableDatabase, name: string) => shop.savedQuery(name).version
    const before = ['dear', 'nested', 'all'].map(name => version(first, name))
    writeFileSync(join(project, 'procedures/dear.edn'), DEAR.replace('2', '2.75'))
    expect(first.reloadQueries()).toEqual([])
    const after = ['dear', 'nested', 'all'].map(name => version(first, name))
    expect(after.map((one, i) => one === before[i])).toEqual([false, false, true])
    expect([run(first, 'dear'), run(first, `dear@${before[0]}`), run(first, `dear@${after[0]}`)]).toEqual([1, 2, 1])
    await first.commit()
    await first.close()

    // the files are gone, and the log knows them
    rmSync(join(project, 'queries'), { recursive: true })
    rmSync(join(project, 'procedures'), { recursive: true })
    const second = await opened(project, disk)
    expect([run(second, `dear@${before[0]}`), run(second, `dear@${after[0]}`)]).toEqual([2, 1])
    expect(() => run(second, 'dear')).toThrow('there is no saved query dear')
    await second.close()
  })

  test('while a file has a fault, what was in force stays so, and the listing says what is wrong', async () => {
    const project = newProject(files)
    const shop = await opened(project)
    await sell(shop, '1.00', '2.50', '3.00')
    const { version } = shop.savedQuery('dear')
    writeFileSync(join(project, 'queries/dear.edn'), '{:query [:find ?p :where [?p :product/prise]]}')
    expect(shop.reloadQueries()).toEqual([expect.stringMatching(/dear\.edn:1:\d+: .*Did you mean :product\/price/)])
    expect(shop.reloadQueries()).toEqual([])
    expect(shop.savedQueries().find(({ name }) => name === 'dear')).toMatchObject({
      version,
      error: expect.stringContaining('product/prise'),
    })
    expect(run(shop, 'dear')).toBe(2)
    writeFileSync(join(project, 'queries/dear.edn'), files['queries/dear.edn'])
    expect(shop.reloadQueries()).toEqual([])
    expect(shop.savedQuery('dear')).toMatchObject({ version, error: null })
    await shop.close()
  })

  test('a check names every fault of a project with its file and place', () => {
    expect(checkQueries(newProject(files))).toMatchObject({ queries: 3, procedures: 2, faults: [] })
    const { faults } = checkQueries(
      newProject({
        ...files,
        'procedures/again.edn': DEAR,
        'procedures/broken.edn': '[[(x ?y)\n  [?y :product/prise]]]',
        'queries/wrong.edn': '{:query [:find ?p :where (dear ?p)]}',
      }),
    )
    expect(faults.map(({ message }) => message.replace(/^.*\/(?=[^/]+\/[^/]+\.edn)/, ''))).toEqual([
      expect.stringMatching(/^procedures\/dear\.edn: dear is defined twice/),
      expect.stringMatching(/^procedures\/broken\.edn:2:\d+: .*Did you mean :product\/price/),
      expect.stringMatching(/^queries\/wrong\.edn:1:26: the rule dear takes 2 arguments, not 1/),
    ])
  })
})
