import { FactError } from '../../base/error.ts'
import type { Attribute, Schema } from '../../model/schema.ts'
import { ANY, BOOLEAN, refTo, showType, type ValueType } from '../../model/type.ts'
import { argumentTypes, bindingTypes, type CallType, callType, checkPredicate } from '../functions/call.ts'
import { comparable, narrower, showLiteral, wider } from '../functions/comparable.ts'
import { COMPARISONS } from '../functions/comparison.ts'
import { isFactFunction } from '../functions/fact-functions.ts'
import { located } from '../functions/function.ts'
import { example, meant } from '../functions/meant.ts'
import type { Clause, Computation, Literal, Pattern, Predicate, Term } from '../language/ast.ts'
import { innerLists, variablesOf } from '../language/clause-terms.ts'
import type { EdnPlace } from '../language/edn.ts'
import { literalOf } from '../language/literal.ts'
import { writtenName } from './expand.ts'
import { placeTypes } from './places.ts'

export type Types = ReadonlyMap<string, ValueType>

const TX_TYPE = refTo('tx')

/** The attribute of a pattern. Throws `unknown-attribute` with the nearest names and the place. */
export function attributeOf(pattern: Pattern, schema: Schema): Attribute {
  const found = schema.find(pattern.ident)
  if (found) return found
  // what Datomic says of an attribute by patterns over the same source
  if (/^:db\/(ident|valueType|cardinality|doc|unique|isComponent)$/.test(pattern.ident))
    throw new FactError(
      'unknown-attribute',
      `no entity has ${pattern.ident}; attributes are described by the source $schema, as [$schema ?a ${pattern.ident} ?v]`,
      { ...pattern.identAt, nearest: [] },
    )
  return located(() => schema.attribute(pattern.ident), pattern.identAt)
}

/**
 * The types of all variables that the clauses bind or use, as far as they follow from the schema. `known` are types that hold already
 * (declared parameters, or what surrounds the clauses). Throws `wrong-type`, `unknown-attribute`, `unknown-function`, `arity`.
 */
export function inferTypes(clauses: readonly Clause[], known: Types, schema: Schema): Map<string, ValueType> {
  const types = new Map(known)
  const meet = (name: string, type: ValueType, at: EdnPlace, why: string) => {
    const before = types.get(name)
    if (before === undefined) types.set(name, type)
    else if (comparable(before, type)) types.set(name, narrower(before, type))
    else
      throw new FactError(
        'wrong-type',
        `${writtenName(name)} is ${showType(before)} elsewhere, but ${why} ${showType(type)}; no value is both`,
        at,
      )
  }
  const pattern = (clause: Pattern) => {
    const attribute = attributeOf(clause, schema)
    const { entity, value, tx } = clause
    if (entity.term === 'variable')
      meet(entity.name, refTo(attribute.kind.name), entity.at, `${attribute.ident} makes it`)
    if (value.term === 'variable') meet(value.name, attribute.type, value.at, `${attribute.ident} is`)
    if (tx.term === 'variable') meet(tx.name, TX_TYPE, tx.at, 'this place makes it')
    checkTerm(entity, refTo(attribute.kind.name), attribute.ident, schema)
    checkTerm(value, attribute.type, attribute.ident, schema)
    checkTerm(tx, TX_TYPE, 'a transaction', schema)
    const { op } = clause
    if (op.term === 'variable') meet(op.name, BOOLEAN, op.at, 'this place makes it')
    checkTerm(op, BOOLEAN, 'the fifth place of a pattern', schema)
  }
  // a type may follow from a clause further down, so go on until nothing is learnt; patterns first, since they are certain
  for (const clause of clauses) if (clause.clause === 'pattern') pattern(clause)
  for (const clause of clauses) {
    if (clause.clause !== 'places') continue
    placeTypes(clause).forEach((type, i) => {
      const term = clause.terms[i]
      if (type === null || term === undefined) return
      if (term.term === 'variable') meet(term.name, type, term.at, 'this place makes it')
      else checkTerm(term, term.term === 'lookup' && type.base === 'any' ? refTo(null) : type, 'this place', schema)
    })
  }
  // a clause that only looks at a variable says nothing of the values that another one binds it to
  const made = new Set(clauses.flatMap(madeBy))
  const look: Meet = (name, type, at, why) => {
    const before = types.get(name)
    if (!made.has(name)) meet(name, type, at, why)
    else if (before !== undefined && !comparable(before, type)) meet(name, type, at, why)
  }
  for (;;) {
    const before = snapshot(types)
    for (const clause of clauses) learn(clause, types, meet, look, schema)
    if (snapshot(types) !== before) continue
    // what stands in the text says itself what it is, where nothing else does
    for (const clause of clauses) {
      if (clause.clause !== 'ground') continue
      for (const [name, type] of groundTypes(clause)) if (!types.has(name)) types.set(name, type)
    }
    if (snapshot(types) === before) return types
  }
}

