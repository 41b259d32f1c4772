import { hint, nearest } from '../base/nearest.ts'
import { showType, type ValueType } from '../model/type.ts'
import { converter, readMicros } from './convert.ts'
import { ExactNumber } from './event-json.ts'

/** One thing wrong with an event. */
export interface EventFault {
  /** JSON pointer, or null for the event as a whole. */
  readonly path: string | null
  readonly words: string
}

export const pointerTo = (name: string): string => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`

/** What is wrong with the JSON of a field, or undefined where it fits. Null and absence are the caller's. */
export function misfit(name: string, type: ValueType, json: unknown): EventFault | undefined {
  if (converter(type)(json) !== undefined) return undefined
  if (type.base === 'list' && Array.isArray(json)) {
    const convert = converter(type.of)
    const at = json.findIndex(item => item === null || convert(item) === undefined)
    return { path: `${pointerTo(name)}/${at}`, words: misfitWords(`element ${at} of ${name}`, type.of, json[at]) }
  }
  return { path: pointerTo(name), words: misfitWords(name, type, json) }
}

const misfitWords = (name: string, type: ValueType, json: unknown): string =>
  `${name} must be ${expected(type)}, but is ${showJson(json)}${advice(type, json)}`

/** What a type wants, for words: `a long (a whole number of at most 64 bits)`. */
export function expected(type: ValueType): string {
  switch (type.base) {
    case 'string':
      return 'a string'
    case 'boolean':
      return 'true or false'
    case 'long':
      return 'a long (a whole number of at most 64 bits)'
    case 'double':
      return 'a double (a finite number)'
    case 'decimal':
      return `a ${showType(type)} (a number, or one in a string, with at most ${type.digits} digits after the point and 38 in all)`
    case 'instant':
      return `an ${showType(type)} (ISO-8601 with a zone, or epoch milliseconds)`
    case 'date':
      return 'a date (YYYY-MM-DD)'
    case 'uuid':
      return 'a uuid'
    case 'enum':
      return `one of ${type.values.join(', ')}`
    case 'list':
      return `a list, each element ${expected(type.of)}`
    default:
      return showType(type)
  }
}

const SHOWN = 60

/** What came, for words: `the string "six"`, `null`, `an object`. */
export function showJson(json: unknown): string {
  if (json instanceof ExactNumber) return `the number ${short(json.text)}`
  if (Array.isArray(json)) return 'an array'
  if (typeof json === 'object') return json === null ? 'null' : 'an object'
  if (typeof json === 'number' || typeof json === 'string') return `the ${typeof json} ${short(JSON.stringify(json))}`
  return String(json)
}

const short = (text: string): string =>
  text.length <= SHOWN ? text : `${text.slice(0, SHOWN)}… (${text.length} characters)`

export const showName = (name: string): string => short(name)

/** Words about an unknown name, with the known ones that resemble it. */
export function unknownName(words: string, name: string, known: readonly string[]): string {
  const near = name.length <= SHOWN ? hint(nearest(name, known)) : '' // comparing costs the product of both lengths
  return near === '' ? words : `${words}.${near}`
}

/** A way out, where a common mistake has one. */
function advice(type: ValueType, json: unknown): string {
  if (type.base === 'long' && typeof json === 'string' && /^-?\d+$/.test(json) && Number.isSafeInteger(Number(json)))
    return ': write it without quotes'
  if (type.base !== 'instant') return ''
  const read = readMicros(json)
  if (read && read.rest !== 0n) return ': it has digits finer than a microsecond, which no type keeps'
  if (read && !type.micros && read.micros % 1000n !== 0n)
    return ': it has digits finer than a millisecond, so declare the field as instant(6)'
  if (read) return ': it lies outside the years 0000 to 9999'
  if (typeof json === 'string' && /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?$/.test(json))
    return ': it has no zone, so add Z or an offset such as +01:00'
  return ''
}
