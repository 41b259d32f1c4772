import { FactError } from '../../base/error.ts'
import type { FindElement } from './ast.ts'
import type { Edn, EdnPlace } from './edn.ts'
import { showForm } from './edn-form.ts'
import { isSource, isVariable, parseVariable } from './parse-clause.ts'
import { pullPatternOf } from './pull-pattern.ts'

/** The source of a find element, `$` where it names none, and what follows. */
function sourceOf(args: readonly Edn[]): { readonly source: string; readonly rest: readonly Edn[] } {
  const [first, ...rest] = args
  return first?.form === 'symbol' && isSource(first) ? { source: first.name, rest } : { source: '$', rest: args }
}

const shown = (source: string): string => (source === '$' ? '' : `${source} `)

/** `(pull ?e [:customer/country])`, `(pull $before ?e [*])`, or with a pattern that is an input: `(pull ?e pattern)`. */
export function parsePullElement(args: readonly Edn[], at: EdnPlace): FindElement {
  const { source, rest } = sourceOf(args)
  if (rest.length !== 2) throw new FactError('arity', '(pull ?e pattern) takes an entity and a pattern', at)
  const variable = parseVariable(rest[0], 'a pull')
  const form = rest[1]
  const input = form.form === 'symbol' && (isVariable(form) || /^[a-zA-Z]/.test(form.name)) ? form.name : null
  const pattern = input === null ? pullPatternOf(form) : { input, at: form.at }
  return {
    find: 'pull',
    source,
    variable,
    pattern,
    text: `(pull ${shown(source)}${variable.name} ${showForm(form)})`,
    at,
  }
}

/** `(maybe ?e :customer/age)`, `(maybe $before ?e :customer/age)`. */
export function parseMaybeElement(args: readonly Edn[], at: EdnPlace): FindElement {
  const { source, rest } = sourceOf(args)
  if (rest.length !== 2) throw new FactError('arity', '(maybe ?e :a/b) takes an entity and an attribute', at)
  const variable = parseVariable(rest[0], 'a maybe')
  const [, attribute] = rest
  if (attribute.form !== 'keyword')
    throw new FactError('parse-error', 'the attribute of a maybe is a keyword such as :customer/age', attribute.at)
  const text = `(maybe ${shown(source)}${variable.name} ${attribute.name})`
  return { find: 'maybe', source, variable, ident: attribute.name, identAt: attribute.at, text, at }
}
