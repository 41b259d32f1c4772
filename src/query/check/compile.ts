import { FactError } from '../../base/error.ts'
import type { Schema } from '../../model/schema.ts'
import { ANY, showType, type ValueType } from '../../model/type.ts'
import { aggregateNamed } from '../aggregates/aggregates.ts'
import { familyOf } from '../functions/comparable.ts'
import { COMPARISONS } from '../functions/comparison.ts'
import { attributeNamed } from '../functions/fact-functions.ts'
import type {
  Clause,
  FindElement,
  ParsedQuery,
  Pattern,
  Places,
  Predicate,
  Rule,
  RuleRelation,
  Term,
  Variable,
} from '../language/ast.ts'
import { changeClauses } from '../language/clause-terms.ts'
import { readEdn } from '../language/edn.ts'
import { variablesOf } from '../language/parse.ts'
import { parseRules } from '../language/parse-clause.ts'
import { checkPull } from '../language/pull-pattern.ts'
import type { Compiled, Given } from './compiled.ts'
import { entitiesByUse } from './entity-use.ts'
import { type Expanded, expandRules, type Fixed, isFixed } from './expand.ts'
import { checkComparisons, inferTypes, type Types, typesByComparison } from './infer.ts'
import { checkNested, withNested } from './nested.ts'
import { naturalRowTypes, resolvePlaces } from './places.ts'
import { withProcedures } from './procedures.ts'
import { completeRelations } from './rule-program.ts'
import { checkBound, resolveScopes } from './scope.ts'
import { checkFindSources, checkSources, refuseSources } from './sources.ts'
import { refuseSymbols } from './symbols.ts'

/** Checks a query against a schema. Throws whatever can be wrong with it, with line and column, before a single fact is read. */
export function compile(query: ParsedQuery, schema: Schema, given: Given): Compiled {
  const rules = rulesOf(query, given)
  const expanded = expandRules(query.where, rules)
  const inputs = query.inputs
    .flatMap(input => (input.input === 'values' ? input.binding.variables : []))
    .filter(v => v.term === 'variable')
  const outer = [...inputs, ...expanded.fixed.map(fixed => fixed.variable)].map(variable => variable.name)
  checkSources(expanded.clauses, query)
  checkFindSources(query)
  const scope = (clauses: readonly Clause[], visible: readonly string[]): Clause[] => {
    const placed = resolvePlaces(
      withProcedures(clauses, given.library?.procedures ?? new Map()),
      given.rows ?? new Map(),
      name => given.types.get(name) ?? given.natural?.get(name),
    )
    refuseSymbols(placed, expanded.fixed)
    refuseSources(placed, given)
    const whole = withNested(placed, { query, schema, given, compile })
    return separate(resolveScopes(whole, visible))
  }
  const scoped = scope(expanded.clauses, outer)
  const inRules = rulesCompleted(expanded, scoped, query, schema, scope)
  checkBound(scoped, new Set(outer), variablesOf(query))
  const types = typesOf(
    query.find,
    scoped,
    inputs,
    expanded.fixed,
    { ...given, types: new Map([...inRules, ...given.types]) },
    schema,
  )
  checkComparisons(scoped, types, schema)
  checkNested(scoped, types, { query, schema, given, compile })
  for (const element of query.find) {
    if (element.find === 'pull' || element.find === 'maybe')
      checkLook(element, types.get(element.variable.name) ?? ANY, schema)
    if (element.find !== 'aggregate') continue
    const { name, amount, variable, at } = element
    aggregateNamed(name, amount !== null, at).result(types.get(variable.name) ?? ANY, at, amount !== null)
    if (amount?.term === 'variable' && !inputs.some(input => input.name === amount.name))
      throw new FactError(
        'unbound-variable',
        `${amount.name} says how many values are wanted, so it must be an input`,
        amount.at,
      )
  }
  return { query, schema, clauses: scoped, types, fixed: expanded.fixed }
}

/** Checks what an element of `:find` looks up. Throws `wrong-type`, `unknown-attribute`. */
function checkLook(element: Extract<FindElement, { find: 'pull' | 'maybe' }>, type: ValueType, schema: Schema): void {
  const { variable, at } = element
  const entity = type.base === 'ref' || type.base === 'any'
  // what is found as a number may be the number of an entity
  if (!entity && !(element.find === 'pull' && type.base === 'long'))
    throw new FactError('wrong-type', `${variable.name} is ${showType(type)}, and ${element.text} takes an entity`, at)
  if (element.find === 'pull') {
    if ('specs' in element.pattern) checkPull(element.pattern, schema)
    return
  }
  const { kind } = attributeNamed(element.ident, schema, element.identAt)
  if (type.base === 'ref' && type.kind !== null && type.kind !== kind.name)
    throw new FactError(
      'wrong-type',
      `${element.ident} belongs to ${kind.name}, and ${variable.name} is ${showType(type)}`,
      element.identAt,
    )
}

