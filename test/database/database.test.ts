import { afterAll, describe, expect, test } from 'vitest'
import { ManualClock } from '../../src/base/clock.ts'
import type { SourceSpec } from '../../src/database/api.ts'
import { openDatabase } from '../../src/database/database.ts'
import { MemoryDisk } from '../../src/store/memory-disk.ts'
import { rowsOf } from '../query/worlds.ts'
import { openShop, removeProjects, START, sale } from './given.ts'

afterAll(removeProjects)

describe('writing', () => {
  test('a record is applied, or it is a dead letter with its reason and its bytes', async () => {
    const database = await openShop()
    const outcome = [
      sale(-4, { sale_id: 's1', product: 'p', price: '1.50' }),
      sale(-3, { sale_id: 's2', product: 'p', price: 'dear' }),
      sale(-3, '{"sale_id":'),
      sale(-3, null),
      { ...sale(-2, '\xff'), value: Uint8Array.of(0xff, 0xfe) },
      { ...sale(-2, 'what'), fault: { reason: 'too-large' as const, detail: 'longer than a line may be' } },
      sale(-1, { sale_id: 's3', product: 'p', price: '2.50' }),
    ].map(record => database.write(record))
    expect(outcome).toEqual([true, false, false, false, false, false, true])
    expect(database.deadLetters({ limit: 10 }).total).toBe(0) // not durable yet
    await database.commit()
    const { items, total, counts, next } = database.deadLetters({ limit: 10 })
    expect(items.map(({ id, reason, path, contract, value }) => [id, reason, path, contract, value])).toEqual([
      [1, 'invalid-event', '/price', 'shop/sale/1.0', expect.stringContaining('"dear"')],
      [2, 'not-json', null, 'shop/sale/1.0', '{"sale_id":'],
      [3, 'tombstone', null, 'shop/sale/1.0', null],
      [4, 'not-json', null, 'shop/sale/1.0', null],
      [5, 'too-large', null, null, 'what'],
    ])
    expect(items[3].base64).toBe('//4=')
    expect([total, counts, next]).toEqual([
      5,
      { 'invalid-event': 1, 'not-json': 2, tombstone: 1, 'too-large': 1 },
      null,
    ])
    expect(database.deadLetters({ limit: 1, after: 2, reason: 'tombstone' }).items.map(({ id }) => id)).toEqual([3])
    expect(database.deadLetters({ limit: 1 }).next).toBe(1)
    expect(database.view().t).toBe(2)
  })

  test('everything is there again after a start, also without the project folder', async () => {
    const disk = new MemoryDisk()
    const database = await openShop({}, disk)
    database.write(sale(-4, { sale_id: 's1', product: 'p', price: '1.50', buyer: 7, tags: ['b', 'a'] }))
    database.write(sale(-3, { sale_id: 's2', product: 'p', price: '-1', extra: 1 }))
    await database.commit()
    const before = [database.entity('sale:s1', undefined), database.deadLetters({ limit: 9 }), database.stats()]
    await database.close()
    const again = await openDatabase({
      data: 'data',
      project: null,
      clock: new ManualClock(START),
      readOnly: true,
      disk,
    })
    expect([again.entity('sale:s1', undefined), again.deadLetters({ limit: 9 })]).toEqual(before.slice(0, 2))
    expect(again.stats()).toMatchObject({ store: database.storeName, facts: 9, deadLetters: 1, t: 1 })
  })

  test('attributes tell what contracts say and how many facts there are', async () => {
    const database = await openShop()
    for (const price of ['1', '2', '2']) database.write(sale(-1, { sale_id: `s${price}`, product: 'p', price }))
    await database.commit()
    const found = database.attributes().find(({ ident }) => ident === ':product/price')
    expect(found).toMatchObject({
      type: 'decimal(2)',
      many: false,
      owner: 'shop-data',
      contracts: ['shop/sale/1.0'],
      live: 1,
      history: 1,
      unique: false,
    })
    expect(database.attributes().find(({ ident }) => ident === ':tx/instant')).toMatchObject({ live: 3, contracts: [] })
  })
})

