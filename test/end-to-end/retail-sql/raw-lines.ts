import { DuckDBInstance, type DuckDBValue } from '@duckdb/node-api'

/** The moment of a question, and that of its source `$before`; milliseconds since 1970. */
export interface Moment {
  readonly now: number
  readonly before: number
}

/**
 * The raw retail file as DuckDB reads it, and what the contract says that it states, in SQL: which value holds since which line.
 * Nothing of Heartwood is in here. A line of the file is a transaction, `no` its number from 1.
 */
export class RawLines {
  readonly #ask: (sql: string) => Promise<unknown[][]>

  private constructor(ask: (sql: string) => Promise<unknown[][]>) {
    this.#ask = ask
  }

  static async read(file: string): Promise<RawLines> {
    const connection = await (await DuckDBInstance.create(':memory:')).connect()
    const raw = new RawLines(async sql => {
      const found = (await connection.runAndReadAll(sql)).getRowsJS() as DuckDBValue[][]
      return found.map(row => row.map(plain))
    })
    for (const sql of tables(file)) await raw.ask(sql)
    return raw
  }

  /** Rows of plain values; what SQL calls BIGINT is a number. */
  ask(sql: string): Promise<unknown[][]> {
    return this.#ask(sql)
  }

  /** From here on `product`, `customer`, `invoice` and `line` are what holds at a moment, and `old_…` the same before. */
  async look({ now, before }: Moment): Promise<void> {
    await this.#ask(`SET VARIABLE ms = ${now}::BIGINT`)
    for (const [prefix, ms] of [
      ['', now],
      ['old_', before],
    ] as const)
      for (const sql of holding(prefix, ms)) await this.#ask(sql)
  }
}

/** Nulls inside of a struct are absent, as keys of a pull are. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value)
  if (Array.isArray(value)) return value.map(plain)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== null)
      .map(([key, inner]) => [key, plain(inner)]),
  )
}

/** Since which line a value holds and until which: stating what holds already begins nothing. */
const intervals = (table: string, key: string, value: string) => `
  CREATE TABLE ${table} AS
  SELECT key, value, no, ms, lead(no) OVER each AS ended, lead(ms) OVER each AS ended_ms
  FROM (SELECT ${key} AS key, ${value} AS value, no, ms, lag(${value}) OVER (PARTITION BY ${key} ORDER BY no) AS other
        FROM raw WHERE ${key} IS NOT NULL AND ${value} IS NOT NULL)
  WHERE other IS DISTINCT FROM value
  WINDOW each AS (PARTITION BY key ORDER BY no)`

const tables = (file: string): string[] => [
  `CREATE TABLE raw AS
   SELECT row_number() OVER () AS no, epoch_ms("timestamp"::TIMESTAMP) AS ms, value.invoice_no AS invoice, value.line_no AS line_no,
          value.invoice_no || '/' || value.line_no AS id, value.stock_code AS product, value.description AS description,
          value.quantity AS quantity, value.unit_price::DECIMAL(18, 3) AS price, value.customer_id AS customer, value.country AS country
   FROM read_ndjson('${file}', columns = {"timestamp": 'VARCHAR', value: 'STRUCT(invoice_no VARCHAR, line_no BIGINT, stock_code VARCHAR,
     description VARCHAR, quantity BIGINT, unit_price VARCHAR, customer_id VARCHAR, country VARCHAR)'})`,
  intervals('price_held', 'product', 'price'),
  intervals('description_held', 'product', 'description'),
  intervals('country_held', 'customer', 'country'),
  intervals('customer_held', 'invoice', 'customer'),
  // instants and dates as JSON has them
  `CREATE MACRO iso(ms) AS strftime(make_timestamp(ms * 1000), '%Y-%m-%dT%H:%M:%S.') || lpad((ms % 1000)::VARCHAR, 3, '0') || 'Z'`,
  `CREATE MACRO moment(ms) AS make_timestamp(ms * 1000)`,
]

const holding = (prefix: string, ms: number): string[] => {
  const held = (table: string) =>
    `(SELECT key, value, no FROM ${table} WHERE ms <= ${ms} AND coalesce(ended_ms > ${ms}, true))`
  return [
    `CREATE OR REPLACE TABLE ${prefix}product AS
     SELECT id, d.value AS description, p.value AS price, p.no AS price_no
     FROM (SELECT DISTINCT product AS id FROM raw WHERE ms <= ${ms})
     LEFT JOIN ${held('price_held')} p ON p.key = id LEFT JOIN ${held('description_held')} d ON d.key = id`,
    `CREATE OR REPLACE TABLE ${prefix}customer AS SELECT key AS id, value AS country, no FROM ${held('country_held')}`,
    `CREATE OR REPLACE TABLE ${prefix}invoice AS
     SELECT id, value AS customer FROM (SELECT DISTINCT invoice AS id FROM raw WHERE ms <= ${ms}) LEFT JOIN ${held('customer_held')} ON key = id`,
    `CREATE OR REPLACE TABLE ${prefix}line AS SELECT no, ms, id, invoice, product, quantity, price FROM raw WHERE ms <= ${ms}`,
  ]
}
