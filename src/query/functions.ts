import { FactError } from '../base/error.ts'
import { hint, nearest } from '../base/nearest.ts'
import { ANY, DOUBLE, decimalOf, LONG, STRING, showType, type ValueType } from '../model/type.ts'
import { compareNumbers, EntityRef, type Value } from '../model/value.ts'
import { absolute, add, divide, multiply, type Numeric, subtract, wholeDivision } from './arithmetic.ts'
import { familyOf } from './comparable.ts'
import type { EdnPlace } from './edn.ts'

/** What a function may ask of the query that calls it. */
export interface Naming {
  /** `customer:17850` */
  entityId(entity: number): string
  entityKind(entity: number): string
}

export interface QueryFunction {
  /** How many arguments: at least, at most. */
  readonly arity: readonly [number, number]
  /** The type of the result. Throws `wrong-type` where an argument cannot be what the function takes. */
  readonly result: (types: readonly ValueType[], at: EdnPlace) => ValueType
  readonly value: (args: readonly Value[], naming: Naming) => Value
  /** How exact numbers of 53 bits are computed without boxing: on integers of one scale, or with the scales added. */
  readonly kernel?: 'add' | 'subtract' | 'multiply'
}

/** The comparisons, in terms of the sign of a comparison of two neighbours. */
export const COMPARISONS: Readonly<Record<string, Comparison>> = {
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
  '=': '=',
  '==': '=',
  '!=': '!=',
  'not=': '!=',
}
export type Comparison = '<' | '<=' | '>' | '>=' | '=' | '!='

export function holds(comparison: Comparison, sign: number): boolean {
  switch (comparison) {
    case '<':
      return sign < 0
    case '<=':
      return sign <= 0
    case '>':
      return sign > 0
    case '>=':
      return sign >= 0
    case '=':
      return sign === 0
    case '!=':
      return sign !== 0
  }
}

const digitsOf = (type: ValueType): number => (type.base === 'decimal' ? type.digits : 0)

/** The type in which two numbers meet. */
function meeting(
  name: string,
  types: readonly ValueType[],
  at: EdnPlace,
  digits: (all: number[]) => number,
): ValueType {
  for (const type of types) {
    if (familyOf(type) !== 'number' && type.base !== 'any') {
      throw new FactError('wrong-type', `(${name} …) takes numbers, not ${showType(type)}`, at)
    }
  }
  if (types.some(type => type.base === 'any')) return ANY
  const decimal = types.some(type => type.base === 'decimal')
  const double = types.some(type => type.base === 'double')
  if (decimal && double) {
    throw new FactError(
      'wrong-type',
      `(${name} …) does not mix a decimal and a double, since that would round: say (double ?d)`,
      at,
    )
  }
  if (double) return DOUBLE
  return decimal ? decimalOf(Math.min(38, digits(types.map(digitsOf)))) : LONG
}

const most = (digits: number[]): number => Math.max(...digits)
const total = (digits: number[]): number => digits.reduce((a, b) => a + b, 0)

function folding(
  name: string,
  arity: readonly [number, number],
  digits: (all: number[]) => number,
  fold: (a: Numeric, b: Numeric) => Numeric,
  alone: (a: Numeric) => Numeric = a => a,
): QueryFunction {
  return {
    arity,
    result: (types, at) => meeting(name, types, at, digits),
    value: args =>
      args.length === 1 ? alone(numeric(name, args[0])) : args.map(arg => numeric(name, arg)).reduce(fold),
  }
}

function numeric(name: string, value: Value): Numeric {
  if (typeof value === 'bigint' || typeof value === 'number' || (typeof value === 'object' && 'unscaled' in value))
    return value
  throw new FactError('wrong-type', `(${name} …) takes numbers`)
}

function whole(which: 'quot' | 'rem' | 'mod'): QueryFunction {
  return {
    arity: [2, 2],
    result: (types, at) => {
      const odd = types.find(type => type.base !== 'long' && type.base !== 'any')
      if (odd) throw new FactError('wrong-type', `(${which} …) takes longs, not ${showType(odd)}`, at)
      return LONG
    },
    value: args => {
      const [a, b] = args
      if (typeof a !== 'bigint' || typeof b !== 'bigint') throw new FactError('wrong-type', `(${which} …) takes longs`)
      return wholeDivision(which, a, b)
    },
  }
}

