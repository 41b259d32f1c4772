import { kindOf, ordinalOf } from '../../model/entity-id.ts'
import type { FactColumn, FactView } from '../../model/fact-view.ts'
import type { Attribute } from '../../model/schema.ts'
import { ANY, showType } from '../../model/type.ts'
import { EntityRef, Keyword, type Value } from '../../model/value.ts'
import { ordinalsOf } from '../columns/entity.ts'
import type { Relation, Run } from '../columns/relation.ts'
import { cast, constantVector, rawOf, take, type Vector, valueAt, vectorFrom, vectorOf } from '../columns/vector.ts'
import type { CallType } from '../functions/call.ts'
import type { FactCall } from '../functions/fact-functions.ts'
import { entityRef } from '../functions/lookup.ts'
import type { Term } from '../language/ast.ts'
import type { Computed } from './bind.ts'
import { anyFacts, ascending, visibleValues } from './facts.ts'

type Entities = (attribute: Attribute) => Int32Array

/** What `get-else`, `get-some` and `missing?` find for each row. `constant` gives the value of a term that has one for all rows. */
export function lookUp(
  call: FactCall,
  types: CallType,
  relation: Relation,
  view: FactView,
  constant: (term: Term) => Value | undefined,
  run: Run,
): Computed {
  const entities: Entities = attribute => ordinals(call.entity, attribute, relation, view, constant, run)
  switch (call.name) {
    case 'missing?':
      return { rows: null, vector: truths(missing(call, relation, view, entities, constant, run), types) }
    case 'get-some':
      return getSome(call, relation, view, entities, run)
    case 'get-else':
      return { rows: null, vector: getElse(call, types, relation, view, entities, constant, run) }
  }
}

const truths = (values: Int32Array, { type }: CallType): Vector => ({ type, as: 'i32', values })

/** The ordinal of the entity in each row; -1 where it is none of the attribute's kind. */
function ordinals(
  term: Term,
  { kind }: Attribute,
  relation: Relation,
  view: FactView,
  constant: (term: Term) => Value | undefined,
  run: Run,
): Int32Array {
  const known = term.term === 'lookup' ? entityRef(term, view) : constant(term)
  if (known === undefined)
    return ordinalsOf(relation.columns.get((term as { name: string }).name) as Vector, relation.rows, kind, run)
  const number = known instanceof EntityRef ? known.number : typeof known === 'bigint' ? Number(known) : -1
  return new Int32Array(relation.rows).fill(number >= 0 && kindOf(number) === kind.number ? ordinalOf(number) : -1)
}

function missing(
  call: FactCall,
  relation: Relation,
  view: FactView,
  entities: Entities,
  constant: (term: Term) => Value | undefined,
  run: Run,
): Int32Array {
  const [attribute] = call.attributes
  const out = new Int32Array(relation.rows)
  if (!call.backwards) {
    const found = anyFacts(view.facts(attribute), entities(attribute), relation.rows, run)
    for (let i = 0; i < out.length; i++) out[i] = found[i] < 0 ? 1 : 0
    return out
  }
  const target = { ...attribute, kind: targetKind(attribute, view) }
  const referred = visibleValues(view.facts(attribute), run)
  const of = ordinals(call.entity, target, relation, view, constant, run)
  for (let i = 0; i < out.length; i++) out[i] = referred.has(of[i]) ? 0 : 1
  return out
}

const targetKind = ({ type, kind }: Attribute, view: FactView) =>
  type.base === 'ref' && type.kind !== null ? view.schema.kind(type.kind) : kind

function getSome(call: FactCall, relation: Relation, view: FactView, entities: Entities, run: Run): Computed {
  const found = call.attributes.map(attribute => {
    const column = view.facts(attribute)
    return { attribute, values: valuesOf(column), facts: anyFacts(column, entities(attribute), relation.rows, run) }
  })
  const values: Value[] = []
  const rows = ascending(relation.rows).filter(row => {
    const hit = found.find(({ facts }) => facts[row] >= 0)
    if (hit === undefined) return false
    values.push([new Keyword(hit.attribute.ident), valueAt(hit.values, hit.facts[row], run)])
    return true
  })
  return { rows, vector: vectorFrom({ base: 'list', of: ANY }, values, run) }
}

const valuesOf = (column: FactColumn): Vector => vectorOf(column.v, column.attribute.type, column.length)

function getElse(
  call: FactCall,
  { type }: CallType,
  relation: Relation,
  view: FactView,
  entities: Entities,
  constant: (term: Term) => Value | undefined,
  run: Run,
): Vector {
  const [attribute] = call.attributes
  const column = view.facts(attribute)
  const found = anyFacts(column, entities(attribute), relation.rows, run)
  const otherwise = call.otherwise as Term
  const literal = otherwise.term === 'lookup' ? entityRef(otherwise, view) : constant(otherwise)
  const values = valuesOf(column)
  const raw = literal === undefined ? undefined : rawOf(literal, attribute.type, run)
  if (raw !== undefined && showType(type) === showType(attribute.type) && column.length > 0) {
    const patched = patch(values, found, raw)
    if (patched !== undefined) return patched
  }
  const given: Vector =
    literal === undefined
      ? (relation.columns.get((otherwise as { name: string }).name) as Vector)
      : constantVector(ANY, literal, relation.rows, run)
  const each = Array.from(found, (fact, row) => (fact >= 0 ? valueAt(values, fact, run) : valueAt(given, row, run)))
  return cast({ type: ANY, as: 'any', values: each }, type, relation.rows, run)
}

/** The values at these rows, and `raw` where a row is negative; undefined where that needs a wider array. */
function patch(values: Vector, rows: Int32Array, raw: number | bigint): Vector | undefined {
  if (values.as === 'any' || (values.as === 'f64' && !Number.isSafeInteger(Number(raw)) && typeof raw === 'bigint'))
    return undefined
  if (values.as === 'i64' && BigInt.asIntN(64, BigInt(raw)) !== BigInt(raw)) return undefined
  const taken = take(
    values,
    rows.map(row => Math.max(row, 0)),
  )
  const fill = values.as === 'i64' ? BigInt(raw) : Number(raw)
  const into = taken.values as unknown as { [i: number]: number | bigint }
  for (let i = 0; i < rows.length; i++) if (rows[i] < 0) into[i] = fill
  return taken
}
