import { kindOf, ordinalOf } from '../../model/entity-id.ts'
import type { FactView } from '../../model/fact-view.ts'
import type { Attribute } from '../../model/schema.ts'
import { refTo } from '../../model/type.ts'
import { EntityRef } from '../../model/value.ts'
import type { Condition } from '../columns/condition.ts'
import { entityRef } from '../functions/lookup.ts'
import type { Pattern, Term } from '../language/ast.ts'
import type { Cut, FactPattern } from '../operators/facts.ts'
import type { Source, State } from './planning.ts'

/** A pattern with its constants put in; `conditions` are those that predicates beside it ask of the value. */
export function factPattern(
  clause: Pattern,
  attribute: Attribute,
  conditions: readonly Condition[],
  state: State,
  source: Source,
): FactPattern {
  const view = source.view(clause.source)
  const name = (term: Term): string | null =>
    term.term === 'variable' && !source.constants.has(term.name) ? term.name : null
  const [entity, value, tx, op] = [name(clause.entity), name(clause.value), name(clause.tx), name(clause.op)]
  const sharding = source.shard !== null && entity === source.shard.variable && !state.bound.has(entity)
  return {
    column: view.facts(attribute),
    entity: entity !== null ? { variable: entity } : entityConstant(clause.entity, attribute, view, source),
    conditions: [...valueConditions(clause.value, attribute, view, source), ...conditions],
    value,
    tx: tx !== null ? { variable: tx } : txConstant(clause.tx, view, source),
    op: op !== null ? { variable: op } : opConstant(clause.op, source),
    shard: sharding ? source.shard : cutOf(entity, state, source),
  }
}

/** What the clauses beside a pattern ask of the number of its entity, where the pattern is what binds it. */
const cutOf = (entity: string | null, state: State, source: Source): Cut | null =>
  entity === null || state.bound.has(entity) ? null : (source.cuts?.get(entity) ?? null)

function valueConditions(term: Term, attribute: Attribute, view: FactView, source: Source): Condition[] {
  if (term.term === 'lookup') {
    return [{ comparison: '=', literal: { value: entityRef(term, view), type: attribute.type, exact: null } }]
  }
  const literal = source.constant(term)
  if (literal === undefined) return []
  if (attribute.type.base === 'ref' && typeof literal.value === 'bigint') {
    return [
      {
        comparison: '=',
        literal: { value: new EntityRef(Number(literal.value)), type: refTo(attribute.type.kind), exact: null },
      },
    ]
  }
  return [{ comparison: '=', literal }]
}

/** The ordinal of a constant entity; -1, which no fact has, where it is of another kind. */
function entityConstant(term: Term, attribute: Attribute, view: FactView, source: Source): FactPattern['entity'] {
  const number = entityNumberOf(term, view, source)
  if (number === undefined) return null
  return { ordinal: kindOf(number) === attribute.kind.number ? ordinalOf(number) : -1 }
}

/** The number of the entity that a term names by itself, NaN where it is no entity; undefined where only the rows tell. */
export function entityNumberOf(term: Term, view: FactView, source: Source): number | undefined {
  const literal = term.term === 'lookup' ? { value: entityRef(term, view) } : source.constant(term)
  if (literal === undefined) return undefined
  return literal.value instanceof EntityRef ? literal.value.number : Number(literal.value)
}

function txConstant(term: Term, view: FactView, source: Source): FactPattern['tx'] {
  const t = entityNumberOf(term, view, source)
  return t === undefined ? null : { t }
}

function opConstant(term: Term, source: Source): FactPattern['op'] {
  const literal = source.constant(term)
  return literal === undefined ? null : { stated: literal.value === true }
}
