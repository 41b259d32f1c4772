import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, expect, it } from 'vitest'
import { parquetParts } from '../../src/extract/parquet.ts'
import type { Answer } from '../../src/model/answer.ts'
import { anyColumn, column, relation, TestStrings } from '../answers.ts'
import { momentView } from '../fake-view.ts'
import { newFolder, removeFolders } from '../service.ts'

afterAll(removeFolders)

const about = {
  view: momentView(42, Date.parse('2024-05-01T12:00:00Z'), true),
  query: 'all',
  version: 'v',
  args: '{}',
  shard: '0/1',
}

async function read(parts: readonly Answer[], sql: string): Promise<unknown[][]> {
  const file = join(newFolder(), 'all.parquet')
  const { chunks, rows } = parquetParts(parts[0].columns, parts, about)
  writeFileSync(file, Buffer.concat([...chunks].flat()))
  expect(rows()).toBe(parts.reduce((sum, part) => sum + part.rows, 0))
  const connection = await (await DuckDBInstance.create(':memory:')).connect()
  return (await connection.runAndReadAll(sql.replace('FILE', `'${file}'`))).getRowsJS() as unknown[][]
}

function part(first: number): Answer {
  const s = new TestStrings()
  return relation(
    [
      column('s', 'string', ['a', 'ü€😀', ''], s),
      column('sn', 'string', [null, 'b', null], s),
      column('l', 'long', [first, -(2 ** 53 - 1), 0], s),
      column('l64', 'long', [9223372036854775807n, -9223372036854775808n, 5n], s),
      column('ln', 'long', [1, null, -4294967297], s),
      column('r', 'ref(customer)', [4294967297, 8589938723, 1], s),
      column('d', 'double', [1.5, -0, 5e-324], s),
      column('dn', 'double', [null, null, 1], s),
      column('b', 'boolean', [true, false, true], s),
      column('bn', 'boolean', [null, false, true], s),
      column('m', 'decimal(3)', ['2.550', '-0.001', '9007199254740.991'], s),
      column('m128', 'decimal(4)', ['1234567890123456789012345678901234.5678', null, '-0.0001'], s),
      column('i', 'instant', [0, 1304208000123, -1], s),
      column('u', 'instant(6)', [0, 1304208000123456, -1], s),
      column('t', 'date', [0, 15034, -1], s),
      column('k', 'keyword', [':a/b', ':c', ':a/b'], s),
      anyColumn('any', ['text', 7n, null]),
    ],
    3,
    s,
  )
}

it('writes every type to the last digit', async () => {
  const texts = (
    await read(
      [part(7), part(8)],
      'select * replace (l64::varchar as l64, d::varchar as d, m::varchar as m, m128::varchar as m128, i::varchar as i, u::varchar as u, t::varchar as t) from FILE',
    )
  ).slice(0, 3)
  const plain = texts.map(row => row.map(value => (typeof value === 'bigint' ? Number(value) : value)))
  expect(plain).toEqual([
    [
      'a',
      null,
      7,
      '9223372036854775807',
      1,
      4294967297,
      '1.5',
      null,
      true,
      null,
      '2.550',
      '1234567890123456789012345678901234.5678',
      expect.stringMatching(/^1970-01-01 00:00:00\+00/),
      expect.stringMatching(/^1970-01-01 00:00:00\+00/),
      '1970-01-01',
      ':a/b',
      '"text"',
    ],
    [
      'ü€😀',
      'b',
      -9007199254740991,
      '-9223372036854775808',
      null,
      8589938723,
      '-0.0',
      null,
      false,
      false,
      '-0.001',
      null,
      expect.stringContaining('00:00:00.123+00'),
      expect.stringContaining('00:00:00.123456+00'),
      '2011-03-01',
      ':c',
      '7',
    ],
    [
      '',
      null,
      0,
      '5',
      -4294967297,
      1,
      '5e-324',
      1,
      true,
      true,
      '9007199254740.991',
      '-0.0001',
      expect.stringContaining('23:59:59.999+00'),
      expect.stringContaining('23:59:59.999999+00'),
      '1969-12-31',
      ':a/b',
      null,
    ],
  ])
})

it('has one row group for each part, and says of what it is', async () => {
  const groups = await read(
    [part(1), part(2), part(3)],
    'select count(distinct row_group_id), max(row_group_num_rows) from parquet_metadata(FILE)',
  )
  expect(groups[0].map(Number)).toEqual([3, 3])
  const metadata = await read([part(1), part(2)], 'select decode(key), decode(value) from parquet_kv_metadata(FILE)')
  expect(Object.fromEntries(metadata as [string, string][])).toMatchObject({
    'heartwood.t': '42',
    'heartwood.rows': '6',
    'heartwood.shard': '0/1',
  })
})

it('can be of no rows', async () => {
  const empty = { ...part(0), rows: 0 }
  expect((await read([empty], 'select count(*) from FILE'))[0].map(Number)).toEqual([0])
})

it('refuses a name that stands twice, as Arrow does', () => {
  const s = new TestStrings()
  const twice = relation([column('x', 'long', [1], s), column('x', 'long', [2], s)], 1, s)
  expect(() => parquetParts(twice.columns, [twice], about)).toThrow('two columns are named x')
})
