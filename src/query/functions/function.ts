import { FactError } from '../../base/error.ts'
import { Decimal } from '../../model/decimal.ts'
import { showType, type ValueType } from '../../model/type.ts'
import { EntityRef, Instant, isList, Keyword, LocalDate, type Value, ValueMap } from '../../model/value.ts'
import type { Literal } from '../language/ast.ts'
import type { EdnPlace } from '../language/edn.ts'

/** What a function may ask of the query that calls it. */
export interface Naming {
  /** `customer:17850` */
  entityId(entity: number): string
  entityKind(entity: number): string
  /** The moment asked, milliseconds since 1970. */
  readonly now: number
}

/** What an argument may be. `moment` is an instant or a date, `text` every string. */
export type Taken =
  | 'any'
  | 'number'
  | 'long'
  /** A long, or an entity as its number. */
  | 'whole'
  | 'text'
  | 'boolean'
  | 'keyword'
  | 'instant'
  | 'moment'
  | 'entity'
  | 'list'
  | 'map'

/** A function of values. The same arguments give the same result, but for `now`. */
export interface QueryFunction {
  /** What each argument is. */
  readonly takes: readonly Taken[]
  /** How many of the last ones may be left out. Default 0. */
  readonly optional?: number
  /** The last one may stand any number of times, at least once unless it is optional. */
  readonly repeats?: boolean
  /** One sentence for the list of functions. */
  readonly doc: string
  /** The type of the result, from those of the arguments, which are what `takes` says or `any`; and from arguments that are constant. Throws `wrong-type`. */
  readonly gives: (types: readonly ValueType[], literals: readonly (Literal | undefined)[], at: EdnPlace) => ValueType
  /** Null gives no row. Throws `arithmetic`, `wrong-type`, `argument`. */
  readonly value: (args: readonly Value[], naming: Naming) => Value | null
  /** How exact numbers of 53 bits are computed without boxing: on integers of one scale, or with the scales added. */
  readonly kernel?: 'add' | 'subtract' | 'multiply'
  /** It may give no value, so that a predicate can ask whether it does. */
  readonly partial?: boolean
  /** One call may take as long as thousands of others: it is asked once for each different text, and the clock after each. */
  readonly costly?: boolean
}

const WORDS: Readonly<Record<Taken, string>> = {
  any: 'values',
  number: 'numbers',
  long: 'longs',
  whole: 'longs or entities',
  text: 'strings',
  boolean: 'booleans',
  keyword: 'keywords',
  instant: 'instants',
  moment: 'instants or dates',
  entity: 'entities',
  list: 'lists',
  map: 'maps',
}

function typeIs(taken: Taken, { base }: ValueType): boolean {
  switch (taken) {
    case 'any':
      return true
    case 'number':
      return base === 'long' || base === 'double' || base === 'decimal'
    case 'text':
      return base === 'string' || base === 'enum' || base === 'json' || base === 'uuid'
    case 'moment':
      return base === 'instant' || base === 'date'
    case 'whole':
      return base === 'long' || base === 'ref'
    case 'entity':
      return base === 'ref'
    case 'map':
      return false
    default:
      return base === taken
  }
}

function valueIs(taken: Taken, value: Value): boolean {
  switch (taken) {
    case 'any':
      return true
    case 'number':
      return typeof value === 'bigint' || typeof value === 'number' || value instanceof Decimal
    case 'long':
      return typeof value === 'bigint'
    case 'whole':
      return typeof value === 'bigint' || value instanceof EntityRef
    case 'text':
      return typeof value === 'string'
    case 'boolean':
      return typeof value === 'boolean'
    case 'keyword':
      return value instanceof Keyword
    case 'instant':
      return value instanceof Instant
    case 'moment':
      return value instanceof Instant || value instanceof LocalDate
    case 'entity':
      return value instanceof EntityRef
    case 'list':
      return isList(value)
    case 'map':
      return value instanceof ValueMap
  }
}

/** At least and at most how many arguments. */
export function arityOf({ takes, optional = 0, repeats }: QueryFunction): readonly [number, number] {
  return [takes.length - optional, repeats ? Number.POSITIVE_INFINITY : takes.length]
}

const takenAt = ({ takes }: QueryFunction, i: number): Taken => takes[Math.min(i, takes.length - 1)]

/** The type of a call. Throws `wrong-type` where an argument cannot be what the function takes. */
export function resultType(
  name: string,
  fn: QueryFunction,
  types: readonly ValueType[],
  literals: readonly (Literal | undefined)[],
  at: EdnPlace,
): ValueType {
  types.forEach((type, i) => {
    const taken = takenAt(fn, i)
    if (type.base !== 'any' && !typeIs(taken, type))
      throw new FactError('wrong-type', `(${name} …) takes ${WORDS[taken]}, not ${showType(type)}`, at)
  })
  return located(() => fn.gives(types, literals, at), at)
}

/** Gives a mistake that has no place the place of the call. */
export function located<X>(work: () => X, at: EdnPlace): X {
  try {
    return work()
  } catch (error) {
    if (error instanceof FactError && error.details.line === undefined)
      throw new FactError(error.kind, error.message, { ...error.details, ...at })
    throw error
  }
}

/** The result for values whose types were not all known before. Null gives no row. */
export function callFunction(name: string, fn: QueryFunction, args: readonly Value[], naming: Naming): Value | null {
  for (let i = 0; i < args.length; i++) {
    const taken = takenAt(fn, i)
    if (!valueIs(taken, args[i])) throw new FactError('wrong-type', `(${name} …) takes ${WORDS[taken]}`)
  }
  return fn.value(args, naming)
}

/** The text of a constant argument. */
export const literalText = (literal: Literal | undefined): string | undefined =>
  typeof literal?.value === 'string' ? literal.value : undefined

/** The value of a constant argument that is a long. */
export const literalLong = (literal: Literal | undefined): bigint | undefined =>
  typeof literal?.value === 'bigint' ? literal.value : undefined