function rulesOf(query: ParsedQuery, { rules: text, library }: Given): Rule[] {
  const own = query.inputs.some(input => input.input === 'rules') && text !== null ? parseRules(readEdn(text, '%')) : []
  if (library === undefined) return own
  const names = new Set(own.map(rule => rule.name))
  return [...own, ...library.rules.filter(rule => !names.has(rule.name))]
}

/** Completes and checks the rules that stay relations. Gives the types that constants have by their use in them. */
function rulesCompleted(
  { relations, fixed }: Expanded,
  clauses: readonly Clause[],
  query: ParsedQuery,
  schema: Schema,
  scope: (clauses: readonly Clause[], visible: readonly string[]) => Clause[],
): Types {
  if (relations.size === 0) return new Map()
  const bodies = new Map<RuleRelation, Clause[][]>()
  for (const [relation, branches] of relations) {
    for (const branch of branches) checkSources(branch, query)
    const head = relation.head.map(variable => variable.name)
    bodies.set(
      relation,
      branches.map(branch => scope(branch, head)),
    )
  }
  completeRelations(bodies, clauses, typesOfFixed(fixed), schema)
  const used = new Map<string, ValueType>()
  for (const { head, branches } of relations.keys()) {
    for (const branch of branches) {
      // with all of its head bound a branch must be able to run; what a call leaves unbound is the caller's mistake
      checkBound(branch.clauses, new Set(head.map(variable => variable.name)), [])
      checkComparisons(branch.clauses, branch.types, schema)
      for (const [name, type] of branch.types) if (isFixed(name)) used.set(name, type)
    }
  }
  return used
}

/** A number may be an entity, so only a use tells; anything else says itself what it is. */
function typesOfFixed(fixed: readonly Fixed[]): Map<string, ValueType> {
  return new Map(
    fixed.flatMap(({ variable, term }): [string, ValueType][] =>
      term.term === 'constant' && familyOf(term.literal.type) !== 'number' ? [[variable.name, term.literal.type]] : [],
    ),
  )
}

function typesOf(
  find: readonly FindElement[],
  clauses: readonly Clause[],
  inputs: readonly Variable[],
  fixed: readonly Fixed[],
  given: Given,
  schema: Schema,
): Types {
  const known = new Map<string, ValueType>([...given.types, ...typesOfFixed(fixed)])
  const byUse = inferTypes(clauses, known, schema)
  const ofRows = naturalRowTypes(clauses)
  const missing = [...inputs, ...fixed.map(f => f.variable), ...ofRows.values().map(({ variable }) => variable)].filter(
    variable => !byUse.has(variable.name),
  )
  if (missing.length === 0) return byUse
  const compared = typesByComparison(clauses, byUse)
  const entities = entitiesByUse(find, clauses, schema)
  for (const { name } of missing) {
    const entity = entities.get(name)
    if (entity !== undefined && inputs.some(input => input.name === name)) {
      known.set(name, entity)
      continue
    }
    const literal = fixed.find(f => f.variable.name === name)?.term
    const natural =
      literal?.term === 'constant' ? literal.literal.type : (given.natural?.get(name) ?? ofRows.get(name)?.type)
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

/** Writes `(< ?a ?b ?c)` as two comparisons, and gives each place of a pattern a variable of its own, made equal by a comparison. */
function separate(clauses: readonly Clause[]): Clause[] {
  let fresh = 0
  const pattern = (clause: Pattern | Places): Clause[] => {
    const equal: Clause[] = []
    const seen = new Set<string>()
    const own = (term: Term): Term => {
      if (term.term !== 'variable') return term
      if (!seen.has(term.name)) {
        seen.add(term.name)
        return term
      }
      const copy: Variable = { ...term, name: `${term.name}(s${fresh++}` }
      equal.push({ clause: 'predicate', name: '=', source: null, args: [term, copy], at: term.at })
      return copy
    }
    if (clause.clause === 'places') return [{ ...clause, terms: clause.terms.map(own) }, ...equal]
    const { entity, value, tx, op } = clause
    return [{ ...clause, entity: own(entity), value: own(value), tx: own(tx), op: own(op) }, ...equal]
  }
  return changeClauses(clauses, clause => {
    if (clause.clause === 'pattern' || clause.clause === 'places') return pattern(clause)
    return clause.clause === 'predicate' ? inPairs(clause) : clause
  })
}

function inPairs(clause: Predicate): Predicate[] {
  if (clause.args.length <= 2 || !Object.hasOwn(COMPARISONS, clause.name)) return [clause]
  if (COMPARISONS[clause.name] === '!=') return [clause]
  return clause.args.slice(1).map((arg, i) => ({ ...clause, args: [clause.args[i], arg] }))
}
