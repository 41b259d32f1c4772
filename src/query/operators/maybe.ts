import { Decimal } from '../../model/decimal.ts'
import { KIND_SIZE } from '../../model/entity-id.ts'
import type { FactView } from '../../model/fact-view.ts'
import type { Attribute } from '../../model/schema.ts'
import { BOOLEAN, LONG, type ValueType } from '../../model/type.ts'
import { EntityRef, Instant, Keyword, LocalDate, type Value } from '../../model/value.ts'
import { type Relation, type Run, takeRows, withColumn } from '../columns/relation.ts'
import { type Coding, constantVector, type Vector } from '../columns/vector.ts'
import { stack } from './correlate.ts'
import { ascending, probe } from './facts.ts'

/** Names that no query can write. */
const ROW = '#maybe-row'

/**
 * A left join: each row with each value that its entity has of an attribute, or once where it has none. The value stands in the column
 * `name` and under `present` whether it is one; where it is none, some value of the type fills its place.
 */
export function withMaybe(
  relation: Relation,
  entity: string,
  { attribute, view }: { readonly attribute: Attribute; readonly view: FactView },
  { name, present }: { readonly name: string; readonly present: string },
  run: Run,
): Relation {
  const numbered = withColumn(relation, ROW, { type: LONG, as: 'i32', values: ascending(relation.rows) })
  const pattern = {
    column: view.facts(attribute),
    entity: { variable: entity },
    conditions: [],
    value: name,
    tx: null,
    op: null,
    shard: null,
  }
  const found = probe(numbered, pattern, entity, run)
  const rows = (found.columns.get(ROW) as Vector).values as Int32Array
  const hit = new Uint8Array(relation.rows)
  for (let i = 0; i < found.rows; i++) hit[rows[i]] = 1
  const missing = takeRows(
    numbered,
    ascending(relation.rows).filter(row => hit[row] === 0),
  )
  const filled = withColumn(
    missing,
    name,
    constantVector(attribute.type, filler(attribute.type, run), missing.rows, run),
  )
  const parts = [flagged(found, present, true, run), flagged(filled, present, false, run)]
  return { ...stack(parts, [...relation.columns.keys(), name, present], run), key: null }
}

const flagged = (relation: Relation, name: string, flag: boolean, run: Run): Relation =>
  withColumn(relation, name, constantVector(BOOLEAN, flag, relation.rows, run))

/** Some value of a type; nobody gets to see it. */
export function filler(type: ValueType, { schema }: Pick<Coding, 'schema'>): Value {
  switch (type.base) {
    case 'long':
      return 0n
    case 'double':
      return 0
    case 'boolean':
      return false
    case 'decimal':
      return new Decimal(0n, type.digits)
    case 'instant':
      return new Instant(0n)
    case 'date':
      return new LocalDate(0)
    case 'keyword':
      return new Keyword(':none')
    case 'ref':
      return new EntityRef(type.kind === null ? 0 : schema.kind(type.kind).number * KIND_SIZE)
    default:
      return ''
  }
}
