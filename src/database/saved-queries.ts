import { FactError } from '../base/error.ts'
import { hint, nearest } from '../base/nearest.ts'
import type { Answer } from '../model/answer.ts'
import type { FactView } from '../model/fact-view.ts'
import type { Schema } from '../model/schema.ts'
import { showType } from '../model/type.ts'
import {
  type Explained,
  explainQuery,
  jsonOfForm,
  type Library,
  narrowQuery,
  parameterTypes,
  type RunOptions,
  runQuery,
  type SavedQuery,
} from '../query/query.ts'
import type { Answered, AnsweredRows, ExtractChoice, Extracted, SavedQueryInfo, Shard } from './api.ts'
import { ProcedureThread } from './procedure-thread.ts'
import { type ProjectLibrary, readProjectLibrary } from './project-library.ts'
import { faultIn, ProjectFolder, type ProjectText } from './project-text.ts'
import { type QueryVersion, readKeptQuery, readSavedQuery } from './saved-query.ts'
import { inWindows, type Window } from './windows.ts'

/** What the store keeps of saved queries: the text of every version that ever was in force. */
export interface KeptQueries {
  find(name: string, version: string): string | undefined
  /** Durable with the next commit; nothing happens where the store is open for reading only. */
  keep(name: string, version: string, text: string): void
}

interface Entry {
  readonly file: ProjectText
  readonly beside: ProjectLibrary
  /** The version in force: that of the file, or while the file has a fault the one before it. */
  readonly current: QueryVersion | null
  readonly fault: FactError | null
}

/** About what a cell of an answer takes while it is held. */
const BYTES_A_CELL = 8

/** When a query ends, and how much it may take. */
type Hooks = Pick<RunOptions, 'stop' | 'memory'>

/** What runs a saved query gives beside the answer: which version ran, with which arguments. */
export type SavedAnswer = Answered & { readonly info: SavedQueryInfo; readonly args: Readonly<Record<string, unknown>> }

/**
 * The queries of `queries/*.edn`, with what `procedures/` adds to the language. A file with a fault is listed with its words, and what was in
 * force before it stays so. `name@version` runs any version that was ever in force, since the log keeps them all.
 */
export class SavedQueries {
  readonly #queries: ProjectFolder
  readonly #procedures: ProjectFolder
  readonly #schema: Schema
  readonly #kept: KeptQueries
  readonly #thread = new ProcedureThread()
  readonly #older = new Map<string, QueryVersion>()
  #entries: ReadonlyMap<string, Entry> = new Map()
  #library: ProjectLibrary | null = null

  constructor(project: string | null, schema: Schema, kept: KeptQueries) {
    this.#queries = new ProjectFolder(project, 'queries', ['.edn'])
    this.#procedures = new ProjectFolder(project, 'procedures', ['.edn', '.ts'])
    this.#schema = schema
    this.#kept = kept
    this.reload()
  }

