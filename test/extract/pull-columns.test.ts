import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tableFromIPC } from 'apache-arrow'
import { afterAll, describe, expect, it } from 'vitest'
import { arrowAnswer, type Provenance } from '../../src/extract/arrow-answer.ts'
import { parquetParts } from '../../src/extract/parquet.ts'
import { type Answer, type AnyValue, PullMap, TypedText } from '../../src/model/answer.ts'
import { plainText } from '../../src/model/entity-text.ts'
import { EntityRef, Keyword, type Value } from '../../src/model/value.ts'
import { parseQuery, runQuery, showEdn } from '../../src/query/query.ts'
import { momentView } from '../fake-view.ts'
import { pythonWithArrow } from '../given.ts'
import { shop } from '../query/worlds.ts'
import { newFolder, removeFolders } from '../service.ts'

afterAll(removeFolders)

const about: Provenance = {
  view: momentView(3, Date.parse('2024-05-01T12:00:00Z'), true),
  query: 'all',
  version: 'v',
  args: '{}',
  shard: '0/1',
}

const PATTERN = `[:db/id :customer/id :customer/age :customer/vip :customer/born :customer/since :customer/token :customer/tag :customer/tier
  [:customer/country :as "land" :default "nowhere"]
  {:customer/friend [:customer/id {:line/_customer [:line/quantity {:line/product [:product/price :product/weight :product/name]}]}]}
  :line/_customer]`

const found = (pull: string): Answer =>
  runQuery(parseQuery(`[:find ?c (pull ?c ${pull}) :where [?c :customer/id]]`), { sources: new Map([['$', shop()]]) })

/** What a value is in Python's words, told from the value itself and not from its type. */
function shown(value: AnyValue): unknown {
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return value
  if (typeof value === 'bigint') return Number(value)
  if (Array.isArray(value)) return value.map(shown)
  if (value instanceof PullMap)
    return Object.fromEntries(
      value.keys.map((key, i) => [key instanceof Keyword ? key.name : key, shown(value.values[i])]),
    )
  if (value instanceof TypedText) return value.text
  return value instanceof EntityRef ? value.number : plainText(value as Value)
}

const SCRIPT = `
import sys, json, datetime, pyarrow.ipc as ipc, pyarrow.parquet as pq
table = ipc.open_stream(sys.stdin.buffer).read_all()
table.validate(full=True)
rows = table.to_pylist()
assert pq.read_table(sys.argv[1]).to_pylist() == rows
def plain(v): return v.strftime("%Y-%m-%dT%H:%M:%S.000Z") if isinstance(v, datetime.datetime) else str(v)
print(json.dumps({"rows": rows, "type": str(table.schema.field(1).type)}, default=plain))
`

describe('a pull as a column', () => {
  it('is a struct with lists and structs in it, which pyarrow reads from Arrow and from Parquet (needs HEARTWOOD_PYTHON)', context => {
    const python = pythonWithArrow()
    if (python === null) return context.skip()
    const answer = found(PATTERN)
    const maps = answer.columns[1].v.values as unknown as AnyValue[]
    expect(answer.rows).toBeGreaterThan(2)
    expect(JSON.stringify(maps.map(shown))).toContain(':product/price')
    const file = join(newFolder(), 'pull.parquet')
    writeFileSync(file, Buffer.concat([...parquetParts(answer.columns, [answer], about).chunks].flat()))
    const input = Buffer.concat([...arrowAnswer(answer, about)].flat())
    const { stdout, stderr } = spawnSync(python, ['-c', SCRIPT, file], { input })
    expect(stderr.toString()).toBe('')
    const { rows, type } = JSON.parse(stdout.toString())
    expect(type).toBe(
      'struct<:db/id: int64, :customer/id: string, :customer/age: int64, :customer/vip: bool, :customer/born: date32[day], ' +
        ':customer/since: timestamp[ms, tz=UTC], :customer/token: string, :customer/tag: list<item: string not null>, :customer/tier: string, land: string, ' +
        ':customer/friend: struct<:customer/id: string, :line/_customer: list<item: struct<:line/quantity: int64, ' +
        ':line/product: struct<:product/price: decimal128(38, 3), :product/weight: double, :product/name: string>> not null>>, ' +
        ':line/_customer: list<item: struct<:db/id: int64> not null>>',
    )
    expect(rows.map((row: Record<string, unknown>) => row['pull_c'])).toEqual(maps.map(shown))
  })

  it('is the text of its EDN where nobody can tell its fields beforehand', () => {
    for (const pattern of ['[*]', '[:customer/id :customer/id]']) {
      const answer = found(pattern)
      const table = tableFromIPC(Buffer.concat([...arrowAnswer(answer, about)].flat()))
      expect(String(table.schema.fields[1].type)).toBe('Utf8')
      const maps = answer.columns[1].v.values as unknown as AnyValue[]
      expect([...table.getChild('pull_c')!]).toEqual(maps.map(map => (map === null ? null : showEdn(map))))
    }
    const inside = found('[:customer/id {:customer/friend ...}]')
    const table = tableFromIPC(Buffer.concat([...arrowAnswer(inside, about)].flat()))
    expect(String(table.schema.fields[1].type)).toBe('Struct<{:customer/id:Utf8, :customer/friend:Utf8}>')
  })

  it('is null where there is nothing at all', () => {
    const answer = found('[:customer/vip :customer/born]')
    const maps = answer.columns[1].v.values as unknown as AnyValue[]
    const table = tableFromIPC(Buffer.concat([...arrowAnswer(answer, about)].flat()))
    const nulls = [...table.getChild('pull_c')!].map(value => value === null)
    expect(nulls).toEqual(maps.map(map => map === null))
    expect(nulls).toContain(true)
  })
})
