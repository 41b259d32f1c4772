import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { WritableDatabase } from '../../src/database/database.ts'
import { openShop, removeProjects, sale } from './given.ts'

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
    expect(() => rows('dear@0123456789abcdef')).toThrow(/running an older version/)
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