  /** Reads what changed in the project's files. Gives the words of every fault that is new. */
  reload(): string[] {
    const before = new Set(this.faults().map(fault => fault.message))
    const library = readProjectLibrary(this.#procedures, this.#schema, this.#thread, this.#library)
    this.#library = library
    const files = this.#queries.read()
    this.#entries = new Map(files.map(file => [file.name, this.#read(file, library)]))
    for (const { current } of this.#entries.values())
      if (current !== null && this.#kept.find(current.info.name, current.info.version) === undefined)
        this.#kept.keep(current.info.name, current.info.version, current.kept)
    return this.faults()
      .map(fault => fault.message)
      .filter(words => !before.has(words))
  }

  #read(file: ProjectText, beside: ProjectLibrary): Entry {
    const known = this.#entries.get(file.name)
    if (known !== undefined && known.file.text === file.text && known.beside === beside) return known
    try {
      return { file, beside, current: readSavedQuery(file.name, file.text, beside.library, this.#schema), fault: null }
    } catch (error) {
      return { file, beside, current: known?.current ?? null, fault: faultIn(file.path, error) }
    }
  }

  /** The rules and procedures that every query may call. */
  get library(): Library {
    return this.#library!.library
  }

  /** What is wrong with files of procedures and queries, each with its place. */
  faults(): FactError[] {
    return [...(this.#library?.faults ?? []), ...[...this.#entries.values()].flatMap(({ fault }) => fault ?? [])]
  }

  list(): SavedQueryInfo[] {
    return [...this.#entries].map(([name, { current, fault }]) => ({
      ...(current?.info ?? { name, version: '', doc: '', params: [], shardBy: null, columns: [] }),
      error: fault?.message ?? null,
    }))
  }

  /** The version that `name` or `name@version` means. Throws `unknown-query`, or what is wrong with the file. */
  find(reference: string): QueryVersion {
    const at = reference.indexOf('@')
    const name = at < 0 ? reference : reference.slice(0, at)
    const entry = this.#entries.get(name)
    if (at >= 0) return this.#version(name, reference.slice(at + 1), entry?.current ?? null)
    if (!entry) {
      const near = nearest(name, this.#entries.keys())
      throw new FactError('unknown-query', `there is no saved query ${name}.${hint(near)}`, { nearest: near })
    }
    if (entry.current === null)
      throw new FactError('unknown-query', `the saved query ${name} cannot be used: ${entry.fault!.message}`)
    return entry.current
  }

  #version(name: string, version: string, current: QueryVersion | null): QueryVersion {
    if (current?.info.version === version) return current
    const reference = `${name}@${version}`
    const known = this.#older.get(reference)
    if (known !== undefined) return known
    const kept = this.#kept.find(name, version)
    if (kept === undefined)
      throw new FactError(
        'unknown-query',
        `no version ${version} of a saved query ${name} was ever in force here${current === null ? '' : `; it is at ${current.info.version} now`}`,
      )
    const older = readKeptQuery(reference, kept, this.#schema, this.#thread)
    this.#older.set(reference, older)
    return older
  }

  /** Runs `name` or `name@version`; with a shard, only its rows, in the order of an extract. */
  run(
    reference: string,
    args: Readonly<Record<string, unknown>>,
    view: FactView,
    shard: Shard | null,
    hooks: Hooks,
  ): SavedAnswer {
    const { query, options, info, given } = this.#prepared(reference, args, view, shard)
    return { answer: runQuery(query, { ...options, ...hooks }), view, info, args: given }
  }

  /** One answer for each row of arguments. An error names the row, counted from 1. */
  runRows(
    reference: string,
    rows: readonly Readonly<Record<string, unknown>>[],
    view: FactView,
    hooks: Hooks & { readonly memory: number },
  ): AnsweredRows {
    const { info } = this.find(reference)
    let held = 0
    const answers = rows.map((args, i) => {
      try {
        // what earlier rows found is held until the last of them
        const memory = Math.max(0, hooks.memory - held)
        const { answer } = this.run(`${info.name}@${info.version}`, args, view, null, { ...hooks, memory })
        held += answer.rows * answer.columns.length * BYTES_A_CELL
        if (held > hooks.memory)
          throw new FactError('memory', 'the answers up to here are more than may be held at once; give fewer rows')
        return answer
      } catch (error) {
        if (!(error instanceof FactError)) throw error
        throw new FactError(error.kind, `row ${i + 1}: ${error.message}`, error.details)
      }
    })
    return { answers, view, info }
  }

  /** How it would be run, or was. */
  explain(
    reference: string,
    args: Readonly<Record<string, unknown>>,
    view: FactView,
    run: boolean,
    hooks: Hooks,
  ): { readonly explained: Explained; readonly view: FactView; readonly info: SavedQueryInfo } {
    const { query, options, info } = this.#prepared(reference, args, view, null)
    return { explained: explainQuery(query, { ...options, ...hooks, run }), view, info }
  }

  #prepared(reference: string, args: Readonly<Record<string, unknown>>, view: FactView, shard: Shard | null) {
    const { info, saved, library, whole } = this.find(reference)
    const given = withDefaults(saved, args)
    const sources = new Map([['$', view]])
    const types = parameterTypes(saved.params)
    if (shard && whole) throw whole
    const cut = shard && { variable: info.shardBy!, index: shard.index, of: shard.of }
    return { query: saved.query, options: { sources, args: given, types, library, shard: cut }, info, given }
  }

  /** What `name` or `name@version` finds in a shard. Throws `cannot-shard`, and whatever the query may throw before it runs. */
  extract(
    reference: string,
    args: Readonly<Record<string, unknown>>,
    view: FactView,
    { shard, columns, filters }: ExtractChoice,
    hooks: () => Hooks,
  ): Extracted {
    const { info, saved, library, whole } = this.find(reference)
    if (whole) throw whole
    const given = withDefaults(saved, args)
    const types = parameterTypes(saved.params)
    const variable = info.shardBy!
    const narrowing = { columns, filters, shard: variable }
    const narrowed = narrowQuery(saved.query, view.schema, { types, args: given, library }, narrowing)
    const options = {
      sources: new Map([['$', view]]),
      args: { ...given, ...narrowed.args },
      types: new Map([...types, ...narrowed.types]),
      library,
    }
    const run = (window?: Window): Answer => {
      const cut = { variable, index: shard.index, of: shard.of, ...(window && { window }) }
      return narrowed.show(runQuery(narrowed.query, { ...options, ...hooks(), shard: cut }), view)
    }
    const kind = narrowed.kind === null ? undefined : view.schema.kind(narrowed.kind)
    const parts = (all = false): Iterable<Answer> =>
      all || kind === undefined ? [run()] : inWindows(view.extent(kind), shard.of, run)
    return { view, info, args: given, columns: narrowed.shapes, parts }
  }

  close(): void {
    this.#thread.close()
  }
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
