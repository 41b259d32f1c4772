import type { Answer } from '../../src/model/answer.ts'
import { arrayStore } from '../../src/model/array-view.ts'
import { wideAt } from '../../src/model/column.ts'
import { Decimal } from '../../src/model/decimal.ts'
import type { FactView } from '../../src/model/fact-view.ts'
import { Schema } from '../../src/model/schema.ts'
import {
  BOOLEAN,
  DATE,
  DOUBLE,
  decimalOf,
  INSTANT,
  LONG,
  refTo,
  STRING,
  UUID,
  type ValueType,
} from '../../src/model/type.ts'
import { EntityRef, Instant, Keyword, LocalDate, type Value } from '../../src/model/value.ts'
import { type Arguments, parseQuery, type RunOptions, runQuery, showEdn } from '../../src/query/query.ts'

/** A schema from a list of attributes. A type with a star is of cardinality many. */
export function schemaOf(
  kinds: Record<string, Record<string, ValueType | readonly [ValueType]>>,
  keyTypes: Record<string, ValueType> = {},
): Schema {
  const schema = new Schema()
  for (const [kind, attributes] of Object.entries(kinds)) {
    const keyType = keyTypes[kind] ?? STRING
    schema.addKind(kind, keyType)
    const plain = { kind, index: false, component: false, restated: false, doc: '' }
    schema.addAttribute({ ...plain, ident: `:${kind}/id`, type: keyType, many: false, identity: true })
    for (const [name, type] of Object.entries(attributes)) {
      const many = Array.isArray(type)
      schema.addAttribute({
        ...plain,
        ident: `:${kind}/${name}`,
        type: many ? (type[0] as ValueType) : (type as ValueType),
        many,
        identity: false,
      })
    }
  }
  return schema
}

/** A small shop that most examples are about. */
export const shopSchema = () =>
  schemaOf({
    customer: {
      country: STRING,
      age: LONG,
      vip: BOOLEAN,
      born: DATE,
      since: INSTANT,
      token: UUID,
      tag: [STRING],
      friend: refTo('customer'),
      tier: { base: 'enum', values: ['gold', 'silver'] },
    },
    product: { name: STRING, price: decimalOf(3), weight: DOUBLE },
    line: { customer: refTo('customer'), product: refTo('product'), quantity: LONG },
  })

export const shop = (t?: number): FactView => shopStore()(t)

/** The same at any moment, as views of one store. */
export const shopStore = (): ((t?: number) => FactView) =>
  arrayStore({
    schema: shopSchema(),
    instants: [Date.UTC(2011, 0, 1), Date.UTC(2011, 1, 1), Date.UTC(2011, 2, 1)],
    facts: [
      { e: 'customer:1', a: ':customer/country', v: 'France' },
      { e: 'customer:2', a: ':customer/country', v: 'Spain' },
      { e: 'customer:3', a: ':customer/country', v: 'France', from: 2 },
      { e: 'customer:1', a: ':customer/age', v: 30, to: 2 },
      { e: 'customer:1', a: ':customer/age', v: 31, from: 2 },
      { e: 'customer:2', a: ':customer/age', v: 45 },
      { e: 'customer:1', a: ':customer/vip', v: true },
      { e: 'customer:2', a: ':customer/vip', v: false },
      { e: 'customer:1', a: ':customer/born', v: '1980-05-01' },
      { e: 'customer:1', a: ':customer/since', v: '2010-12-01T10:00:00Z' },
      { e: 'customer:1', a: ':customer/token', v: '6f1e2d3c-0000-4000-8000-000000000001' },
      { e: 'customer:1', a: ':customer/tag', v: 'new' },
      { e: 'customer:1', a: ':customer/tag', v: 'big', from: 3 },
      { e: 'customer:2', a: ':customer/tag', v: 'new' },
      { e: 'customer:2', a: ':customer/tier', v: 'gold' },
      { e: 'customer:3', a: ':customer/friend', v: 'customer:1', from: 2 },
      { e: 'customer:2', a: ':customer/friend', v: 'customer:2' },
      { e: 'product:a', a: ':product/name', v: 'Apple' },
      { e: 'product:b', a: ':product/name', v: 'Bread' },
      { e: 'product:a', a: ':product/price', v: '2.550' },
      { e: 'product:b', a: ':product/price', v: '30' },
      { e: 'product:a', a: ':product/weight', v: 0.1 },
      { e: 'product:b', a: ':product/weight', v: 2.5 },
      { e: 'line:1', a: ':line/customer', v: 'customer:1' },
      { e: 'line:1', a: ':line/product', v: 'product:a' },
      { e: 'line:1', a: ':line/quantity', v: 3 },
      { e: 'line:2', a: ':line/customer', v: 'customer:1', from: 2 },
      { e: 'line:2', a: ':line/product', v: 'product:b', from: 2 },
      { e: 'line:2', a: ':line/quantity', v: 3, from: 2 },
      { e: 'line:3', a: ':line/customer', v: 'customer:2', from: 3 },
      { e: 'line:3', a: ':line/product', v: 'product:a', from: 3 },
      { e: 'line:3', a: ':line/quantity', v: -1, from: 3 },
    ],
  })

/** The value in one cell of an answer. */
export function cell(answer: Answer, column: number, row: number): Value {
  const { type, v } = answer.columns[column]
  if (v.as === 'any') return v.values[row] as Value
  const raw = v.as === 'i128' ? wideAt(v.values, row) : v.values[row]
  switch (type.base) {
    case 'long':
      return BigInt(raw)
    case 'double':
      return Number(raw)
    case 'decimal':
      return new Decimal(BigInt(raw), type.digits)
    case 'boolean':
      return raw === 1
    case 'instant':
      return new Instant(type.micros ? BigInt(raw) : BigInt(raw) * 1000n)
    case 'date':
      return new LocalDate(Number(raw))
    case 'ref':
      return new EntityRef(Number(raw))
    case 'keyword':
      return new Keyword(answer.strings.text(Number(raw)))
    default:
      return answer.strings.text(Number(raw))
  }
}

/** Rows as EDN, one text a row: what examples compare. */
export const rowsOf = (answer: Answer): string[] =>
  Array.from({ length: answer.rows }, (_, row) =>
    answer.columns
      .map(({ present }, column) => (present?.[row] === 0 ? 'nil' : showEdn(cell(answer, column, row))))
      .join(' '),
  )

/** Runs a query over one view. */
export const ask = (
  text: string,
  args: Arguments = {},
  view: FactView = shop(),
  more: Partial<RunOptions> = {},
): string[] => rowsOf(runQuery(parseQuery(text), { sources: new Map([['$', view]]), args, ...more }))

/** The error of a query: `kind line:column`. */
export function errorOf(text: string, args: Arguments = {}, view: FactView = shop()): string {
  try {
    ask(text, args, view)
  } catch (error) {
    const { kind, details, message } = error as {
      kind?: string
      details?: { line?: number; column?: number }
      message: string
    }
    if (kind === undefined) throw error
    return `${kind}${details?.line === undefined ? '' : ` ${details.line}:${details.column}`} ${message}`
  }
  return 'no error'
}
