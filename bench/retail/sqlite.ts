import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type InvoiceLine, readLines } from './events.ts'
import { BATCH, type OpenSubject } from './subject.ts'

/** Attributes by number, in the order of each kind's answer; `ref` names the kind that one points at. */
const ATTRIBUTES = [
  { ident: ':product/description', kind: 'product' },
  { ident: ':product/id', kind: 'product' },
  { ident: ':product/price', kind: 'product', digits: 3 },
  { ident: ':customer/country', kind: 'customer' },
  { ident: ':customer/id', kind: 'customer' },
  { ident: ':invoice/customer', kind: 'invoice', ref: 'customer' },
  { ident: ':invoice/id', kind: 'invoice' },
  { ident: ':line/id', kind: 'line' },
  { ident: ':line/invoice', kind: 'line', ref: 'invoice' },
  { ident: ':line/price', kind: 'line', digits: 3 },
  { ident: ':line/product', kind: 'line', ref: 'product' },
  { ident: ':line/quantity', kind: 'line' },
] as const satisfies readonly { ident: string; kind: string; ref?: string; digits?: number }[]

type Kind = (typeof ATTRIBUTES)[number]['kind']
type Ident = (typeof ATTRIBUTES)[number]['ident']

const KINDS: readonly Kind[] = ['product', 'customer', 'invoice', 'line']
const numberOf = (ident: Ident): number => ATTRIBUTES.findIndex(attribute => attribute.ident === ident)
const ofKind = (kind: Kind): number[] => ATTRIBUTES.flatMap((attribute, a) => (attribute.kind === kind ? [a] : []))

/**
 * The tables are what a person who knows SQLite would choose. Facts are clustered by attribute, entity and beginning, so
 * that one tree serves the look-up of an entity, its state as of a moment, and the scan of an attribute; a second index
 * only makes it slower and larger. Events are kept as they came, as our log keeps them. A cache of 64 MB.
 */
const TABLES = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA cache_size = -65536;
  CREATE TABLE entities (kind INTEGER, key TEXT, e INTEGER, PRIMARY KEY (kind, key)) WITHOUT ROWID;
  CREATE TABLE facts (a INTEGER, e INTEGER, "from" INTEGER, "to" INTEGER, v, PRIMARY KEY (a, e, "from")) WITHOUT ROWID;
  CREATE TABLE events (t INTEGER PRIMARY KEY, instant INTEGER, body TEXT);
`

const scaled = (price: string): number => Math.round(Number(price) * 1000)

function show(value: unknown, digits: number): string {
  const text = String(value).padStart(digits + 1, '0')
  return `${text.slice(0, -digits)}.${text.slice(-digits)}`
}

const open: OpenSubject = async folder => {
  const db = new DatabaseSync(join(folder, 'retail.db'))
  db.exec(TABLES)
  const find = db.prepare('SELECT e FROM entities WHERE kind = ? AND key = ?')
  const add = db.prepare('INSERT INTO entities VALUES (?, ?, ?)')
  const current = db.prepare('SELECT v, "from" FROM facts WHERE a = ? AND e = ? ORDER BY "from" DESC LIMIT 1')
  const begin = db.prepare('INSERT INTO facts VALUES (?, ?, ?, NULL, ?)')
  const end = db.prepare('UPDATE facts SET "to" = ? WHERE a = ? AND e = ? AND "from" = ?')
  const event = db.prepare('INSERT INTO events VALUES (?, ?, ?)')
  const sizes = KINDS.map(() => 0)
  let t = 0

  const entityOf = (kind: Kind, key: string): { e: number; fresh: boolean } => {
    const number = KINDS.indexOf(kind)
    const known = find.get(number, key)
    if (known) return { e: known['e'] as number, fresh: false }
    const e = sizes[number]++
    add.run(number, key, e)
    begin.run(numberOf(`:${kind}/id`), e, t, key)
    return { e, fresh: true }
  }
  const state = (ident: Ident, { e, fresh }: { e: number; fresh: boolean }, value: string | number) => {
    const a = numberOf(ident)
    const before = fresh ? undefined : current.get(a, e)
    if (before?.['v'] === value) return
    if (before) end.run(t, a, e, before['from'] as number)
    begin.run(a, e, t, value)
  }
  const apply = (text: string) => {
    const { timestamp, value }: InvoiceLine = JSON.parse(text)
    event.run(++t, Date.parse(timestamp), text)
    const product = entityOf('product', value.stock_code)
    if (value.description != null) state(':product/description', product, value.description)
    state(':product/price', product, scaled(value.unit_price))
    const customer = value.customer_id == null ? null : entityOf('customer', value.customer_id)
    if (customer) state(':customer/country', customer, value.country)
    const invoice = entityOf('invoice', value.invoice_no)
    if (customer) state(':invoice/customer', invoice, customer.e)
    const line = entityOf('line', `${value.invoice_no}/${value.line_no}`)
    state(':line/invoice', line, invoice.e)
    state(':line/product', line, product.e)
    state(':line/quantity', line, value.quantity)
    state(':line/price', line, scaled(value.unit_price))
  }

  const visible = (at: string) => `"from" <= ${at} AND ("to" IS NULL OR "to" > ${at})`
  const attributesOf = new Map(
    KINDS.map(kind => {
      const list = ofKind(kind).join(', ')
      return [
        kind,
        {
          now: db.prepare(`SELECT a, v FROM facts WHERE a IN (${list}) AND e = ? AND "to" IS NULL`),
          at: db.prepare(`SELECT a, v FROM facts WHERE a IN (${list}) AND e = ?1 AND ${visible('?2')}`),
        },
      ]
    }),
  )
  const keyOf = db.prepare('SELECT v FROM facts WHERE a = ? AND e = ?')
  const sumNow = db.prepare('SELECT sum(v) AS sum FROM facts WHERE a = ? AND "to" IS NULL')
  const sumAt = db.prepare(`SELECT sum(v) AS sum FROM facts WHERE a = ?1 AND ${visible('?2')}`)

  return {
    async load(file) {
      let waiting = 0
      db.exec('BEGIN')
      for await (const line of readLines(file)) {
        apply(line)
        if (++waiting < BATCH) continue
        waiting = 0
        db.exec('COMMIT; BEGIN')
      }
      db.exec('COMMIT')
    },
    facts: () => db.prepare('SELECT count(*) AS n FROM facts').get()!['n'] as number,
    entity(id, at) {
      const colon = id.indexOf(':')
      const kind = id.slice(0, colon) as Kind
      const found = find.get(KINDS.indexOf(kind), id.slice(colon + 1))
      if (!found) throw new Error(`${id} is not known`)
      const select = attributesOf.get(kind)!
      const rows = at === undefined ? select.now.all(found['e']) : select.at.all(found['e'], at)
      const answer: Record<string, unknown> = {}
      for (const { a, v } of rows) {
        const attribute: { ident: string; ref?: Kind; digits?: number } = ATTRIBUTES[a as number]
        if (attribute.ref)
          answer[attribute.ident] = `${attribute.ref}:${keyOf.get(numberOf(`:${attribute.ref}/id`), v)!['v']}`
        else answer[attribute.ident] = attribute.digits ? show(v, attribute.digits) : v
      }
      return answer
    },
    scan: at => {
      const a = numberOf(':line/quantity')
      return (at === undefined ? sumNow.get(a) : sumAt.get(a, at))!['sum'] as number
    },
    async close() {
      db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
      db.close()
    },
  }
}

export default open
