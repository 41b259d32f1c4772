import { tableFromIPC } from 'apache-arrow'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { arrowParts } from '../../src/extract/arrow-answer.ts'
import { type EntityMoment, entityAttributes, entityParts, entityShapes } from '../../src/extract/entity-parts.ts'
import { entityProvenance } from '../../src/extract/entity-plan.ts'
import { arrayStore } from '../../src/model/array-view.ts'
import { KIND_SIZE } from '../../src/model/entity-id.ts'
import { jsonValue } from '../../src/model/json-value.ts'
import { DATE, DOUBLE, decimalOf, INSTANT, LONG, refTo, STRING } from '../../src/model/type.ts'
import { schemaOf } from '../query/worlds.ts'
import { openServedShop, type Served, serve } from '../serve/given.ts'

// biome-ignore lint/suspicious/noExplicitAny: bodies are looked into as they come
type Body = Record<string, any>

const schema = schemaOf({
  a: {
    n: LONG,
    tag: [STRING],
    price: decimalOf(2),
    share: DOUBLE,
    since: INSTANT,
    born: DATE,
    friend: refTo('a'),
    seen: [LONG],
  },
})

const store = (layout: 'dense' | 'sparse') =>
  arrayStore({
    schema,
    layout,
    instants: Array.from({ length: 6 }, (_, i) => Date.UTC(2024, i, 1)),
    facts: Array.from({ length: 40 }, (_, i) => {
      const e = `a:${i}`
      const from = 1 + (i % 5)
      return [
        ...(i % 7 === 3 ? [] : [{ e, a: ':a/n', v: i, from, ...(i % 6 === 1 ? { to: 6 } : {}) }]),
        ...(i % 6 === 1 && i % 7 !== 3 ? [{ e, a: ':a/n', v: 9007199254740993n + BigInt(i), from: 6 }] : []),
        ...(i % 3 === 0
          ? [
              { e, a: ':a/tag', v: `t${i % 5}`, from },
              { e, a: ':a/tag', v: 'a', from: 6 },
            ]
          : []),
        ...(i % 4 === 0 ? [{ e, a: ':a/price', v: `${i}.25`, from }] : []),
        ...(i % 5 === 0 ? [{ e, a: ':a/share', v: i / 8, from, to: 6 }] : []),
        ...(i % 2 === 0
          ? [
              { e, a: ':a/since', v: '2023-05-06T07:08:09.123Z', from },
              { e, a: ':a/born', v: '1980-05-01', from },
            ]
          : []),
        ...(i % 9 === 0
          ? [
              { e, a: ':a/friend', v: `a:${(i + 1) % 40}`, from },
              { e, a: ':a/seen', v: -i, from },
            ]
          : []),
      ]
    }).flat() as never,
  })

/** What a cell of Arrow's is, as `/entity` would write it. */
function shown(value: unknown): unknown {
  if (value === null || value === undefined) return null
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
  if (typeof value === 'object' && Symbol.iterator in value) return [...(value as Iterable<unknown>)].map(shown)
  return value
}