/** The types of variables that are given values in the text, where all of these have one. */
function groundTypes({ binding, values }: Extract<Clause, { clause: 'ground' }>): [string, ValueType][] {
  if (binding.bind === 'scalar' || !('items' in values)) return []
  const rows = binding.bind === 'relation' ? values.items : binding.bind === 'tuple' ? [values] : values.items
  return binding.variables.flatMap((variable, i): [string, ValueType][] => {
    if (variable.term !== 'variable') return []
    const each = rows.map(row => {
      const item = binding.bind === 'collection' ? row : 'items' in row ? row.items[i] : undefined
      return item === undefined || 'items' in item || item.form === 'nil' || item.form === 'char'
        ? ANY
        : (literalOf(item)?.type ?? ANY)
    })
    const type = each.length === 0 ? ANY : each.reduce(wider)
    return type.base === 'any' ? [] : [[variable.name, type]]
  })
}

const snapshot = (types: Types): string => [...types].map(([name, type]) => `${name} ${showType(type)}`).join()

type Meet = (name: string, type: ValueType, at: EdnPlace, why: string) => void

/** The variables that a clause may bind. */
function madeBy(clause: Clause): string[] {
  if (clause.clause === 'predicate' || clause.clause === 'not') return []
  const made = clause.clause === 'computation' ? clause.to.variables : variablesOf(clause)
  return made.flatMap(term => (term.term === 'variable' ? [term.name] : []))
}

function learn(clause: Clause, types: Types, meet: Meet, look: Meet, schema: Schema): void {
  switch (clause.clause) {
    case 'call':
      for (const [i, variable] of clause.args.entries()) {
        const type = clause.relation.types[i] as ValueType | undefined
        if (type !== undefined && type.base !== 'any')
          meet(variable.name, type, variable.at, `the rule ${clause.relation.name} makes it`)
      }
      return
    case 'computation': {
      argumentsOfProcedure(clause, look)
      const call = callType(clause, types, schema)
      entityOfCall(call, clause, look)
      const certain = clause.args.every(arg => arg.term !== 'variable' || types.has(arg.name))
      for (const { variable, type } of bindingTypes(clause.name, clause.to, call))
        if (certain || type.base !== 'any') meet(variable.name, type, variable.at, `(${clause.name} …) gives`)
      return
    }
    case 'predicate':
      argumentsOfProcedure(clause, look)
      if (isFactFunction(clause.name)) entityOfCall(callType(clause, types, schema), clause, look)
      return
    case 'ground': {
      const groundType = clause.binding.bind === 'scalar' ? literalOf(clause.values)?.type : undefined
      if (groundType && clause.binding.bind === 'scalar') {
        const name = clause.binding.variables[0].name
        if (!types.has(name)) meet(name, groundType, clause.at, 'this is')
      }
      return
    }
    case 'not': {
      // what stands inside of a not proves nothing about what stands outside, but must agree with it
      const inside = inferTypes(clause.clauses, types, schema)
      for (const variable of clause.join ?? []) {
        const type = inside.get(variable.name)
        if (type && !types.has(variable.name)) look(variable.name, type, variable.at, 'this makes it')
      }
      return
    }
    case 'or': {
      const branches = clause.branches.map(branch => inferTypes(branch, openTypes(types), schema))
      for (const variable of clause.join ?? []) {
        const each = branches.map(branch => branch.get(variable.name))
        if (each.every(type => type !== undefined))
          meet(variable.name, each.reduce(wider), variable.at, 'this or makes it')
      }
      return
    }
  }
}

/** A procedure says what it takes. */
function argumentsOfProcedure({ name, procedure, args }: Predicate | Computation, look: Meet): void {
  if (procedure === undefined) return
  args.forEach((arg, i) => {
    const type = procedure.args[i] as ValueType | undefined
    if (arg.term === 'variable' && type !== undefined && type.base !== 'any')
      look(arg.name, type, arg.at, `(${name} …) takes`)
  })
}

