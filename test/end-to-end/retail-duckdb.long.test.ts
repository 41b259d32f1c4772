import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { machineClock } from '../../src/base/clock.ts'
import { seeded } from '../../src/base/random.ts'
import { openDatabase, type WritableDatabase } from '../../src/database/database.ts'
import { rowsOf } from '../../src/model/answer-rows.ts'
import { plainText } from '../../src/model/entity-text.ts'
import { heartwood, newFolder, removeFolders } from '../service.ts'
import { retailFile, retailProject } from './retail.ts'

const file = retailFile()
const PAIRS = 1000
const MOMENTS = 20

/*
 * Independent answers: DuckDB reads the raw file itself and says what a product cost, and where customers lived, as of random
 * moments; Heartwood must say the same. A moment may lie before, between and after the events, or fall on one exactly.
 */
describe.skipIf(!file)(
  'the retail file as of random moments, beside DuckDB over the raw file (needs HEARTWOOD_SHARED)',
  () => {
    let database: WritableDatabase
    let ask: (sql: string) => Promise<unknown[][]>

    beforeAll(async () => {
      const data = join(newFolder(), 'store')
      expect(heartwood(['load', file!, '--data', data, '--project', retailProject()!]).status).toBe(0)
      database = await openDatabase({ data, project: retailProject(), clock: machineClock, readOnly: true })
      const connection = await (await DuckDBInstance.create(':memory:')).connect()
      ask = async sql => (await connection.runAndReadAll(sql)).getRowsJS() as unknown[][]
      await ask(`CREATE TABLE line AS
      SELECT row_number() OVER () AS no, epoch_ms("timestamp"::TIMESTAMP) AS ms, value.stock_code AS product,
             value.description AS description, value.unit_price AS price, value.customer_id AS customer,
             value.country AS country, value.invoice_no AS invoice
      FROM read_ndjson('${file}', columns = {topic: 'VARCHAR', key: 'VARCHAR', "timestamp": 'VARCHAR',
        value: 'STRUCT(stock_code VARCHAR, description VARCHAR, unit_price VARCHAR, customer_id VARCHAR, country VARCHAR, invoice_no VARCHAR)'})`)
      // the order of the file is what decides between lines of one moment
      expect(await ask('SELECT count(*)::INT, max(no)::INT FROM line')).toEqual([[541_909, 541_909]])
      expect(
        await ask(
          'SELECT count(*)::INT FROM (SELECT ms, lag(ms) OVER (ORDER BY no) AS before FROM line) WHERE ms < before',
        ),
      ).toEqual([[0]])
    })

    afterAll(async () => {
      await database?.close()
      removeFolders()
    })

    const random = seeded(541_909)
    const iso = (ms: number) => new Date(ms).toISOString()
    let moments: number[]

    beforeAll(async () => {
      const [[first, last]] = (await ask('SELECT min(ms)::DOUBLE, max(ms)::DOUBLE FROM line')) as [[number, number]]
      const days = 86_400_000
      const events = (await ask(`SELECT ms::DOUBLE FROM line USING SAMPLE reservoir(300 ROWS) REPEATABLE (7)`)) as [
        number,
      ][]
      // a third falls on an event exactly
      moments = Array.from({ length: PAIRS }, () =>
        random.below(3) === 0 ? random.pick(events)[0] : first - 3 * days + random.below(last - first + 6 * days),
      )
    })

    test(`${PAIRS} random (product, moment) pairs: price and description`, async () => {
      const codes = (await ask('SELECT DISTINCT product FROM line ORDER BY product')) as [string][]
      const pairs = moments.map((ms, i) => ({ i, ms, product: random.pick(codes)[0] }))
      const spine = pairs.map(({ i, ms, product }) => `(${i}, ${ms}, '${product.replaceAll("'", "''")}')`).join(', ')
      const expected = await ask(`
      SELECT s.i::INT, arg_max(l.price, l.no)::DECIMAL(18,3)::VARCHAR,
             arg_max(l.description, l.no) FILTER (l.description IS NOT NULL), min(l.no) IS NOT NULL
      FROM (VALUES ${spine}) AS s(i, ms, product) LEFT JOIN line l ON l.product = s.product AND l.ms <= s.ms
      GROUP BY s.i ORDER BY s.i`)
      expect(expected.length).toBe(PAIRS)
      let known = 0
      for (const [i, price, description, seen] of expected as [number, string | null, string | null, boolean][]) {
        const { ms, product } = pairs[i]
        const view = database.view(iso(ms))
        const kind = view.schema.kind('product')
        const text = (name: string): string | null => {
          const [fact] = view.values(view.schema.attribute(`:product/${name}`), view.ordinal(kind, product))
          return fact === undefined ? null : plainText(fact.value)
        }
        const found = { price: text('price'), description: text('description') }
        expect(found, `${product} as of ${iso(ms)}`).toEqual({ price, description })
        expect(view.known(kind, view.ordinal(kind, product))).toBe(seen)
        if (seen) known++
      }
      expect(known).toBeGreaterThan(PAIRS / 2)
    })

    test(`all customers at ${MOMENTS} moments: their countries and how many invoices they have`, async () => {
      const sorted = (rows: unknown[][]) => rows.map(row => JSON.stringify(row)).sort()
      for (const ms of moments.slice(0, MOMENTS)) {
        const result = database.query({
          query: `[:find ?id ?country (count ?i) :where [?c :customer/id ?id] [?c :customer/country ?country] [?i :invoice/customer ?c]]`,
          asOf: iso(ms),
        })
        const expected = await ask(`
        WITH seen AS (SELECT * FROM line WHERE ms <= ${ms} AND customer IS NOT NULL),
             of_invoice AS (SELECT invoice, arg_max(customer, no) AS customer FROM seen GROUP BY invoice)
        SELECT c.customer, c.country, count(i.invoice)::INT
        FROM (SELECT customer, arg_max(country, no) AS country FROM seen GROUP BY customer) c
        JOIN of_invoice i ON i.customer = c.customer GROUP BY ALL`)
        const rows = rowsOf(result.answer)
        const [found, wanted] = [sorted(rows), sorted(expected)]
        const differing = found.findIndex((row, i) => row !== wanted[i])
        expect({ at: iso(ms), rows: found.length, found: found[differing] }).toEqual({
          at: iso(ms),
          rows: wanted.length,
          found: differing < 0 ? undefined : wanted[differing],
        })
      }
    })
  },
)
