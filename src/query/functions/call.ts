import { FactError } from '../../base/error.ts'
import type { Schema } from '../../model/schema.ts'
import { ANY, decimalOf, refTo, showType, type ValueType } from '../../model/type.ts'
import type { Binding, Computation, Literal, NestedQuery, Predicate, Term, Variable } from '../language/ast.ts'
import type { EdnPlace } from '../language/edn.ts'
import type { Procedure } from '../language/procedure.ts'
import { comparable } from './comparable.ts'
import { COMPARISONS } from './comparison.ts'
import { FACT_FUNCTIONS, type FactCall, factCall, factCallType, isFactFunction } from './fact-functions.ts'
import { resultType } from './function.ts'
import { checkArity, functionNamed } from './functions.ts'

type Types = ReadonlyMap<string, ValueType>

/** What a call gives. */
export interface CallType {
  readonly type: ValueType
  /** Of a list, where they are known one by one. */
  readonly elements?: readonly ValueType[]
  /** Of a function that looks at facts. */
  readonly facts?: FactCall
}

/** Checks a call and says what it gives. Throws `unknown-function`, `arity`, `wrong-type`, `wrong-source`, `unknown-attribute`. */
export function callType(clause: Predicate | Computation, types: Types, schema: Schema): CallType {
  const { name, args, at } = clause
  const each = argumentTypes(args, types)
  if (isFactFunction(name)) {
    checkArity(name, FACT_FUNCTIONS[name].arity, args.length, at)
    const facts = factCall(clause, schema)
    const typeOf = (term: Term): ValueType => (term.term === 'constant' ? term.literal.type : each[args.indexOf(term)])
    return { ...factCallType(facts, typeOf), facts }
  }
  if (clause.clause === 'computation' && clause.nested !== undefined) return nestedType(clause.nested, clause.to)
  if (clause.procedure !== undefined) return { type: procedureType(clause.procedure, each, at) }
  const fn = functionNamed(name, args.length, at)
  if (clause.source !== null)
    throw new FactError('wrong-source', `(${name} …) looks at no facts, so it takes no source ${clause.source}`, at)
  return { type: resultType(name, fn, each, args.map(literalOfTerm), at) }
}

/** What a query inside of a query gives: by its find spec a list of lists, a list, or one value. */
function nestedType({ query, types }: NestedQuery, to: Binding): CallType {
  if (query === undefined || types === undefined) return { type: ANY }
  const row: ValueType = { base: 'list', of: ANY }
  switch (query.shape) {
    case 'scalar':
      return { type: types[0] }
    case 'collection':
      return { type: { base: 'list', of: types[0] } }
    case 'tuple':
      return to.bind === 'tuple' ? { type: row, elements: types } : { type: row }
    case 'relation':
      return to.bind === 'relation'
        ? { type: { base: 'list', of: row }, elements: types }
        : { type: { base: 'list', of: row } }
  }
}

/** What a procedure gives. Throws `arity`, `wrong-type` where an argument cannot be what was declared. */
function procedureType({ name, args, returns }: Procedure, given: readonly ValueType[], at: EdnPlace): ValueType {
  checkArity(name, [args.length, args.length], given.length, at)
  given.forEach((type, i) => {
    if (type.base !== 'any' && !comparable(type, args[i]))
      throw new FactError(
        'wrong-type',
        `argument ${i + 1} of (${name} …) is declared as ${showType(args[i])}, and this is ${showType(type)}`,
        at,
      )
  })
  return returns
}

const literalOfTerm = (term: Term): Literal | undefined => (term.term === 'constant' ? term.literal : undefined)

/** A predicate that is no comparison must be able to fail. Throws `wrong-type`. */
export function checkPredicate(clause: Predicate, types: Types, schema: Schema): void {
  const { type } = callType(clause, types, schema)
  if (Object.hasOwn(COMPARISONS, clause.name) || type.base === 'boolean' || type.base === 'any') return
  if (
    clause.name === 'get-some' ||
    (!isFactFunction(clause.name) &&
      clause.procedure === undefined &&
      functionNamed(clause.name, clause.args.length, clause.at).partial)
  )
    return
  throw new FactError(
    'wrong-type',
    `(${clause.name} …) gives ${showType(type)}, not a truth: bind it, as [(${clause.name} …) ?x]`,
    clause.at,
  )
}

/** The types of arguments; a double that is written exactly serves as a decimal where it meets one. */
export function argumentTypes(args: readonly Term[], types: Types): ValueType[] {
  const each = args.map(arg => {
    if (arg.term === 'constant') return arg.literal.type
    if (arg.term === 'variable') return types.get(arg.name) ?? ANY
    if (arg.term === 'lookup') return refTo(null)
    throw new FactError('unbound-variable', '_ as an argument of a function has no value', arg.at)
  })
  if (!each.some(type => type.base === 'decimal')) return each
  return each.map((type, i) => {
    const arg = args[i]
    return type.base === 'double' && arg.term === 'constant' && arg.literal.exact !== null
      ? decimalOf(arg.literal.exact.digits)
      : type
  })
}

/** The type of each variable of a binding that is given values of a call. Throws `wrong-type` where they are no lists. */
export function bindingTypes(name: string, to: Binding, call: CallType): { variable: Variable; type: ValueType }[] {
  const inside = (type: ValueType, elements?: readonly ValueType[]): ((i: number) => ValueType) => {
    if (elements !== undefined) return i => elements[i] ?? ANY
    if (type.base === 'list') return () => type.of
    if (type.base === 'any') return () => ANY
    throw new FactError('wrong-type', `(${name} …) gives ${showType(type)}, which has no elements to bind`, to.at)
  }
  const at = (): ((i: number) => ValueType) => {
    switch (to.bind) {
      case 'scalar':
        return () => call.type
      case 'tuple':
      case 'collection':
        return inside(call.type, to.bind === 'tuple' ? call.elements : undefined)
      case 'relation':
        return inside(inside(call.type)(0), call.elements)
    }
  }
  const typeAt = at()
  return to.variables.flatMap((variable, i) =>
    variable.term === 'variable' ? [{ variable, type: typeAt(to.bind === 'collection' ? 0 : i) }] : [],
  )
}
