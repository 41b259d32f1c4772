import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { seeded } from '../../src/base/random.ts'
import { pythonWithArrow } from '../given.ts'
import { heartwood, newFolder, removeFolders, type Service, startService } from '../service.ts'
import { type Line, pounds, rawLines, readLine, retailFile, retailProject, Shop } from './retail.ts'

const file = retailFile()
const python = pythonWithArrow()

/** Five moments: four in the past, as an instant or a t, and now. */
const MOMENTS = [120_000, 270_954, 400_001, 541_908, 541_909]

/** What a training job asks for. */
const LINES = `{:doc "Every line with its quantity and price."
 :shard-by ?l
 :query [:find ?l ?id ?q ?p :where [?l :line/id ?id] [?l :line/quantity ?q] [?l :line/price ?p]]}`

const QUERIES: readonly {
  name: string
  query: string
  args?: Record<string, unknown>
  expected: (shop: Shop) => unknown[][]
}[] = [
  {
    name: 'customers by country',
    query: '[:find ?country (count ?c) :where [?c :customer/country ?country]]',
    expected: ({ countries }) => tally([...countries.values()]),
  },
  {
    name: 'lines of one invoice',
    query:
      '[:find ?id ?q ?p :in $ ?i :where [?l :line/id ?id] [?l :line/invoice ?i] [?l :line/quantity ?q] [?l :line/price ?p]]',
    args: { '?i': 'invoice:536365' },
    expected: ({ lines }) =>
      [...lines].filter(([, l]) => l.invoice === '536365').map(([id, l]) => [id, l.quantity, pounds(l.price)]),
  },
  {
    name: 'dear products',
    query: '[:find ?code ?price :where [?p :product/price ?price] [(> ?price 100)] [?p :product/id ?code]]',
    expected: ({ products }) =>
      [...products].filter(([, p]) => p.price > 100_000).map(([code, p]) => [code, pounds(p.price)]),
  },
  {
    name: 'turnover by country of the customer',
    query: `[:find ?country (sum ?x) :with ?l :where [?l :line/invoice ?i] [?i :invoice/customer ?c] [?c :customer/country ?country]
             [?l :line/quantity ?q] [?l :line/price ?p] [(* ?q ?p) ?x]]`,
    expected: shop => {
      const sums = new Map<string, number>()
      for (const line of shop.lines.values()) {
        const customer = shop.invoices.get(line.invoice)!.customer
        if (customer === undefined) continue
        const country = shop.countries.get(customer)!
        sums.set(country, (sums.get(country) ?? 0) + line.quantity * line.price)
      }
      return [...sums].map(([country, sum]) => [country, pounds(sum)])
    },
  },
  {
    name: 'products that nobody described',
    query: '[:find ?code :where [?p :product/id ?code] (not [?p :product/description])]',
    expected: ({ products }) => [...products].filter(([, p]) => p.description === undefined).map(([code]) => [code]),
  },
  {
    name: 'invoices of France or Germany',
    query: `[:find ?no :where [?i :invoice/id ?no] [?i :invoice/customer ?c]
             (or [?c :customer/country "France"] [?c :customer/country "Germany"])]`,
    expected: shop =>
      [...shop.invoices]
        .filter(([, i]) => ['France', 'Germany'].includes(shop.countries.get(i.customer ?? '') ?? ''))
        .map(([no]) => [no]),
  },
  {
    name: 'invoices of some customers',
    query: '[:find ?id (count ?i) :in $ [?id ...] :where [?c :customer/id ?id] [?i :invoice/customer ?c]]',
    args: { '?id': ['17850', '12680', '13113', 'nobody'] },
    expected: ({ invoices }) =>
      tally(
        [...invoices.values()]
          .map(({ customer }) => customer)
          .filter(c => ['17850', '12680', '13113'].includes(c ?? '')) as string[],
      ),
  },
  {
    name: 'least, largest, mean and total quantity',
    query:
      '[:find (min ?q) (max ?q) (avg ?q) (sum ?q) (count ?l) (count-distinct ?q) :with ?l :where [?l :line/quantity ?q]]',
    expected: ({ lines }) => {
      const all = [...lines.values()].map(({ quantity }) => quantity)
      const sum = all.reduce((a, b) => a + b, 0)
      return [
        [
          Math.min(...chunked(all, Math.min)),
          Math.max(...chunked(all, Math.max)),
          sum / all.length,
          sum,
          all.length,
          new Set(all).size,
        ],
      ]
    },
  },
  {
    name: 'lines bought at another price than the product has, and returned',
    query: `[:find ?id :where [?l :line/product ?p] [?l :line/price ?paid] [?p :product/price ?price] [(!= ?paid ?price)]
             [?l :line/quantity ?q] [(< ?q 0)] [?l :line/id ?id]]`,
    expected: ({ lines, products }) =>
      [...lines].filter(([, l]) => l.quantity < 0 && l.price !== products.get(l.product)!.price).map(([id]) => [id]),
  },
  {
    name: 'a rule: who buys from abroad what a Frenchman bought',
    query:
      '[:find ?country (count-distinct ?c) :in $ % :where (bought ?f ?p) [?f :customer/id "12583"] (bought ?c ?p) [?c :customer/country ?country]]',
    args: { '%': '[[(bought ?c ?p) [?i :invoice/customer ?c] [?l :line/invoice ?i] [?l :line/product ?p]]]' },
    expected: shop => {
      const bought = (line: Line) => shop.invoices.get(line.invoice)!.customer
      const products = new Set(
        [...shop.lines.values()].filter(line => bought(line) === '12583').map(({ product }) => product),
      )
      const buyers = new Set([...shop.lines.values()].filter(({ product }) => products.has(product)).map(bought))
      buyers.delete(undefined)
      return tally([...buyers].map(customer => shop.countries.get(customer!)!))
    },
  },
]

