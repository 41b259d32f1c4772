import { FactError } from '../../base/error.ts'
import type { Rule } from './ast.ts'
import { type Edn, readEdn } from './edn.ts'
import { showForm } from './edn-form.ts'
import { parseRules } from './parse-clause.ts'
import type { Procedure } from './procedure.ts'

/** What a project adds to the language: rules that every query may call without `%` in its `:in`, and functions. A rule of `%` with the same name wins. */
export interface Library {
  readonly rules: readonly Rule[]
  /** The rules as they were written, by name: every branch in order. */
  readonly forms: ReadonlyMap<string, readonly Edn[]>
  readonly procedures: ReadonlyMap<string, Procedure>
}

export const EMPTY_LIBRARY: Library = { rules: [], forms: new Map(), procedures: new Map() }

/** Reads a vector of rules; `file` goes into what is said of mistakes in them. Throws `parse-error` with line and column. */
export function parseLibrary(text: string, file?: string): Library {
  const form = readEdn(text, file)
  const rules = parseRules(form)
  const forms = new Map<string, Edn[]>()
  if (form.form === 'vector' || form.form === 'list')
    rules.forEach(({ name }, i) => {
      const branches = forms.get(name)
      if (branches) branches.push(form.items[i])
      else forms.set(name, [form.items[i]])
    })
  return { rules, forms, procedures: new Map() }
}

/** Several libraries as one. Throws `argument` where two of them define the same name. */
export function joinLibraries(libraries: readonly Library[]): Library {
  const forms = new Map<string, readonly Edn[]>()
  const procedures = new Map<string, Procedure>()
  for (const library of libraries)
    for (const name of [...library.forms.keys(), ...library.procedures.keys()]) {
      if (forms.has(name) || procedures.has(name)) throw new FactError('argument', `${name} is defined twice`)
      const branches = library.forms.get(name)
      if (branches === undefined) procedures.set(name, library.procedures.get(name)!)
      else forms.set(name, branches)
    }
  return { rules: libraries.flatMap(library => library.rules), forms, procedures }
}

/** What a form reaches of a library. */
export interface Reached {
  /** Canonical text of the rules: `[]` where there are none. */
  readonly rules: string
  readonly procedures: readonly Procedure[]
}

/**
 * The rules and procedures that a form may call, directly or through one another. Whatever is named is taken as called, nested queries
 * included, so a fingerprint over what is reached never misses a change.
 */
export function reachedBy(form: Edn, library: Library): Reached {
  const rules = new Set<string>()
  const procedures = new Set<string>()
  const visit = (inner: Edn): void => {
    if (inner.form === 'symbol') {
      if (library.procedures.has(inner.name)) procedures.add(inner.name)
      const branches = library.forms.get(inner.name)
      if (branches === undefined || rules.has(inner.name)) return
      rules.add(inner.name)
      branches.forEach(visit)
    } else if (inner.form === 'map') for (const entry of inner.entries) entry.forEach(visit)
    else if (inner.form === 'tagged') visit(inner.item)
    else if ('items' in inner) inner.items.forEach(visit)
  }
  visit(form)
  const branches = [...rules].sort().flatMap(name => library.forms.get(name)!)
  return {
    rules: `[${branches.map(showForm).join('\n ')}]`,
    procedures: [...procedures].sort().map(name => library.procedures.get(name)!),
  }
}
