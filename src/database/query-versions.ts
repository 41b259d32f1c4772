import { FactError } from '../base/error.ts'
import type { LentMemory, Pieces } from '../base/lent-memory.ts'
import { hint, nearest } from '../base/nearest.ts'
import type { Answer } from '../model/answer.ts'
import type { FactView } from '../model/fact-view.ts'
import { showType } from '../model/type.ts'
import {
  describeQuery,
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
import type { Answered, AnsweredRows, ExtractChoice, Extracted, Page, SavedQueryInfo, Shard } from './api.ts'
import type { QueryVersion } from './saved-query.ts'
import { inWindows, type Window } from './windows.ts'

/** About what a cell of an answer takes while it is held. */
const BYTES_A_CELL = 8

/** When a query ends, and how much it may take. */
export type Hooks = Required<Pick<RunOptions, 'stop' | 'memory'>> & Pick<RunOptions, 'most'>

/** What runs a saved query gives beside the answer: which version ran, with which arguments. */
export type SavedAnswer = Answered & { readonly info: SavedQueryInfo; readonly args: Readonly<Record<string, unknown>> }

/** Saved queries by their names and versions, wherever their texts come from, and how they are run. */
export abstract class QueryVersions {
  /** The rules and procedures that every query may call. */
  abstract get library(): Library

  /** The version that `name` or `name@version` means. Throws `unknown-query`, or what is wrong with the file. */
  abstract find(reference: string): QueryVersion

  /** Runs `name` or `name@version`; with a shard, only its rows, in the order of an extract; with a page, only that of its rows. */
  run(
    reference: string,
    args: Readonly<Record<string, unknown>>,
    view: FactView,
    shard: Shard | null,
    hooks: Hooks & Page,
  ): SavedAnswer {
    const { query, options, info, given } = this.#prepared(reference, args, view, shard)
    return { answer: runQuery(query, { ...options, ...hooks }), view, info, args: given }
  }

  /** One answer for each row of arguments. An error names the row, counted from 1. */
  runRows(
    reference: string,
    rows: readonly Readonly<Record<string, unknown>>[],
    view: FactView,
    hooks: Hooks,
  ): AnsweredRows {
    const { info, saved, library } = this.find(reference)
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
    const [first] = answers
    const columns =
      first === undefined
        ? describeQuery(saved.query, view.schema, { types: parameterTypes(saved.params), library }).columns
        : first.columns.map((column, i) => ({ ...column, name: first.keys?.[i] ?? column.name }))
    return { answers, columns, view, info }
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
    const run = (window?: Window, pieces?: Pieces): Answer => {
      const cut = { variable, index: shard.index, of: shard.of, ...(window && { window }) }
      return narrowed.show(
        runQuery(narrowed.query, { ...options, ...hooks(), shard: cut, ...(pieces && { pieces }) }),
        view,
      )
    }
    const kind = narrowed.kind === null ? undefined : view.schema.kind(narrowed.kind)
    const lent = (memory: LentMemory): Iterable<Answer> => {
      if (kind === undefined) return parts()
      return inWindows(view.extent(kind), shard.of, window => {
        memory.begin()
        return run(window, memory.take)
      })
    }
    const parts = (all = false): Iterable<Answer> =>
      all || kind === undefined ? [run()] : inWindows(view.extent(kind), shard.of, run)
    return { view, info, args: given, columns: narrowed.shapes, parts, lent }
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

/** Nobody knows a query of this name. */
export function unknownQuery(name: string, known: Iterable<string>): FactError {
  const all = [...known]
  const near = nearest(name, all)
  // a project has a few, so that a name that resembles none may be looked up here
  const words =
    near.length > 0 || all.length === 0 || all.length > 20 ? `.${hint(near)}` : `; there are ${all.sort().join(', ')}`
  return new FactError('unknown-query', `there is no saved query ${name}${words}`, { nearest: near })
}

/** The file of a query has a fault, and there was none before it. */
export const unusable = (name: string, fault: string): FactError =>
  new FactError('unknown-query', `the saved query ${name} cannot be used: ${fault}`)

/** `current` is the version in force, or null. */
export const unknownVersion = (name: string, version: string, current: string | null): FactError =>
  new FactError(
    'unknown-query',
    `no version ${version} of a saved query ${name} was ever in force here${current === null ? '' : `; it is at ${current} now`}`,
  )
