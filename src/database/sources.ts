import { FactError } from '../base/error.ts'
import type { FactView } from '../model/fact-view.ts'
import { HistoryView } from '../model/history.ts'
import { SinceView } from '../model/since.ts'
import { parseType, type ValueType } from '../model/type.ts'
import type { Rows } from '../query/query.ts'
import type { SourceSpec } from './api.ts'

type AsOf = string | number | undefined

/** What the sources of a request are: views by name, and rows by name. */
export interface Sources {
  readonly sources: Map<string, FactView>
  readonly rows: Map<string, Rows>
}

const MEMBERS = ['asOf', 'history', 'since', 'rows', 'types']

/** Opens the sources of a query; `$` is the moment asked unless it is among them. Throws `argument`, `invalid-as-of`. */
export function openSources(
  specs: Readonly<Record<string, SourceSpec>>,
  asOf: AsOf,
  view: (asOf: AsOf) => FactView,
): Sources {
  const sources = new Map([['$', view(asOf)]])
  const rows = new Map<string, Rows>()
  for (const [name, spec] of Object.entries(specs)) {
    if (!name.startsWith('$')) throw new FactError('argument', `a source is named like $before, not ${name}`)
    const stranger = Object.keys(spec).find(key => !MEMBERS.includes(key))
    if (stranger !== undefined)
      throw new FactError(
        'argument',
        `source ${name} has an unknown member ${stranger}; a source may say ${MEMBERS.join(', ')}`,
      )
    if (spec.rows !== undefined || spec.types !== undefined) rows.set(name, rowsOf(name, spec))
    else sources.set(name, viewOf(name, spec, asOf, view))
  }
  return { sources, rows }
}

function viewOf(name: string, spec: SourceSpec, asOf: AsOf, view: (asOf: AsOf) => FactView): FactView {
  const { history = false, since } = spec
  if (typeof history !== 'boolean') throw new FactError('argument', `history of source ${name} is true or false`)
  const base = view(spec.asOf ?? asOf)
  // an instant means the last transaction at or before it
  const from = since === undefined ? 0 : view(since).t
  if (history) return new HistoryView(base, from)
  return since === undefined ? base : new SinceView(base, from)
}

function rowsOf(name: string, { rows, types, ...rest }: SourceSpec): Rows {
  const other = Object.keys(rest).find(key => rest[key as keyof typeof rest] !== undefined)
  if (other !== undefined)
    throw new FactError('argument', `source ${name} has rows, which know no moment: leave out ${other}`)
  if (!Array.isArray(rows)) throw new FactError('argument', `rows of source ${name} is a list of rows`)
  if (types !== undefined && !Array.isArray(types))
    throw new FactError('argument', `types of source ${name} is a list such as ["string", "long"]`)
  return { rows, types: types?.map(type => typeOf(name, type)) ?? null }
}

function typeOf(name: string, type: unknown): ValueType {
  try {
    return parseType(String(type))
  } catch (error) {
    throw error instanceof FactError
      ? new FactError('argument', `types of source ${name}: ${error.message}`, error.details)
      : error
  }
}