function ofEntity(name: string, give: (entity: number, naming: Naming) => string): QueryFunction {
  return {
    arity: [1, 1],
    result: ([type], at) => {
      if (type.base !== 'ref' && type.base !== 'any')
        throw new FactError('wrong-type', `(${name} ?e) takes an entity, not ${showType(type)}`, at)
      return STRING
    },
    value: ([value], naming) => {
      if (!(value instanceof EntityRef)) throw new FactError('wrong-type', `(${name} ?e) takes an entity`)
      return give(value.number, naming)
    },
  }
}

const MANY = 255

export const FUNCTIONS: Readonly<Record<string, QueryFunction>> = {
  '+': { ...folding('+', [1, MANY], most, add), kernel: 'add' },
  '-': { ...folding('-', [1, MANY], most, subtract, a => subtract(0n, a)), kernel: 'subtract' },
  '*': { ...folding('*', [1, MANY], total, multiply), kernel: 'multiply' },
  '/': {
    arity: [2, 2],
    result: (types, at) => {
      meeting('/', types, at, most)
      return DOUBLE
    },
    value: ([a, b]) => divide(numeric('/', a), numeric('/', b)),
  },
  quot: whole('quot'),
  rem: whole('rem'),
  mod: whole('mod'),
  inc: folding('inc', [1, 1], most, add, a => add(a, typeof a === 'number' ? 1 : 1n)),
  dec: folding('dec', [1, 1], most, add, a => subtract(a, typeof a === 'number' ? 1 : 1n)),
  abs: folding('abs', [1, 1], most, add, absolute),
  min: folding('min', [1, MANY], most, (a, b) => (compareNumbers(a, b) <= 0 ? a : b)),
  max: folding('max', [1, MANY], most, (a, b) => (compareNumbers(a, b) >= 0 ? a : b)),
  double: {
    arity: [1, 1],
    result: (types, at) => {
      meeting('double', types, at, most)
      return DOUBLE
    },
    value: ([a]) => {
      const value = numeric('double', a)
      return typeof value === 'number' ? value : divide(value, 1n)
    },
  },
  id: ofEntity('id', (entity, naming) => naming.entityId(entity)),
  kind: ofEntity('kind', (entity, naming) => naming.entityKind(entity)),
}

/** Functions that the language has and this version has not. */
const LATER =
  'str subs upper-case lower-case trim split join starts-with? ends-with? includes? re-find re-matches count round floor ceil sqrt pow log exp divide plus minus days-between seconds-between year month day hour weekday date truncate now hash get-else get-some missing? tuple untuple tx-ids tx-data rand sample even? odd? zero? pos? neg? true? false? nil? some? identity not and or vector list set hash-map differ? identical? compare long print println'.split(
    ' ',
  )

/** Throws `unsupported` or `unknown-function`, with the nearest names. */
export function refuseFunction(name: string, at: EdnPlace): never {
  if (LATER.includes(name)) throw new FactError('unsupported', `the function ${name} is not built yet`, at)
  const near = nearest(name, [...Object.keys(FUNCTIONS), ...Object.keys(COMPARISONS)])
  throw new FactError('unknown-function', `there is no function ${name}.${hint(near)}`, { ...at, nearest: near })
}

/** The function of a name. Throws `unknown-function`, `unsupported`, `arity`. */
export function functionNamed(name: string, args: number, at: EdnPlace): QueryFunction {
  const found = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : refuseFunction(name, at)
  const [least, most] = found.arity
  if (args < least || args > most) {
    const takes = least === most ? `${least}` : most === MANY ? `at least ${least}` : `${least} to ${most}`
    throw new FactError('arity', `(${name} …) takes ${takes} arguments, not ${args}`, at)
  }
  return found
}

/** The comparison of a name. Throws `unknown-function`, `unsupported`, `arity`. */
export function comparisonNamed(name: string, args: number, at: EdnPlace): Comparison {
  if (!Object.hasOwn(COMPARISONS, name)) {
    if (Object.hasOwn(FUNCTIONS, name)) {
      throw new FactError('unsupported', `(${name} …) gives a value, not a truth: bind it, as [(${name} …) ?x]`, at)
    }
    return refuseFunction(name, at)
  }
  if (args < 2) throw new FactError('arity', `(${name} …) compares at least 2 values, not ${args}`, at)
  return COMPARISONS[name]
}
