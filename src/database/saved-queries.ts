import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { FactError } from '../base/error.ts'
import { hint, nearest } from '../base/nearest.ts'
import type { FactView } from '../model/fact-view.ts'
import type { Schema } from '../model/schema.ts'
import { showType } from '../model/type.ts'
import {
  describeQuery,
  jsonOfForm,
  parameterTypes,
  parseSavedQuery,
  readEdn,
  runQuery,
  type SavedQuery,
  shardVariable,
  showForm,
} from '../query/query.ts'
import type { Answered, SavedQueryInfo, Shard } from './api.ts'

interface Entry {
  readonly info: SavedQueryInfo
  readonly saved: SavedQuery | null
  /** Why it cannot be used. */
  readonly fault: FactError | null
  /** Why it cannot be cut into shards. */
  readonly whole: FactError | null
}

/** What runs a saved query gives beside the answer: which version ran, with which arguments. */
export type SavedAnswer = Answered & { readonly info: SavedQueryInfo; readonly args: Readonly<Record<string, unknown>> }

/** The queries of `queries/*.edn`, read once. A file with a fault is listed with its words and cannot be run. */
export class SavedQueries {
  readonly #entries = new Map<string, Entry>()

  constructor(project: string | null, schema: Schema) {
    const folder = project === null ? null : join(project, 'queries')
    if (folder === null || !existsSync(folder)) return
    for (const file of readdirSync(folder).sort()) {
      if (!file.endsWith('.edn')) continue
      const path = join(folder, file)
      this.#entries.set(file.slice(0, -'.edn'.length), readEntry(file.slice(0, -'.edn'.length), path, schema))
    }
  }

  list(): SavedQueryInfo[] {
    return [...this.#entries.values()].map(({ info }) => info)
  }

  /** Runs `name` or `name@version`; with a shard, only its rows, in the order of an extract. */
  run(
    reference: string,
    args: Readonly<Record<string, unknown>>,
    view: FactView,
    shard: Shard | null,
    stop: () => void,
  ): SavedAnswer {
    const { info, saved, whole } = this.#find(reference)
    const given = withDefaults(saved, args)
    const sources = new Map([['$', view]])
    const types = parameterTypes(saved.params)
    if (shard && whole) throw whole
    const cut = shard && { variable: info.shardBy!, index: shard.index, of: shard.of }
    return { answer: runQuery(saved.query, { sources, args: given, types, shard: cut, stop }), view, info, args: given }
  }

  #find(reference: string): { info: SavedQueryInfo; saved: SavedQuery; whole: FactError | null } {
    const at = reference.indexOf('@')
    const name = at < 0 ? reference : reference.slice(0, at)
    const entry = this.#entries.get(name)
    if (!entry) {
      const near = nearest(name, this.#entries.keys())
      throw new FactError('unknown-query', `there is no saved query ${name}.${hint(near)}`, { nearest: near })
    }
    if (entry.fault || !entry.saved) throw entry.fault!
    const version = at < 0 ? entry.info.version : reference.slice(at + 1)
    if (version !== entry.info.version) {
      const words = `${name} is now at version ${entry.info.version}; running an older version such as ${version} is not built yet`
      throw new FactError('unknown-query', words)
    }
    return { info: entry.info, saved: entry.saved, whole: entry.whole }
  }
}

/** Names that stand for something else in a URL (surface §5). */
const RESERVED = new Set(
  'limit offset asOf t of shard shards after columns filters count id at entity strict delay prefix waitMs maxAge ages attributes format entities'.split(
    ' ',
  ),
)

function readEntry(name: string, path: string, schema: Schema): Entry {
  const text = readFileSync(path, 'utf8')
  const empty = { name, version: '', doc: '', params: [], shardBy: null }
  try {
    if (RESERVED.has(name)) throw new FactError('argument', `${name} has a meaning in URLs and cannot name a query`)
    const saved = parseSavedQuery(text)
    for (const param of saved.params)
      if (RESERVED.has(param.name.slice(1)))
        throw new FactError('argument', `${param.name} has a meaning in URLs and cannot name a parameter`)
    describeQuery(saved.query, schema, parameterTypes(saved.params))
    let shardBy: string | null = null
    let whole: FactError | null = null
    try {
      shardBy = shardVariable(saved.query, schema, saved.shardBy)
    } catch (error) {
      // a query that was declared to be cut must be; for others it is enough to say so when somebody tries
      if (saved.shardBy !== null || !(error instanceof FactError)) throw error
      whole = new FactError(error.kind, `${name}: ${error.message}`, error.details)
    }
    const params = saved.params.map(param => ({
      name: param.name.slice(1),
      type: showType(param.type),
      default: param.default === null ? null : jsonOfForm(param.default),
      doc: param.doc,
    }))
    const info = { name, version: versionOf(text), doc: saved.doc, params, shardBy, error: null }
    return { info, saved, fault: null, whole }
  } catch (error) {
    if (!(error instanceof FactError)) throw error
    const { line, column } = error.details
    const place = line === undefined ? path : `${path}:${line}:${column}`
    const fault = new FactError(error.kind, `${place}: ${error.message}`, { ...error.details, file: path })
    return { info: { ...empty, error: fault.message }, saved: null, fault, whole: null }
  }
}

/** First 16 hex digits of a SHA-256 over the canonical text: blanks, comments and documentation make no new version. */
function versionOf(text: string): string {
  const form = readEdn(text)
  const entries = form.form === 'map' ? form.entries : []
  const meaning = entries.filter(([key]) => !(key.form === 'keyword' && key.name === ':doc'))
  return createHash('sha256')
    .update(showForm({ form: 'map', entries: meaning, at: form.at }))
    .digest('hex')
    .slice(0, 16)
}

/** The arguments by name without question mark, with the defaults of those that were not given. */
function withDefaults(saved: SavedQuery, args: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const given: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(args)) given[name.replace(/^\?/, '')] = value
  for (const param of saved.params) {
    const name = param.name.slice(1)
    if (name in given) continue
    if (param.default === null)
      throw new FactError(
        'argument',
        `the parameter ${name} (${showType(param.type)}) is missing${param.doc ? `: ${param.doc}` : ''}`,
      )
    given[name] = jsonOfForm(param.default)
  }
  return given
}
