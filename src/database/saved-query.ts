import { createHash } from 'node:crypto'
import { FactError } from '../base/error.ts'
import type { Schema } from '../model/schema.ts'
import { showType } from '../model/type.ts'
import {
  describeQuery,
  type Edn,
  joinLibraries,
  jsonOfForm,
  type Library,
  parameterTypes,
  parseLibrary,
  parseSavedQuery,
  type Reached,
  reachedBy,
  readEdn,
  type SavedQuery,
  shardVariable,
  showForm,
} from '../query/query.ts'
import type { SavedQueryInfo } from './api.ts'
import type { ProcedureThread } from './procedure-thread.ts'
import { procedureLibrary } from './project-library.ts'

/** One version of a saved query, ready to run. */
export interface QueryVersion {
  readonly info: SavedQueryInfo
  readonly saved: SavedQuery
  /** The rules and procedures that it reaches, and no others. */
  readonly library: Library
  /** Why it cannot be cut into shards. */
  readonly whole: FactError | null
  /** What the log keeps, so that this version runs for ever: the texts of the query and of its rules. */
  readonly kept: string
}

/** Names that stand for something else in a URL (surface §5). */
const RESERVED = new Set(
  'limit offset asOf t of shard shards after columns filters count id at entity strict delay prefix waitMs maxAge ages attributes format entities'.split(
    ' ',
  ),
)

/** Reads and checks a file of `queries/` against the schema. Throws what is wrong with it, with line and column. */
export function readSavedQuery(name: string, text: string, all: Library, schema: Schema): QueryVersion {
  if (RESERVED.has(name)) throw new FactError('argument', `${name} has a meaning in URLs and cannot name a query`)
  const saved = parseSavedQuery(text)
  for (const param of saved.params)
    if (RESERVED.has(param.name.slice(1)))
      throw new FactError('argument', `${param.name} has a meaning in URLs and cannot name a parameter`)
  const reached = reachedBy(readEdn(text), all)
  const library = joinLibraries([parseLibrary(reached.rules), procedureLibrary(reached.procedures)])
  const { columns } = describeQuery(saved.query, schema, { types: parameterTypes(saved.params), library })
  const { shardBy, whole } = shardOf(name, saved, schema)
  const info: SavedQueryInfo = {
    name,
    version: versionOf(text, reached),
    doc: saved.doc,
    params: saved.params.map(param => ({
      name: param.name.slice(1),
      type: showType(param.type),
      default: param.default === null ? null : shownDefault(param.default),
      doc: param.doc,
    })),
    shardBy,
    result: resultOf(saved.query),
    columns: columns.map(column => ({ ...column, type: showType(column.type) })),
    error: null,
  }
  return { info, saved, library, whole, kept: JSON.stringify(keptOf(text, reached)) }
}

function resultOf({ shape, keys }: SavedQuery['query']): SavedQueryInfo['result'] {
  if (keys !== null) return shape === 'relation' ? 'maps' : 'map'
  return ({ relation: 'rows', collection: 'values', tuple: 'row', scalar: 'value' } as const)[shape]
}

/** As JSON would give it; a double is what JSON has a word for, though an argument may need its digits. */
const shownDefault = (form: Edn): unknown => (form.form === 'double' ? Number(showForm(form)) : jsonOfForm(form))

/** The texts of a query, of the rules that it reaches, and of the files of its procedures. */
interface Kept {
  readonly query: string
  readonly rules: string
  readonly procedures: readonly string[]
}

const keptOf = (query: string, { rules, procedures }: Reached): Kept => ({
  query,
  rules,
  procedures: [...new Set(procedures.map(({ text }) => text))],
})

/** The version that the log kept. */
export function readKeptQuery(reference: string, kept: string, schema: Schema, thread: ProcedureThread): QueryVersion {
  const { query, rules, procedures } = JSON.parse(kept) as Kept
  const loaded = procedures.map(text => procedureLibrary(thread.load(`procedures of ${reference}`, text)))
  const name = reference.slice(0, reference.indexOf('@'))
  return readSavedQuery(name, query, joinLibraries([parseLibrary(rules), ...loaded]), schema)
}

function shardOf(name: string, saved: SavedQuery, schema: Schema): { shardBy: string | null; whole: FactError | null } {
  try {
    return { shardBy: shardVariable(saved.query, schema, saved.shardBy), whole: null }
  } catch (error) {
    // a query that was declared to be cut must be; for others it is enough to say so when somebody tries
    if (saved.shardBy !== null || !(error instanceof FactError)) throw error
    return { shardBy: null, whole: new FactError(error.kind, `${name}: ${error.message}`, error.details) }
  }
}

/** First 16 hex digits of a SHA-256 over the canonical text of the query and its rules, and its procedures: blanks, comments and documentation make no new version. */
function versionOf(text: string, reached: Reached): string {
  const form = readEdn(text)
  const entries = form.form === 'map' ? form.entries : []
  const meaning = entries.filter(([key]) => !(key.form === 'keyword' && key.name === ':doc'))
  const query = showForm({ form: 'map', entries: meaning, at: form.at })
  const { rules, procedures } = keptOf(text, reached)
  const parts = [query, ...(rules === '[]' ? [] : [rules]), ...procedures]
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 16)
}