/** A function that looks at facts of one kind tells what its entity is. */
function entityOfCall({ facts }: CallType, clause: Predicate | Computation, meet: Meet): void {
  const [entity] = clause.args
  if (facts === undefined || entity.term !== 'variable') return
  const [attribute] = facts.attributes
  if (facts.backwards) meet(entity.name, attribute.type, entity.at, `${attribute.ident} makes it`)
  else if (facts.attributes.every(other => other.kind === attribute.kind))
    meet(entity.name, refTo(attribute.kind.name), entity.at, `${attribute.ident} makes it`)
}

/** Inside of an `or`, a variable of two types outside stays open: a branch may be about one of them. */
function openTypes(types: Types): Types {
  return new Map([...types].filter(([, type]) => type.base !== 'any'))
}

/** Types that inputs without any get from the values that they are compared with. */
export function typesByComparison(clauses: readonly Clause[], types: Types): Map<string, ValueType> {
  const found = new Map<string, ValueType>()
  for (const clause of clauses) {
    if (clause.clause === 'predicate' && Object.hasOwn(COMPARISONS, clause.name)) {
      const typed = argumentTypes(clause.args, types).find(type => type.base !== 'any')
      for (const arg of clause.args)
        if (arg.term === 'variable' && typed && !types.has(arg.name)) found.set(arg.name, typed)
    }
    for (const list of innerLists(clause))
      for (const [name, type] of typesByComparison(list, types)) found.set(name, type)
  }
  return found
}

/** Checks what only makes sense once all types are known. Throws `wrong-type`, `unknown-function`, `arity`, `unsupported`. */
export function checkComparisons(clauses: readonly Clause[], types: Types, schema: Schema): void {
  for (const clause of clauses) {
    if (clause.clause === 'predicate') {
      checkPredicate(clause, types, schema)
      if (!Object.hasOwn(COMPARISONS, clause.name)) continue
      const each = argumentTypes(clause.args, types)
      const first = each.findIndex(type => type.base !== 'any')
      for (const [i, type] of each.entries()) {
        if (first < 0 || comparable(each[first], type)) continue
        if (numberForEntity(each[first], clause.args[i]) || numberForEntity(type, clause.args[first])) continue
        const arg = clause.args[i]
        const [odd, expected] = arg.term === 'constant' ? [arg, each[first]] : [clause.args[first], type]
        if (odd.term === 'constant')
          throw wrongLiteral(odd.literal, expected, `(${clause.name} …) compares it with ${showType(expected)}`, odd.at)
        throw new FactError(
          'wrong-type',
          `(${clause.name} …) compares ${showType(each[first])} with ${showType(type)}, which are never equal`,
          clause.at,
        )
      }
    } else if (clause.clause === 'not')
      checkComparisons(clause.clauses, inferTypes(clause.clauses, types, schema), schema)
    else if (clause.clause === 'or') {
      for (const branch of clause.branches)
        checkComparisons(branch, inferTypes(branch, openTypes(types), schema), schema)
    }
  }
}

const numberForEntity = (type: ValueType, term: Term): boolean =>
  type.base === 'ref' && term.term === 'constant' && term.literal.type.base === 'long'

function wrongLiteral(literal: Literal, type: ValueType, why: string, at: EdnPlace): FactError {
  return new FactError(
    'wrong-type',
    `${showLiteral(literal)} never matches: ${why}; write ${meant(literal, type) ?? example(type)}`,
    at,
  )
}

/** A constant in a pattern must be able to match. */
function checkTerm(term: Term, type: ValueType, what: string, schema: Schema): void {
  if (term.term === 'lookup') {
    const attribute = schema.find(term.ident)
    if (attribute === undefined) return located(() => void schema.attribute(term.ident), term.at)
    if (!attribute.identity)
      throw new FactError(
        'wrong-type',
        `${term.ident} identifies nothing; a lookup ref names an identity such as :${attribute.kind.name}/id`,
        term.at,
      )
    if (type.base !== 'ref' || (type.kind !== null && type.kind !== attribute.kind.name)) {
      throw new FactError(
        'wrong-type',
        `a lookup ref of ${attribute.kind.name} never matches ${what}, which is ${showType(type)}; write ${example(type)}`,
        term.at,
      )
    }
    checkTerm(term.key, attribute.type, term.ident, schema)
  }
  if (term.term !== 'constant') return
  const { literal } = term
  if (type.base === 'ref' && literal.type.base === 'long') return
  if (type.base === 'ref' || !comparable(literal.type, type))
    throw wrongLiteral(literal, type, `${what} is ${showType(type)}`, term.at)
  if (type.base === 'enum' && !type.values.includes(literal.value as string))
    throw wrongLiteral(literal, type, `${what} is ${showType(type)}`, term.at)
}