describe.each(['dense', 'sparse'] as const)('all entities of a kind, from %s columns', layout => {
  const view = store(layout)
  const kind = schema.kind('a')
  const plain = ['n', 'tag', 'share', 'friend', 'seen']

  /** The same, one entity after the other. */
  function expected(moments: readonly EntityMoment[], dated: boolean, index: number, of: number): Body[] {
    const rows: Body[] = []
    for (let ordinal = 0; ordinal < kindExtent(moments); ordinal++) {
      const entity = kind.number * KIND_SIZE + ordinal
      if (entity % of !== index) continue
      for (const { view: seen, at } of moments) {
        if (!seen.known(kind, ordinal)) continue
        const row: Body = { entity, ...(dated ? { as_of: at, t: seen.t } : {}) }
        for (const name of plain) {
          const attribute = schema.attribute(`:a/${name}`)
          const values = seen.values(attribute, ordinal).map(({ value }) => value)
          const cells = values.map(value =>
            typeof value === 'object' && 'number' in value ? value.number : jsonValue(value, seen, attribute.type),
          )
          row[name] = attribute.many ? (cells.length === 0 ? null : cells) : (cells[0] ?? null)
        }
        rows.push(row)
      }
    }
    return rows
  }
  const kindExtent = (moments: readonly EntityMoment[]) =>
    Math.max(...moments.map(({ view: seen }) => seen.extent(kind)))

  it.each([
    [[6], 1],
    [[1], 1],
    [[3, 6], 3],
    [[1, 2, 3, 4, 5, 6], 7],
  ])('as of %j in %i shards are what each entity has by itself', (ts, of) => {
    const moments = ts.map(t => ({ view: view(t), at: Date.UTC(2024, t - 1, 15) }))
    const dated = ts.length > 1
    const attributes = entityAttributes(moments[0].view, kind, plain.join(','))
    for (let index = 0; index < of; index++) {
      const extract = { kind, attributes, moments, dated, shard: { index, of } }
      const { chunks, rows } = arrowParts(entityShapes(extract), entityParts(extract), entityProvenance(extract, true))
      const found = tableFromIPC(Buffer.concat([...chunks].flat()))
        .toArray()
        .map(row => Object.fromEntries(Object.entries(row.toJSON()).map(([name, value]) => [name, shown(value)])))
      const right = expected(moments, dated, index, of)
      expect(found).toEqual(right)
      expect(rows()).toBe(right.length)
    }
  })

  it('has every type of an attribute', () => {
    const extract = {
      kind,
      attributes: entityAttributes(view(6), kind, null),
      moments: [{ view: view(6), at: 0 }],
      dated: false,
      shard: { index: 0, of: 1 },
    }
    const { chunks } = arrowParts(entityShapes(extract), entityParts(extract), entityProvenance(extract, false))
    const table = tableFromIPC(Buffer.concat([...chunks].flat()))
    expect(Object.fromEntries(table.schema.fields.map(field => [field.name, String(field.type)]))).toMatchObject({
      ...{ entity: 'Int64', id: 'Dictionary<Int32, Utf8>', n: 'Int64', tag: 'List<Utf8>', seen: 'List<Int64>' },
      ...{
        price: 'Decimal[38e+2]',
        share: 'Float64',
        since: 'Timestamp<MILLISECOND, UTC>',
        born: 'Date32<DAY>',
        friend: 'Int64',
      },
    })
    expect(String(table.getChild('since')!.get(0))).toBe(String(Date.parse('2023-05-06T07:08:09.123Z')))
  })
})

/** What `/entity` tells of references, as a struct has it: entities by number, and attributes by their short names. */
function flat(value: unknown, entities: ReadonlyMap<string, number>): unknown {
  if (Array.isArray(value)) return value.map(each => flat(each, entities))
  if (typeof value === 'string') return entities.get(value) ?? value
  if (typeof value !== 'object' || value === null) return value
  const { entity, attributes } = value as Body
  const fields = Object.entries(attributes as Body).map(([key, each]) => [
    key.replace(/^:(\w+\/(?!_))?/, ''),
    flat(each, entities),
  ])
  return { entity, ...Object.fromEntries(fields) }
}

/** A cell of Arrow's with numbers as texts, so that longs beyond 2^53 are compared too. */
function plainCell(value: unknown): unknown {
  if (typeof value === 'bigint' || typeof value === 'number') return String(value)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(plainCell)
  if ('toArray' in value && typeof value.toArray === 'function')
    return Array.from(value as unknown as Iterable<unknown>, plainCell)
  const own = 'toJSON' in value && typeof value.toJSON === 'function' ? (value.toJSON() as Body) : value
  return Object.fromEntries(Object.entries(own).map(([name, each]) => [name, plainCell(each)]))
}

