import { FactError } from '../base/error.ts'
import { BOOLEAN, DATE, DOUBLE, decimalOf, INSTANT, KEYWORD, LONG, STRING, UUID } from '../model/type.ts'
import { Instant, Keyword, LocalDate } from '../model/value.ts'
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
