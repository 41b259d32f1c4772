import { textOf } from '../base/bytes.ts'
import { ExactNumber, parseNumbers } from '../base/json.ts'

export { ExactNumber }

/** The JSON of an event. */
export interface EventJson {
  /** As `JSON.parse` gives it. */
  readonly value: unknown
  /** The same, with an `ExactNumber` for each number that a double may have rounded. */
  readonly exact: unknown
}

/** Why bytes are no event at all, or an object in them is ambiguous. */
export interface EventJsonFault {
  readonly reason: 'not-json' | 'invalid-event'
  readonly words: string
  /** JSON pointer, or null for the whole. */
  readonly path: string | null
}

/** Levels of nesting. Events are shallow, and walking one must never exhaust the stack. */
const DEEPEST = 512

/**
 * Reads bytes as JSON: valid UTF-8, no doubled keys, no half of a surrogate pair, every number exact.
 * One quick pass over the text finds whether anything unusual is in it; only then is more done than `JSON.parse`.
 */
export function readEventJson(bytes: Uint8Array): EventJson | EventJsonFault {
  const text = textOf(bytes)
  if (text === undefined) return fault('not-json', 'the value is not UTF-8')
  if (text.startsWith('\ufeff'))
    return fault('not-json', 'the value begins with a byte order mark, which JSON has none of')
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    return fault('not-json', `the value is not JSON: ${(error as SyntaxError).message}`)
  }
  const { members, depth, escapes, rounds } = scan(text)
  if (depth > DEEPEST) return fault('invalid-event', `the event is nested deeper than ${DEEPEST} levels`)
  if (members !== countMembers(value)) return doubledKey(text)
  if (escapes) {
    const path = loneSurrogate(value, '')
    if (path !== undefined)
      return fault('invalid-event', 'half of a surrogate pair (\\ud800 to \\udfff) stands for no character', path)
  }
  return { value, exact: rounds ? parseNumbers(text, exactNumber) : value }
}

const fault = (reason: EventJsonFault['reason'], words: string, path: string | null = null): EventJsonFault => ({
  reason,
  words,
  path,
})

/** A double holds any number of up to 15 figures so that it prints the same number again (DBL_DIG), unless an exponent leads far away. */
const SAFE_LENGTH = 15

const exactNumber = (text: string): number | ExactNumber =>
  text.length > SAFE_LENGTH || /[eE]/.test(text) ? new ExactNumber(text) : Number(text)

const found = { members: 0, depth: 0, escapes: false, rounds: false }

/**
 * Looks once over valid JSON: how many members its objects have in all, how deep it is, whether strings have escapes, and whether
 * a number may not survive `JSON.parse`. The answer is overwritten by the next call.
 */
function scan(text: string): typeof found {
  const end = text.length
  let members = 0
  let level = 0
  let depth = 0
  let escapes = false
  let rounds = false
  for (let i = 0; i < end; i++) {
    let c = text.charCodeAt(i)
    if (c === 34) {
      while ((c = text.charCodeAt(++i)) !== 34) {
        if (c === 92) {
          escapes = true
          i++
        }
      }
    } else if (c === 58) members++
    else if (c === 123 || c === 91) {
      if (++level > depth) depth = level
    } else if (c === 125 || c === 93) level--
    else if (c === 45 || (c >= 48 && c <= 57)) {
      const start = i
      while (i + 1 < end) {
        c = text.charCodeAt(i + 1)
        if (c === 101 || c === 69) rounds = true
        else if (c !== 43 && c !== 45 && c !== 46 && (c < 48 || c > 57)) break
        i++
      }
      if (i + 1 - start > SAFE_LENGTH) rounds = true
    }
  }
  found.members = members
  found.depth = depth
  found.escapes = escapes
  found.rounds = rounds
  return found
}

/** Members of all objects in a value. A doubled key was lost by `JSON.parse`, so there are fewer than the text has. */
function countMembers(value: unknown): number {
  let members = 0
  if (Array.isArray(value)) for (const item of value) members += typeof item === 'object' ? countMembers(item) : 0
  else if (typeof value === 'object' && value !== null)
    for (const key in value) {
      members++
      const item = (value as Record<string, unknown>)[key]
      if (typeof item === 'object') members += countMembers(item)
    }
  return members
}

const pointer = (key: string | number): string => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`

/** Path of the first string, or key, that is not well-formed UTF-16. */
function loneSurrogate(value: unknown, path: string): string | undefined {
  if (typeof value === 'string') return value.isWellFormed() ? undefined : path
  if (typeof value !== 'object' || value === null) return undefined
  for (const [key, item] of Object.entries(value)) {
    if (!key.isWellFormed()) return path
    const inside = loneSurrogate(item, path + pointer(key))
    if (inside !== undefined) return inside
  }
  return undefined
}

/** Names the first doubled key of valid JSON that has one. */
function doubledKey(text: string): EventJsonFault {
  const tokens = text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{},:]/gs)
  const open: { keys: Set<string> | null; at: string | number }[] = []
  let last = ''
  for (const [token] of tokens) {
    const inner = open.at(-1)
    if (token === '{') open.push({ keys: new Set(), at: '' })
    else if (token === '[') open.push({ keys: null, at: 0 })
    else if (token === '}' || token === ']') open.pop()
    else if (token === ',' && typeof inner?.at === 'number') inner.at++
    else if (token === ':' && inner?.keys) {
      const key = JSON.parse(last) as string
      inner.at = key
      const path = open.map(({ at }) => pointer(at)).join('')
      if (inner.keys.has(key))
        return fault('invalid-event', `the key ${JSON.stringify(key)} stands twice in one object`, path)
      inner.keys.add(key)
    }
    last = token
  }
  return fault('invalid-event', 'a key stands twice in one object')
}
