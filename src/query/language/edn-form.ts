import { Instant, LocalDate } from '../../model/value.ts'
import type { Edn } from './edn.ts'
import { showEdn, showEdnString, showEdnUuid } from './edn-text.ts'

/** The one way to write a form: no comments, one blank between items, so that texts which mean the same look the same. */
export function showForm(form: Edn): string {
  const inside = (items: readonly Edn[]) => items.map(showForm).join(' ')
  switch (form.form) {
    case 'list':
      return `(${inside(form.items)})`
    case 'vector':
      return `[${inside(form.items)}]`
    case 'set':
      return `#{${form.items.map(showForm).sort().join(' ')}}`
    case 'map':
      return `{${form.entries
        .map(([key, value]) => `${showForm(key)} ${showForm(value)}`)
        .sort()
        .join(' ')}}`
    case 'symbol':
    case 'keyword':
      return form.name
    case 'string':
      return showEdnString(form.text)
    case 'char':
      return `\\u${form.text.charCodeAt(0).toString(16).padStart(4, '0')}`
    case 'uuid':
      return showEdnUuid(form.text)
    case 'nil':
      return 'nil'
    case 'double':
      return form.exact === undefined ? showEdn(form.value) : withPoint(form.exact.toString())
    case 'boolean':
    case 'long':
    case 'decimal':
      return showEdn(form.value)
    case 'inst':
      return showEdn(new Instant(form.micros))
    case 'date':
      return showEdn(new LocalDate(form.days))
    case 'tagged':
      return `#${form.tag} ${showForm(form.item)}`
  }
}

/** `1e3` is a double, and `1000` would read back as a long. */
const withPoint = (digits: string): string => (digits.includes('.') ? digits : `${digits}.0`)

/** A form as the JSON of an argument (surface §4): numbers beyond 2^53 and decimals as text, what JSON has no word for as `{$edn: "…"}`. */
export function jsonOfForm(form: Edn): unknown {
  switch (form.form) {
    case 'string':
    case 'char':
    case 'uuid':
      return form.text
    case 'keyword':
      return form.name
    case 'boolean':
      return form.value
    case 'long':
      return Number.isSafeInteger(Number(form.value)) ? Number(form.value) : String(form.value)
    case 'decimal':
      return String(form.value)
    case 'inst':
      return showEdn(new Instant(form.micros)).slice('#inst "'.length, -1)
    case 'date':
      return showEdn(new LocalDate(form.days)).slice('#date "'.length, -1)
    case 'list':
    case 'vector':
      return form.items.map(jsonOfForm)
    default:
      return { $edn: showForm(form) }
  }
}