describe('GET /extract/entities/:kind', () => {
  let shop: Served
  const entities = new Map<string, number>()
  beforeAll(async () => {
    shop = await serve(await openServedShop())
    for (const kind of ['sale', 'product', 'buyer']) {
      const { entities: listed } = (await (await shop.get(`/entities/${kind}?limit=100`)).json()) as Body
      for (const { id, entity } of listed) entities.set(id, entity)
    }
  })
  afterAll(() => shop.close())

  const plan = async (path: string): Promise<Body> =>
    (await (await shop.get(`/extract/entities/${path}`)).json()) as Body
  const rowsOf = async (path: string, uri: string) => {
    const response = await fetch(new URL(uri, `${shop.url}/extract/entities/${path}`))
    expect(response.status).toBe(200)
    const bytes = Buffer.from(await response.arrayBuffer())
    return {
      rows: tableFromIPC(bytes)
        .toArray()
        .map((row): Body => row.toJSON()),
      bytes,
    }
  }

  it('gives every sale with its attributes, in links that give the same again', async () => {
    const path = 'sale/plan?shards=3&count=true'
    const { query, version, columns, totalRecords, shards, t } = await plan(path)
    expect([query, version, totalRecords, t]).toEqual(['entities/sale', null, 40, 40])
    expect(columns.map(({ name }: Body) => name)).toEqual(['entity', 'id', 'at', 'buyer', 'product'])
    const parts = await Promise.all(shards.map(({ uri }: Body) => rowsOf(path, uri)))
    expect(parts.flatMap(({ rows }) => rows.map((row: Body) => row['id'])).sort()).toEqual(
      Array.from({ length: 40 }, (_, i) => `s/${i}`).sort(),
    )
    for (const [i, { uri }] of shards.entries()) expect((await rowsOf(path, uri)).bytes).toEqual(parts[i].bytes)
    const buyers = parts.flatMap(({ rows }) => rows).filter(({ buyer }) => buyer !== null)
    expect(buyers).toHaveLength(14)
  })

  it.each([
    ['sale', 'id,product{id}'],
    ['sale', 'buyer,:sale/product{product/id,sale/_product}'],
    ['product', 'id,sale/_product{id,buyer,product}'],
    ['product', 'sale/_product'],
  ])('follows references of a %s as /entities does: %s', async (kind, attributes) => {
    const path = `${kind}/plan?${new URLSearchParams({ shards: '2', attributes })}&asOf=7&asOf=40`
    const { shards, columns } = await plan(path)
    expect(columns[3].name).toMatch(/^(id|buyer|sale\/_product)$/)
    for (const { uri } of shards) {
      const { rows } = await rowsOf(path, uri)
      expect(rows.length).toBeGreaterThan(1)
      for (const row of rows) {
        const { entity, t, as_of: _, ...found } = row
        const asked = await shop.get(`/entity/${entity}?${new URLSearchParams({ attributes, asOf: String(t) })}`)
        const { attributes: told } = (await asked.json()) as Body
        const names = Object.fromEntries(
          Object.entries(told as Body).map(([key, value]) => [
            key.replace(/^:(\w+\/(?!_))?/, ''),
            flat(value, entities),
          ]),
        )
        expect(plainCell(found)).toEqual(plainCell(names))
      }
    }
  })

  it('gives several moments at once, each with what was known then', async () => {
    const path = 'product/plan?shards=2&attributes=id,price&asOf=2&asOf=2024-04-30T12:00:00Z&asOf=40'
    const { columns, shards } = await plan(path)
    expect(columns.map(({ name, type }: Body) => `${name} ${type}`)).toEqual([
      'entity ref(product)',
      'as_of instant',
      't long',
      'id string',
      'price decimal(2)',
    ])
    const rows = (await Promise.all(shards.map(({ uri }: Body) => rowsOf(path, uri)))).flatMap(part => part.rows)
    const text = rows
      .map(({ id, t, as_of, price }) => `${id} ${t} ${new Date(Number(as_of)).toISOString()} ${price}`)
      .sort()
    expect(text.slice(0, 3)).toEqual([
      'p0 2 2024-04-29T11:00:00.000Z 150',
      'p0 27 2024-04-30T12:00:00.000Z 2550',
      'p0 40 2024-05-01T01:00:00.000Z 3750',
    ])
    expect(text).toHaveLength(2 + 4 + 4)
  })
})
