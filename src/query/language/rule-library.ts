import { FactError } from '../../base/error.ts'
import type { Rule } from './ast.ts'
import { type Edn, readEdn } from './edn.ts'
import { showForm } from './edn-form.ts'
import { parseRules } from './parse-clause.ts'

/** Rules that every query may call by name, without `%` in its `:in`. A rule of `%` with the same name wins. */
export interface RuleLibrary {
  readonly rules: readonly Rule[]
  /** The rules as they were written, by name: every branch in order. */
  readonly forms: ReadonlyMap<string, readonly Edn[]>
}

export const NO_RULES: RuleLibrary = { rules: [], forms: new Map() }

/** Reads a vector of rules. Throws `parse-error` with line and column. */
export function parseRuleLibrary(text: string): RuleLibrary {
  const form = readEdn(text)
  const rules = parseRules(form)
  const forms = new Map<string, Edn[]>()
  if (form.form === 'vector' || form.form === 'list')
    rules.forEach(({ name }, i) => {
      const branches = forms.get(name)
      if (branches) branches.push(form.items[i])
      else forms.set(name, [form.items[i]])
    })
  return { rules, forms }
}

/** Several libraries as one. Throws `argument` where two of them define a rule of the same name. */
export function joinLibraries(libraries: readonly RuleLibrary[]): RuleLibrary {
  const forms = new Map<string, readonly Edn[]>()
  for (const library of libraries)
    for (const [name, branches] of library.forms) {
      if (forms.has(name)) throw new FactError('argument', `the rule ${name} is defined twice`)
      forms.set(name, branches)
    }
  return { rules: libraries.flatMap(library => library.rules), forms }
}

/**
 * The canonical text of the rules that a form may call, directly or through one another: `[]` where it calls none. Whatever is named is
 * taken as called, nested queries included, so a fingerprint over this text never misses a change.
 */
export function rulesReached(form: Edn, library: RuleLibrary): string {
  const reached = new Set<string>()
  const visit = (inner: Edn): void => {
    if (inner.form === 'symbol') {
      const branches = library.forms.get(inner.name)
      if (branches === undefined || reached.has(inner.name)) return
      reached.add(inner.name)
      branches.forEach(visit)
    } else if (inner.form === 'map') for (const entry of inner.entries) entry.forEach(visit)
    else if (inner.form === 'tagged') visit(inner.item)
    else if ('items' in inner) inner.items.forEach(visit)
  }
  visit(form)
  const branches = [...reached].sort().flatMap(name => library.forms.get(name)!)
  return `[${branches.map(showForm).join('\n ')}]`
}
