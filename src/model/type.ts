import { FactError } from '../base/error.ts'

/** The type of an attribute, of a field of a contract, or of a column of an answer. */
export type ValueType =
  | { readonly base: 'string' | 'boolean' | 'long' | 'double' | 'date' | 'uuid' | 'json' | 'keyword' | 'any' }
  /** What pull gives. No fact has it, and no contract can name it. */
  | PullType
  /** `digits` after the point, 0 to 38. Stored as an integer scaled by 10^digits. */
  | { readonly base: 'decimal'; readonly digits: number }
  /** Milliseconds since 1970, or microseconds with `micros`. */
  | { readonly base: 'instant'; readonly micros: boolean }
  | { readonly base: 'enum'; readonly values: readonly string[] }
  /** Points at an entity; `kind` is the name of the kind that it points at, null where several may occur. */
  | { readonly base: 'ref'; readonly kind: string | null }
  | { readonly base: 'list'; readonly of: ValueType }

/** `fields` are what every map of the pull has, in order; null where maps differ: by `*`, a recursion, or a pattern that is an argument. */
export interface PullType {
  readonly base: 'pull'
  readonly fields: readonly PullField[] | null
}

/** A value of a map, null where it is not there; `key` is the text that JSON has for it. */
export interface PullField {
  readonly key: string
  readonly type: ValueType
}

export type Base = ValueType['base']

export const STRING: ValueType = { base: 'string' }
export const BOOLEAN: ValueType = { base: 'boolean' }
export const LONG: ValueType = { base: 'long' }
export const DOUBLE: ValueType = { base: 'double' }
export const DATE: ValueType = { base: 'date' }
export const UUID: ValueType = { base: 'uuid' }
export const JSON_TYPE: ValueType = { base: 'json' }
export const KEYWORD: ValueType = { base: 'keyword' }
export const ANY: ValueType = { base: 'any' }
export const PULL: PullType = { base: 'pull', fields: null }
export const INSTANT: ValueType = { base: 'instant', micros: false }
export const decimalOf = (digits: number): ValueType => ({ base: 'decimal', digits })
export const refTo = (kind: string | null): ValueType => ({ base: 'ref', kind })

/** As contracts write it: `decimal(3)`, `enum(a|b)`, `instant(6)`, `list(string)`, `ref(customer)`. The inverse of `parseType`. */
export function showType(type: ValueType): string {
  switch (type.base) {
    case 'decimal':
      return `decimal(${type.digits})`
    case 'instant':
      return type.micros ? 'instant(6)' : 'instant'
    case 'enum':
      return `enum(${type.values.join('|')})`
    case 'ref':
      return type.kind === null ? 'ref' : `ref(${type.kind})`
    case 'list':
      return `list(${showType(type.of)})`
    default:
      return type.base
  }
}

const PLAIN: Record<string, ValueType> = {
  string: STRING,
  boolean: BOOLEAN,
  long: LONG,
  double: DOUBLE,
  date: DATE,
  uuid: UUID,
  json: JSON_TYPE,
  keyword: KEYWORD,
  any: ANY,
  instant: INSTANT,
  'instant(6)': { base: 'instant', micros: true },
  ref: refTo(null),
}

/** Reads what `showType` writes. Throws `wrong-type` with the list of types where the text is none. */
export function parseType(text: string): ValueType {
  const plain = Object.hasOwn(PLAIN, text) ? PLAIN[text] : undefined
  if (plain) return plain
  const [, name, inside] = /^(\w+)\((.*)\)$/s.exec(text) ?? []
  if (name === 'decimal' && /^\d{1,2}$/.test(inside) && Number(inside) <= 38) return decimalOf(Number(inside))
  if (name === 'list') return { base: 'list', of: parseType(inside) }
  if (name === 'ref' && /^[\w-]+$/.test(inside)) return refTo(inside)
  if (name === 'enum' && inside !== '') {
    const values = inside.split('|').map(value => value.trim())
    if (values.every(value => value !== '') && new Set(values).size === values.length) return { base: 'enum', values }
    throw new FactError('wrong-type', `an enum needs different values that are not empty, but this is ${text}`)
  }
  throw new FactError(
    'wrong-type',
    `${text} is not a type; the types are string, boolean, long, double, decimal(n) with n up to 38, instant, instant(6), date, uuid, enum(a|b|c), json and list(T)`,
  )
}

export const sameType = (a: ValueType, b: ValueType): boolean => showType(a) === showType(b)
