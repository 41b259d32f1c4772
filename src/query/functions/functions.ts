import { FactError } from '../../base/error.ts'
import { hint, nearest } from '../../base/nearest.ts'
import { ANY } from '../../model/type.ts'
import type { EdnPlace } from '../language/edn.ts'
import { COMPARISONS, type Comparison } from './comparison.ts'
import { FACT_FUNCTIONS } from './fact-functions.ts'
import { arityOf, type QueryFunction } from './function.ts'
import { NUMBER_FUNCTIONS } from './number-functions.ts'
import { TEXT_FUNCTIONS } from './text-functions.ts'
import { TIME_FUNCTIONS } from './time-functions.ts'
import { VALUE_FUNCTIONS } from './value-functions.ts'

/** Every function of values, by name. Those that look at facts are `FACT_FUNCTIONS`. */
export const FUNCTIONS: Readonly<Record<string, QueryFunction>> = {
  ...NUMBER_FUNCTIONS,
  ...TEXT_FUNCTIONS,
  ...TIME_FUNCTIONS,
  ...VALUE_FUNCTIONS,
}

/** Functions of Datomic and Clojure that are no part of this language. */
const ABSENT: Readonly<Record<string, string>> = {
  fulltext: 'there is no full text search; (includes? …) and (re-find …) look into strings',
  rand: 'chance would give another answer each time; the aggregates rand and sample are seeded',
  'rand-int': 'chance would give another answer each time; the aggregates rand and sample are seeded',
  print: 'a query has no output but its answer',
  println: 'a query has no output but its answer',
}

function refuse(name: string, at: EdnPlace): never {
  if (Object.hasOwn(ABSENT, name))
    throw new FactError('unknown-function', `${name} is no function here: ${ABSENT[name]}`, { ...at, nearest: [] })
  const all = [...Object.keys(FUNCTIONS), ...Object.keys(FACT_FUNCTIONS)]
  const plain = name.replace(/^.*\/(?=.)/, '')
  const near = all.includes(plain) ? [plain] : nearest(plain, all)
  const host = name.startsWith('.') || name.endsWith('.') || /^[A-Z]/.test(name)
  const words = host && near.length === 0 ? `; methods and classes of a host are no part of a query` : `.${hint(near)}`
  throw new FactError('unknown-function', `there is no function ${name}${words}`, { ...at, nearest: near })
}

/** What stands for a function whose name is a variable. */
const NO_FUNCTION: QueryFunction = {
  takes: ['any'],
  repeats: true,
  doc: '',
  gives: () => ANY,
  value: () => {
    throw new FactError('wrong-type', 'a call begins with the name of a function, and no value is one')
  },
}

/** Whether the language has a function of this name, of values or of facts; a variable may stand for one. */
export const isFunction = (name: string): boolean =>
  name.startsWith('?') ||
  Object.hasOwn(FUNCTIONS, name) ||
  Object.hasOwn(FACT_FUNCTIONS, name) ||
  Object.hasOwn(ABSENT, name)

/** The function of a name. Throws `unknown-function`, `arity`. */
export function functionNamed(name: string, args: number, at: EdnPlace): QueryFunction {
  if (name.startsWith('?')) return NO_FUNCTION
  const found = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : refuse(name, at)
  checkArity(name, arityOf(found), args, at)
  return found
}

export function checkArity(name: string, [least, most]: readonly [number, number], args: number, at: EdnPlace): void {
  if (args >= least && args <= most) return
  const takes =
    least === most ? `${least}` : most === Number.POSITIVE_INFINITY ? `at least ${least}` : `${least} to ${most}`
  throw new FactError(
    'arity',
    `(${name} …) takes ${takes} ${takes === '1' ? 'argument' : 'arguments'}, not ${args}`,
    at,
  )
}

/** The comparison that a predicate makes of two values, undefined where it is another function. */
export const comparisonOf = (predicate: {
  readonly name: string
  readonly args: readonly unknown[]
}): Comparison | undefined =>
  predicate.args.length === 2 && Object.hasOwn(COMPARISONS, predicate.name) ? COMPARISONS[predicate.name] : undefined