const tally = (names: string[]): [string, number][] => {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return [...counts]
}

/** Spreading half a million arguments is too much for one call. */
function chunked(values: number[], pick: (...values: number[]) => number): number[] {
  const picked: number[] = []
  for (let i = 0; i < values.length; i += 10_000) picked.push(pick(...values.slice(i, i + 10_000)))
  return picked
}

/** Compares as multisets. Shows the first differences only: of half a million rows a full one is of no use. */
function expectSameRows(found: unknown, expected: unknown[][], what: string): void {
  const sorted = (rows: unknown[][]) => rows.map(row => JSON.stringify(row)).sort()
  const [a, b] = [sorted(found as unknown[][]), sorted(expected)]
  const differing = a.findIndex((row, i) => row !== b[i])
  const at = differing < 0 && a.length < b.length ? a.length : differing
  expect({ what, rows: a.length, found: at < 0 ? null : a.slice(at, at + 3) }).toEqual({
    what,
    rows: b.length,
    found: at < 0 ? null : b.slice(at, at + 3),
  })
}

describe.skipIf(!file)('the retail file, loaded and served (needs HEARTWOOD_SHARED)', () => {
  let service: Service
  let lines: Line[]

  beforeAll(async () => {
    const data = newFolder()
    const project = newFolder()
    cpSync(retailProject()!, project, { recursive: true })
    mkdirSync(join(project, 'queries'))
    writeFileSync(join(project, 'queries/lines.edn'), LINES)
    const loaded = heartwood(['load', file!, '--data', data, '--project', project])
    expect(loaded.stderr + loaded.stdout).toMatch(/541,?909/)
    expect(loaded.status).toBe(0)
    lines = rawLines().map(readLine)
    service = await startService(['--data', data, '--project', project])
  })

  afterAll(async () => {
    expect(await service?.end('SIGTERM')).toBe(0)
    removeFolders()
  })

  test('1,000 random prices as of random moments equal those read from the file', async () => {
    const random = seeded(20101201)
    const byProduct = Map.groupBy(lines, ({ product }) => product)
    const codes = [...byProduct.keys()]
    const first = Date.parse(lines[0].timestamp)
    const last = Date.parse(lines[lines.length - 1].timestamp)
    for (let i = 0; i < 1000; i++) {
      const code = random.pick(codes)
      const moment = first - 86_400_000 + random.below(last - first + 172_800_000)
      const expected = byProduct.get(code)!.findLast(({ timestamp }) => Date.parse(timestamp) <= moment)
      const path = `/entity/${encodeURIComponent(`product:${code}`)}?asOf=${new Date(moment).toISOString()}&attributes=price`
      const response = await fetch(`${service.url}${path}`)
      const body = (await response.json()) as {
        attributes?: Record<string, unknown>
        kind?: string
        knownFrom?: { instant: string }
      }
      if (expected) expect(body.attributes, path).toEqual({ ':product/price': pounds(expected.price) })
      else {
        expect(response.status).toBe(404)
        expect(body.kind).toBe('not-found')
        expect(Date.parse(body.knownFrom!.instant)).toBe(Date.parse(byProduct.get(code)![0].timestamp))
      }
    }
  })

  test('ten queries, now and at four moments, equal plain code over the file', async () => {
    for (const t of MOMENTS) {
      const shop = new Shop(lines.slice(0, t))
      for (const { name, query, args, expected } of QUERIES) {
        const result = await service.query({
          query,
          asOf: t === lines.length ? undefined : t,
          ...(args ? { args } : {}),
        })
        expectSameRows(result, expected(shop), `${name} at ${t}`)
      }
    }
  })

  test('two moments in one query: which prices changed', async () => {
    const [before, after] = [new Shop(lines.slice(0, 200_000)), new Shop(lines)]
    const result = await service.query({
      query:
        '[:find ?code ?old ?new :in $ $before :where [$before ?p :product/price ?old] [?p :product/price ?new] [(!= ?old ?new)] [?p :product/id ?code]]',
      sources: { $before: { asOf: 200_000 } },
    })
    const expected = [...before.products]
      .map(([code, { price }]) => [code, pounds(price), pounds(after.products.get(code)!.price)])
      .filter(([, old, now]) => old !== now)
    expect(expected.length).toBeGreaterThan(100)
    expectSameRows(result, expected, 'prices')
  })

  test.skipIf(!python)('1, 3 and 8 shards united equal the whole, read by pyarrow (needs pyarrow)', () => {
    const script = `
import json, sys, urllib.request, urllib.parse
import pyarrow as pa, pyarrow.ipc as ipc
url = sys.argv[1]
def shard(base, uri):
    with urllib.request.urlopen(urllib.parse.urljoin(base, uri)) as body:
        raw = body.read()
    return raw, ipc.open_stream(raw).read_all()
out = {}
for n in (1, 3, 8):
    base = f"{url}/extract/lines/plan?shards={n}&asOf=400001"
    plan = json.load(urllib.request.urlopen(base))
    rows = []
    for s in plan["shards"]:
        raw, table = shard(base, s["uri"])
        again, _ = shard(base, s["uri"])
        assert raw == again, "a shard asked again gave other bytes"
        assert all(e % n == s["shard"] for e in table.column(0).to_pylist()), "an entity in the wrong shard"
        assert table.column(0).to_pylist() == sorted(table.column(0).to_pylist()), "not in order of the entity"
        rows += [(r["id"], r["q"], str(r["p"])) for r in table.to_pylist()]
    out[n] = sorted(rows)
assert out[1] == out[3] == out[8]
print(json.dumps(out[8]))
`
    const ran = spawnSync(python!, ['-c', script, service.url], { encoding: 'utf8', maxBuffer: 1 << 30 })
    expect(ran.stderr).toBe('')
    const expected = [...new Shop(lines.slice(0, 400_001)).lines].map(([id, line]) => [
      id,
      line.quantity,
      pounds(line.price),
    ])
    expectSameRows(JSON.parse(ran.stdout), expected, 'shards')
  })
})