describe('reading', () => {
  test('sources of a query stand at their own moments', async () => {
    const database = await openShop()
    for (const [i, price] of ['1.00', '2.00', '3.00'].entries())
      database.write(sale(i - 3, { sale_id: `s${i}`, product: 'p', price }))
    await database.commit()
    const { answer, view } = database.query({
      query: '[:find ?old ?new :in $ $before :where [$before ?p :product/price ?old] [?p :product/price ?new]]',
      sources: { $before: { asOf: 1 } },
      asOf: '2024-05-01T10:30:00Z',
    })
    expect(view.t).toBe(2)
    expect([...(answer.columns[0].v as { values: Float64Array }).values.slice(0, 1)]).toEqual([100])
    expect([...(answer.columns[1].v as { values: Float64Array }).values.slice(0, 1)]).toEqual([200])
    const bad = (sources: Record<string, unknown>) => () =>
      database.query({ query: '[:find ?p :where [?p :product/id]]', sources: sources as never })
    expect(bad({ $x: { history: 1 } })).toThrow('history of source $x is true or false')
    expect(bad({ $x: { rows: [1], asOf: 1 } })).toThrow('rows, which know no moment: leave out asOf')
    expect(bad({ $x: { rows: 1 } })).toThrow('rows of source $x is a list')
    expect(bad({ $x: { rows: [1], types: ['lnog'] } })).toThrow('types of source $x: lnog is not a type')
    expect(bad({ $x: { since: 99 } })).toThrow('t 99 does not exist yet')
    expect(bad({ $x: { asof: 1 } })).toThrow('unknown member asof')
    expect(bad({ x: {} })).toThrow('a source is named like $before')
  })

  test('sources look back, and may be rows', async () => {
    const database = await openShop()
    for (const [i, price] of ['1.00', '2.00', '3.00'].entries())
      database.write(sale(i - 3, { sale_id: `s${i}`, product: 'p', price }))
    await database.commit()
    const rows = (query: string, sources: Record<string, SourceSpec>, asOf?: number): string[] => {
      const { answer } = database.query({ query, sources, ...(asOf === undefined ? {} : { asOf }) })
      return rowsOf(answer)
    }
    const history = '[:find ?v ?t ?op :in $ $h :where [$h _ :product/price ?v ?t ?op]]'
    expect(rows(history, { $h: { history: true } })).toEqual([
      '1.00M 1 true',
      '1.00M 2 false',
      '2.00M 2 true',
      '2.00M 3 false',
      '3.00M 3 true',
    ])
    expect(rows(history, { $h: { history: true } }, 1)).toEqual(['1.00M 1 true'])
    expect(rows(history, { $h: { history: true, asOf: 2, since: 1 } })).toEqual(['1.00M 2 false', '2.00M 2 true'])
    const since = '[:find ?i :in $ $new :where [$new _ :sale/id ?i]]'
    expect(rows(since, { $new: { since: 1 } })).toEqual(['"s1"', '"s2"'])
    expect(rows(since, { $new: { since: 1, asOf: 2 } })).toEqual(['"s1"'])
    expect(rows(since, { $new: { since: '2024-05-01T10:30:00Z' } })).toEqual(['"s2"'])
    const listed = '[:find ?i ?n :in $ $rows :where [?p :product/price ?n] [$rows ?i ?n]]'
    expect(
      rows(listed, {
        $rows: {
          rows: [
            ['a', 3],
            ['b', 4],
          ],
          types: ['string', 'decimal(1)'],
        },
      }),
    ).toEqual(['"a" 3.0M'])
    expect(rows('[:find ?c :where [$schema :product/price :schema/contract ?c]]', {})).toEqual(['"shop/sale/1.0"'])
    expect(rows('[:find (pull ?p [*]) (maybe ?p :product/price) :where [?p :product/id]]', {}, 2)).toEqual([
      `{:db/id ${database.view().schema.kind('product').number * 2 ** 32}, :product/id "p", :product/price 2.00M} 2.00M`,
    ])
  })

  test('a query that takes too long is ended', async () => {
    const database = await openShop()
    for (let i = 0; i < 1500; i++) database.write(sale(-1, { sale_id: `s${i}`, product: `p${i}`, price: '1' }))
    await database.commit()
    const explosive =
      '[:find (count ?a) . :where [?a :sale/at ?x] [?b :sale/at ?y] [?c :sale/at ?z] [(not= ?a ?b)] [(not= ?b ?c)]]'
    const started = performance.now()
    expect(() => database.query({ query: explosive, timeoutMs: 50 })).toThrow(
      expect.objectContaining({ kind: expect.stringMatching(/timeout|memory/) }),
    )
    expect(performance.now() - started).toBeLessThan(2000)
  })
})
