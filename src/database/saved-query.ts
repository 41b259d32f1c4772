import { createHash } from 'node:crypto'
import { FactError } from '../base/error.ts'
import type { Schema } from '../model/schema.ts'
import { showType } from '../model/type.ts'
import {
  describeQuery,
  jsonOfForm,
  parameterTypes,
  parseRuleLibrary,
  parseSavedQuery,
  type RuleLibrary,
  readEdn,
  rulesReached,
  type SavedQuery,
  shardVariable,
  showForm,
} from '../query/query.ts'
import type { SavedQueryInfo } from './api.ts'

/** One version of a saved query, ready to run. */
export interface QueryVersion {
  readonly info: SavedQueryInfo
  readonly saved: SavedQuery
  /** The rules that it reaches, and no others. */
  readonly library: RuleLibrary
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
export function readSavedQuery(name: string, text: string, rules: RuleLibrary, schema: Schema): QueryVersion {
  if (RESERVED.has(name)) throw new FactError('argument', `${name} has a meaning in URLs and cannot name a query`)
  const saved = parseSavedQuery(text)
  for (const param of saved.params)
    if (RESERVED.has(param.name.slice(1)))
      throw new FactError('argument', `${param.name} has a meaning in URLs and cannot name a parameter`)
  const reached = rulesReached(readEdn(text), rules)
  const library = parseRuleLibrary(reached)
  const { columns } = describeQuery(saved.query, schema, { types: parameterTypes(saved.params), library: rules })
  const { shardBy, whole } = shardOf(name, saved, schema)
  const info: SavedQueryInfo = {
    name,
    version: versionOf(text, reached),
    doc: saved.doc,
    params: saved.params.map(param => ({
      name: param.name.slice(1),
      type: showType(param.type),
      default: param.default === null ? null : jsonOfForm(param.default),
      doc: param.doc,
    })),
    shardBy,
    columns: columns.map(column => ({ ...column, type: showType(column.type) })),
    error: null,
  }
  return { info, saved, library, whole, kept: JSON.stringify({ query: text, rules: reached }) }
}

/** The version that the log kept. */
export function readKeptQuery(name: string, kept: string, schema: Schema): QueryVersion {
  const { query, rules } = JSON.parse(kept) as { query: string; rules: string }
  return readSavedQuery(name, query, parseRuleLibrary(rules), schema)
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

/** First 16 hex digits of a SHA-256 over the canonical text of the query and its rules: blanks, comments and documentation make no new version. */
function versionOf(text: string, reached: string): string {
  const form = readEdn(text)
  const entries = form.form === 'map' ? form.entries : []
  const meaning = entries.filter(([key]) => !(key.form === 'keyword' && key.name === ':doc'))
  const query = showForm({ form: 'map', entries: meaning, at: form.at })
  return createHash('sha256')
    .update(reached === '[]' ? query : `${query}\n${reached}`)
    .digest('hex')
    .slice(0, 16)
}
