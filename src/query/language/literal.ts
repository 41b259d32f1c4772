import { FactError } from '../../base/error.ts'
import {
  ANY,
  BOOLEAN,
  DATE,
  DOUBLE,
  decimalOf,
  INSTANT,
  KEYWORD,
  LONG,
  STRING,
  showType,
  UUID,
} from '../../model/type.ts'
import { Instant, Keyword, LocalDate, Sym, type Value, ValueMap } from '../../model/value.ts'
import type { Literal } from './ast.ts'
import type { Edn } from './edn.ts'

/** The value that a form of EDN states, or undefined where it is a symbol or a collection. Throws `wrong-type` for what is never a value. */
export function literalOf(form: Edn): Literal | undefined {
  switch (form.form) {
    case 'string':
      return { value: form.text, type: STRING, exact: null }
    case 'uuid':
      return { value: form.text, type: UUID, exact: null }
    case 'boolean':
      return { value: form.value, type: BOOLEAN, exact: null }
    case 'long':
      return { value: form.value, type: LONG, exact: null }
    case 'double':
      return { value: form.value, type: DOUBLE, exact: form.exact ?? null }
    case 'decimal':
      return { value: form.value, type: decimalOf(form.value.digits), exact: form.value }
    case 'keyword':
      return { value: new Keyword(form.name), type: KEYWORD, exact: null }
    case 'inst':
      return {
        value: new Instant(form.micros),
        type: form.micros % 1000n === 0n ? INSTANT : { base: 'instant', micros: true },
        exact: null,
      }
    case 'date':
      return { value: new LocalDate(form.days), type: DATE, exact: null }
    case 'nil':
      throw new FactError('wrong-type', 'nil is never a value: no fact holds it; (not …) finds what is absent', form.at)
    case 'char':
      throw new FactError('wrong-type', `no fact holds a single character; write the string "${form.text}"`, form.at)
    default:
      return undefined
  }
}

/** The list or map that a form states, undefined where it is neither. Throws `wrong-type`. */
export function collectionLiteral(form: Edn): Literal | undefined {
  switch (form.form) {
    case 'vector':
    case 'list':
    case 'set':
      return listLiteral(form.items.map(elementLiteral))
    case 'map': {
      const entries = form.entries.map(entry => entry.map(item => plainValue(elementLiteral(item))) as [Value, Value])
      return { value: new ValueMap(entries), type: ANY, exact: null }
    }
    default:
      return undefined
  }
}

/** A list of values; its type is that of all elements where they have one. */
export function listLiteral(items: readonly Literal[]): Literal {
  const same = items.every(item => showType(item.type) === showType(items[0].type))
  const of = items.length > 0 && same ? items[0].type : ANY
  return { value: items.map(plainValue), type: { base: 'list', of }, exact: null }
}

const plainValue = (literal: Literal): Value => literal.value

/** Whatever EDN can state but nil: inside of a list or map a symbol is a value too. */
export function elementLiteral(form: Edn): Literal {
  const literal = literalOf(form) ?? collectionLiteral(form)
  if (literal !== undefined) return literal
  if (form.form === 'symbol') return { value: new Sym(form.name), type: ANY, exact: null }
  throw new FactError('wrong-type', `a ${form.form} form is no value`, form.at)
}
