import { FactError } from '../../base/error.ts'
import { type Decimal, parseDecimal } from '../../model/decimal.ts'
import { parseDate, parseInstantNanos } from '../../model/instant.ts'

/** Where a form begins in its text, both from 1; `file` says which text, where it is not that of the query: `%`, an argument, a file. */
export interface EdnPlace {
  readonly line: number
  readonly column: number
  readonly file?: string
}

/** One form of EDN with its place. A number keeps its exact value: `2.55` is a double or a decimal by where it is used. */
export type Edn = { readonly at: EdnPlace } & (
  | { readonly form: 'list' | 'vector' | 'set'; readonly items: readonly Edn[] }
  | { readonly form: 'map'; readonly entries: readonly (readonly [Edn, Edn])[] }
  | { readonly form: 'symbol'; readonly name: string }
  /** With its colon. */
  | { readonly form: 'keyword'; readonly name: string }
  | { readonly form: 'string' | 'char' | 'uuid'; readonly text: string }
  | { readonly form: 'boolean'; readonly value: boolean }
  | { readonly form: 'nil' }
  | { readonly form: 'long'; readonly value: bigint }
  /** `exact` is undefined where the text needs over 38 digits. */
  | { readonly form: 'double'; readonly value: number; readonly exact: Decimal | undefined }
  | { readonly form: 'decimal'; readonly value: Decimal }
  | { readonly form: 'inst'; readonly micros: bigint }
  | { readonly form: 'date'; readonly days: number }
  | { readonly form: 'tagged'; readonly tag: string; readonly item: Edn }
)

const CLOSING: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}', '#{': '}' }
const NAMED_CHARS: Readonly<Record<string, string>> = {
  newline: '\n',
  return: '\r',
  space: ' ',
  tab: '\t',
  backspace: '\b',
  formfeed: '\f',
}
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f', '"': '"', '\\': '\\' }
const INTEGER = /^[+-]?\d+N?$/
const REAL = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?M?$/
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
/** Deeper nesting is a mistake or an attack; the reader recurses. */
const DEEPEST = 500

/** Reads exactly one form; `file` goes into its places. Throws `parse-error` with line and column. The grammar: github.com/edn-format/edn. */
export function readEdn(text: string, file?: string): Edn {
  const forms = new Reader(text, file).all()
  if (forms.length === 0)
    throw new FactError('parse-error', 'there is nothing to read: the text is empty', {
      line: 1,
      column: 1,
      ...(file !== undefined && { file }),
    })
  if (forms.length > 1)
    throw new FactError('parse-error', 'the text is one form in brackets, and this stands behind its end', forms[1].at)
  return forms[0]
}

/** Reads all forms of a text, none included. */
export const readEdnAll = (text: string): Edn[] => new Reader(text).all()

class Reader {
  readonly #text: string
  #next = 0
  #line = 1
  #lineStart = 0
  #depth = 0
  readonly #file: string | undefined

  constructor(text: string, file?: string) {
    this.#text = text
    this.#file = file
  }

  all(): Edn[] {
    const forms: Edn[] = []
    for (;;) {
      this.#skipBlank()
      if (this.#next >= this.#text.length) return forms
      const form = this.#form()
      if (form !== undefined) forms.push(form)
    }
  }

  #place(): EdnPlace {
    const [line, column] = [this.#line, this.#next - this.#lineStart + 1]
    return this.#file === undefined ? { line, column } : { line, column, file: this.#file }
  }

  #fail(words: string, at: EdnPlace = this.#place()): never {
    throw new FactError('parse-error', words, at)
  }

