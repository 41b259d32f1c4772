import { assert } from '../../base/assert.ts'
import { kindOf, ordinalOf } from '../../model/entity-id.ts'
import type { FactView } from '../../model/fact-view.ts'
import type { Attribute } from '../../model/schema.ts'
import { refTo } from '../../model/type.ts'
import { EntityRef } from '../../model/value.ts'
import type { Condition } from '../columns/condition.ts'
import type { Comparison } from '../functions/comparison.ts'
import { entityRef } from '../functions/lookup.ts'
import type { Pattern, Predicate, Term } from '../language/ast.ts'
import type { FactPattern } from '../operators/facts.ts'
import type { Source } from './planning.ts'

/** A comparison that a scan makes on its way: of the value with a constant. */
export interface FusedPredicate {
  readonly clause: Predicate
  readonly comparison: Comparison
  readonly term: Term
}

/** Makes a pattern with its constants put in, for the arguments and the view of a run; `fused` are predicates beside it that ask something of the value. */
export function patternMaker(
  clause: Pattern,
  attribute: Attribute,
  fused: readonly FusedPredicate[],
  bound: { has(name: string): boolean },
  source: Source,
): () => FactPattern {
  const shown = (term: Term): { readonly variable: string } | null =>
    term.term === 'variable' && !source.constants.has(term.name) ? { variable: term.name } : null
  const [entity, value, tx, op] = [clause.entity, clause.value, clause.tx, clause.op].map(shown)
  const sharding = source.shard !== null && entity?.variable === source.shard.variable && !bound.has(entity.variable)
  // what the clauses beside it ask of the number of its entity, where the pattern is what binds it
  const cut = entity === null || bound.has(entity.variable) ? undefined : source.cuts?.get(entity.variable)
  return () => {
    const view = source.view(clause.source)
    return {
      column: view.facts(attribute),
      entity: entity ?? entityConstant(clause.entity, attribute, view, source),
      conditions: conditionsOf(clause.value, fused, attribute, view, source),
      value: value === null ? null : value.variable,
      tx: tx ?? txConstant(clause.tx, view, source),
      op: op ?? opConstant(clause.op, source),
      shard: sharding ? source.shard : (cut?.() ?? null),
    }
  }
}

/** Whether what is asked of the value follows from arguments, and so changes from run to run. */
export const conditionsChange = (clause: Pattern, fused: readonly FusedPredicate[], { constants }: Source): boolean =>
  [clause.value, ...fused.map(({ term }) => term)].some(term => term.term === 'variable' && constants.has(term.name))

const NONE: readonly Condition[] = []

function conditionsOf(
  term: Term,
  fused: readonly FusedPredicate[],
  attribute: Attribute,
  view: FactView,
  source: Source,
): readonly Condition[] {
  const asked = valueCondition(term, attribute, view, source)
  if (fused.length === 0) return asked === undefined ? NONE : [asked]
  const others = fused.map(({ comparison, term: beside }): Condition => {
    const literal = source.constant(beside)
    assert(literal !== undefined, 'a comparison with what is no constant')
    return { comparison, literal }
  })
  return asked === undefined ? others : [asked, ...others]
}

function valueCondition(term: Term, attribute: Attribute, view: FactView, source: Source): Condition | undefined {
  if (term.term === 'lookup') {
    return { comparison: '=', literal: { value: entityRef(term, view), type: attribute.type, exact: null } }
  }
  const literal = source.constant(term)
  if (literal === undefined) return undefined
  if (attribute.type.base === 'ref' && typeof literal.value === 'bigint') {
    return {
      comparison: '=',
      literal: { value: new EntityRef(Number(literal.value)), type: refTo(attribute.type.kind), exact: null },
    }
  }
  return { comparison: '=', literal }
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
