import { FactError } from '../base/error.ts'
import { hint, nearest } from '../base/nearest.ts'
import type { Schema } from '../model/schema.ts'
import { ANY, type ValueType } from '../model/type.ts'
import { aggregateNamed } from './aggregates.ts'
import type { Clause, ParsedQuery, Pattern, Predicate, Rule, Term, Variable } from './ast.ts'
import { familyOf } from './comparable.ts'
import { readEdn } from './edn.ts'
import { expandRules, type Fixed } from './expand.ts'
import { COMPARISONS } from './functions.ts'
import { checkComparisons, inferTypes, type Types, typesByComparison } from './infer.ts'
import { variablesOf } from './parse.ts'
import { parseRules } from './parse-clause.ts'
import { checkBound, resolveScopes } from './scope.ts'

/** A query that makes sense: every name is known, every variable bound, every type fits. */
export interface Compiled {
  readonly query: ParsedQuery
  readonly schema: Schema
  /** Rules expanded, scopes resolved, comparisons in pairs, no variable twice in a pattern. */
  readonly clauses: readonly Clause[]
  /** Of the variables of the outermost list, as far as they are known. */
  readonly types: Types
  /** Constants that stand for variables. */
  readonly fixed: readonly Fixed[]
}

/** What a caller knows beside the text. */
export interface Given {
  /** EDN text of `%`, null where there are none. */
  readonly rules: string | null
  /** Declared types of parameters. */
  readonly types: Types
  /** Types that the values of arguments have where no use gives them one. */
  readonly natural?: Types
}

/** Checks a query against a schema. Throws whatever can be wrong with it, with line and column, before a single fact is read. */
export function compile(query: ParsedQuery, schema: Schema, given: Given): Compiled {
  const rules = rulesOf(query, given.rules)
  const expanded = expandRules(query.where, rules)
  const inputs = query.inputs
    .flatMap(input => (input.input === 'values' ? input.binding.variables : []))
    .filter(v => v.term === 'variable')
  const outer = [...inputs, ...expanded.fixed.map(fixed => fixed.variable)].map(variable => variable.name)
  checkSources(expanded.clauses, query)
  const scoped = separate(resolveScopes(expanded.clauses, outer))
  checkBound(scoped, new Set(outer), variablesOf(query))
  const types = typesOf(scoped, inputs, expanded.fixed, given, schema)
  checkComparisons(scoped, types, schema)
  for (const element of query.find) {
    if (element.find === 'aggregate')
      aggregateNamed(element.name, element.at).result(types.get(element.variable.name) ?? ANY, element.at)
  }
  return { query, schema, clauses: scoped, types, fixed: expanded.fixed }
}

function rulesOf(query: ParsedQuery, text: string | null): Rule[] {
  return query.inputs.some(input => input.input === 'rules') && text !== null ? parseRules(readEdn(text)) : []
}

function typesOf(
  clauses: readonly Clause[],
  inputs: readonly Variable[],
  fixed: readonly Fixed[],
  given: Given,
  schema: Schema,
): Types {
  const known = new Map<string, ValueType>(given.types)
  for (const { variable, term } of fixed) {
    // a number may be an entity, so only a use tells; anything else says itself what it is
    if (term.term === 'constant' && familyOf(term.literal.type) !== 'number')
      known.set(variable.name, term.literal.type)
  }
  const byUse = inferTypes(clauses, known, schema)
  const missing = [...inputs, ...fixed.map(f => f.variable)].filter(variable => !byUse.has(variable.name))
  if (missing.length === 0) return byUse
  const compared = typesByComparison(clauses, byUse)
  for (const { name } of missing) {
    const literal = fixed.find(f => f.variable.name === name)?.term
    const natural = literal?.term === 'constant' ? literal.literal.type : given.natural?.get(name)
    const beside = compared.get(name)
    // beside a number, an argument keeps its own exact type
    const type =
      beside && (familyOf(beside) !== 'number' || natural === undefined || familyOf(natural) !== 'number')
        ? beside
        : natural
    if (type) known.set(name, type)
  }
  return inferTypes(clauses, known, schema)
}

function checkSources(clauses: readonly Clause[], query: ParsedQuery): void {
  const named = new Set(['$', ...query.inputs.flatMap(input => (input.input === 'source' ? [input.name] : []))])
  const check = (clause: Clause): void => {
    if (clause.clause === 'pattern' && !named.has(clause.source)) {
      const near = nearest(clause.source, named)
      throw new FactError('unknown-source', `${clause.source} is not among the sources of :in.${hint(near)}`, {
        ...clause.at,
        nearest: near,
      })
    }
    if (clause.clause === 'not') clause.clauses.forEach(check)
    if (clause.clause === 'or') for (const branch of clause.branches) branch.forEach(check)
  }
  clauses.forEach(check)
}

/** Writes `(< ?a ?b ?c)` as two comparisons, and gives each place of a pattern a variable of its own, made equal by a comparison. */
function separate(clauses: readonly Clause[]): Clause[] {
  let fresh = 0
  const list = (inner: readonly Clause[]): Clause[] => inner.flatMap(one)
  const one = (clause: Clause): Clause[] => {
    switch (clause.clause) {
      case 'pattern':
        return pattern(clause)
      case 'predicate':
        return inPairs(clause)
      case 'not':
        return [{ ...clause, clauses: list(clause.clauses) }]
      case 'or':
        return [{ ...clause, branches: clause.branches.map(list) }]
      default:
        return [clause]
    }
  }
  const pattern = (clause: Pattern): Clause[] => {
    const equal: Clause[] = []
    const seen = new Set<string>()
    const own = (term: Term): Term => {
      if (term.term !== 'variable') return term
      if (!seen.has(term.name)) {
        seen.add(term.name)
        return term
      }
      const copy: Variable = { ...term, name: `${term.name}(s${fresh++}` }
      equal.push({ clause: 'predicate', name: '=', args: [term, copy], at: term.at })
      return copy
    }
    return [{ ...clause, entity: own(clause.entity), value: own(clause.value), tx: own(clause.tx) }, ...equal]
  }
  return list(clauses)
}

function inPairs(clause: Predicate): Predicate[] {
  if (clause.args.length <= 2 || !Object.hasOwn(COMPARISONS, clause.name)) return [clause]
  if (COMPARISONS[clause.name] === '!=')
    throw new FactError('unsupported', `(${clause.name} …) of more than two values is not built yet`, clause.at)
  return clause.args.slice(1).map((arg, i) => ({ ...clause, args: [clause.args[i], arg] }))
}