  #advance(): string {
    const c = this.#text[this.#next++]
    if (c === '\n') {
      this.#line++
      this.#lineStart = this.#next
    }
    return c
  }

  /** Blank space, commas and comments. */
  #skipBlank(): void {
    while (this.#next < this.#text.length) {
      const c = this.#text[this.#next]
      if (c === ';') while (this.#next < this.#text.length && this.#text[this.#next] !== '\n') this.#next++
      else if (c === ',' || /\s/.test(c) || c === '\ufeff') this.#advance()
      else return
    }
  }

  /** One form, or undefined where it was discarded by `#_`. */
  #form(): Edn | undefined {
    const at = this.#place()
    const c = this.#text[this.#next]
    if (c === '(' || c === '[' || c === '{') return this.#collection(c, at)
    if (c === ')' || c === ']' || c === '}') this.#fail(`${c} closes nothing`)
    if (c === '"') return this.#string(at)
    if (c === '\\') return this.#char(at)
    if (c === '#') return this.#dispatch(at)
    return this.#atom(at)
  }

  #needed(what: string, opened: EdnPlace): Edn {
    for (;;) {
      this.#skipBlank()
      if (this.#next >= this.#text.length) this.#fail(`the text ends before ${what}`, opened)
      const form = this.#form()
      if (form !== undefined) return form
    }
  }

  #collection(open: '(' | '[' | '{' | '#{', at: EdnPlace): Edn {
    if (++this.#depth > DEEPEST) this.#fail(`forms are nested more than ${DEEPEST} deep`, at)
    this.#next += open.length
    const close = CLOSING[open]
    const items: Edn[] = []
    for (;;) {
      this.#skipBlank()
      if (this.#next >= this.#text.length) this.#fail(`${open} is never closed: ${close} is missing`, at)
      const c = this.#text[this.#next]
      if (c === close) break
      if (c === ')' || c === ']' || c === '}')
        this.#fail(`${c} does not close the ${open} of line ${at.line}, column ${at.column}; ${close} would`)
      const item = this.#form()
      if (item !== undefined) items.push(item)
    }
    this.#next++
    this.#depth--
    if (open === '(') return { form: 'list', items, at }
    if (open === '[') return { form: 'vector', items, at }
    if (open === '#{') return { form: 'set', items, at }
    if (items.length % 2 !== 0) this.#fail('a map needs a value for every key', at)
    const entries: [Edn, Edn][] = []
    for (let i = 0; i < items.length; i += 2) entries.push([items[i], items[i + 1]])
    return { form: 'map', entries, at }
  }

  #string(at: EdnPlace): Edn {
    this.#next++
    let text = ''
    for (;;) {
      if (this.#next >= this.#text.length) this.#fail('the string is never closed: " is missing', at)
      const c = this.#advance()
      if (c === '"') return { form: 'string', text, at }
      text += c === '\\' ? this.#escape() : c
    }
  }

  #escape(): string {
    const c = this.#text[this.#next] ?? ''
    if (c === 'u') {
      const digits = this.#text.slice(this.#next + 1, this.#next + 5)
      if (!/^[0-9a-fA-F]{4}$/.test(digits)) this.#fail('\\u needs four hexadecimal digits')
      this.#next += 5
      return String.fromCharCode(Number.parseInt(digits, 16))
    }
    if (!Object.hasOwn(ESCAPES, c))
      this.#fail(`\\${c} is no escape of EDN; there are \\n \\r \\t \\b \\f \\" \\\\ and \\uXXXX`)
    this.#next++
    return ESCAPES[c]
  }

  #char(at: EdnPlace): Edn {
    this.#next++
    const first = String.fromCodePoint(this.#text.codePointAt(this.#next) ?? 32)
    if (this.#next >= this.#text.length || /\s/.test(first)) this.#fail('\\ needs a character', at)
    this.#next += first.length
    const name = first + this.#token()
    if (name === first) return { form: 'char', text: first, at }
    if (Object.hasOwn(NAMED_CHARS, name)) return { form: 'char', text: NAMED_CHARS[name], at }
    if (/^u[0-9a-fA-F]{4}$/.test(name))
      return { form: 'char', text: String.fromCharCode(Number.parseInt(name.slice(1), 16)), at }
    return this.#fail(`\\${name} is no character of EDN`, at)
  }

  #dispatch(at: EdnPlace): Edn | undefined {
    const c = this.#text[this.#next + 1]
    if (c === '{') return this.#collection('#{', at)
    if (c === '_') {
      this.#next += 2
      this.#needed('the form that #_ discards', at)
      return undefined
    }
    this.#next++
    const tag = this.#token()
    if (tag === '') this.#fail('# needs a tag, { or _', at)
    if (tag === '#NaN' || tag === '#Inf' || tag === '#-Inf')
      this.#fail(`#${tag} is not a value here: no fact is infinite or undefined`, at)
    const item = this.#needed(`the form that #${tag} is about`, at)
    return this.#tagged(tag, item, at)
  }

  #tagged(tag: string, item: Edn, at: EdnPlace): Edn {
    if (tag !== 'inst' && tag !== 'date' && tag !== 'uuid') return { form: 'tagged', tag, item, at }
    const text = item.form === 'string' ? item.text : undefined
    if (text === undefined) return this.#fail(`#${tag} needs a string`, at)
    if (tag === 'uuid') {
      if (!UUID.test(text)) this.#fail(`#uuid "${text}" is no UUID`, at)
      return { form: 'uuid', text: text.toLowerCase(), at }
    }
    const days = parseDate(text)
    if (tag === 'date') {
      if (days === undefined) this.#fail(`#date "${text}" is no day of the calendar, written YYYY-MM-DD`, at)
      return { form: 'date', days: days as number, at }
    }
    if (days !== undefined) return { form: 'inst', micros: BigInt(days) * 86_400_000_000n, at }
    const nanos = parseInstantNanos(text)
    if (nanos === undefined)
      return this.#fail(`#inst "${text}" is no instant of ISO-8601 with a zone, such as 2011-03-01T00:00:00Z`, at)
    if (nanos % 1000n !== 0n) this.#fail(`#inst "${text}" is finer than a microsecond, which no instant is`, at)
    return { form: 'inst', micros: nanos / 1000n, at }
  }

  /** Characters up to the next delimiter. */
  #token(): string {
    const start = this.#next
    while (this.#next < this.#text.length && !/[\s,;"()[\]{}\\]/.test(this.#text[this.#next])) this.#next++
    return this.#text.slice(start, this.#next)
  }

  #atom(at: EdnPlace): Edn {
    const token = this.#token()
    if (token === 'nil') return { form: 'nil', at }
    if (token === 'true' || token === 'false') return { form: 'boolean', value: token === 'true', at }
    if (/^[+-]?\.?\d/.test(token)) return this.#number(token, at)
    if (token[0] !== ':') return { form: 'symbol', name: token, at }
    if (!/^:[^:/]+(\/[^/]+)?$/.test(token)) this.#fail(`${token} is no keyword`, at)
    return { form: 'keyword', name: token, at }
  }

  #number(token: string, at: EdnPlace): Edn {
    if (INTEGER.test(token)) {
      const value = BigInt(token.replace(/N$/, '').replace(/^\+/, ''))
      if (BigInt.asIntN(64, value) !== value)
        this.#fail(`${token} needs more than 64 bits, which no long has; a decimal ends with M`, at)
      return { form: 'long', value, at }
    }
    if (!REAL.test(token)) this.#fail(`${token} is no number`, at)
    const exact = parseDecimal(token.replace(/M$/, ''))
    if (token.endsWith('M')) {
      if (exact === undefined) return this.#fail(`${token} needs more than 38 digits, which no decimal has`, at)
      return { form: 'decimal', value: exact, at }
    }
    const value = Number(token)
    if (!Number.isFinite(value)) this.#fail(`${token} is beyond every double`, at)
    return { form: 'double', value, exact, at }
  }
}
