import type { Schema } from '../model/schema.ts'
import { joinLibraries, type Library, parseLibrary } from '../query/query.ts'
import { type Declared, ProcedureThread } from './procedure-thread.ts'
import { procedureLibrary } from './project-library.ts'
import { QueryVersions, unknownQuery, unknownVersion, unusable } from './query-versions.ts'
import { type QueryVersion, readKeptQuery } from './saved-query.ts'

/** The saved queries and procedures that are in force, as one thread tells them to another: plain data. */
export interface SharedQueries {
  /** Files without a fault; what they declare, of those in TypeScript. */
  readonly procedures: readonly { readonly path: string; readonly text: string; readonly declared: Declared | null }[]
  /** A fingerprint of the files of procedures. */
  readonly libraryVersion: string
  /** `version` and `kept` are null of a query that never was without a fault. */
  readonly queries: readonly {
    readonly name: string
    readonly version: string | null
    readonly kept: string | null
    readonly fault: string | null
  }[]
}

/** The text of a version that was in force once, or undefined. */
export type FindKept = (name: string, version: string) => string | undefined

/** Saved queries of which another thread read the files. Each is read when it is first asked for, from the text that the log keeps of it. */
export class ToldQueries extends QueryVersions {
  readonly #schema: Schema
  readonly #find: FindKept
  readonly #thread: ProcedureThread
  readonly #read = new Map<string, QueryVersion>()
  #told: SharedQueries = { procedures: [], libraryVersion: '', queries: [] }
  #library: Library | null = null

  /** `find` asks for the text of an older version. `stop` throws where the query at work is to end. */
  constructor(schema: Schema, find: FindKept, stop: () => void) {
    super()
    this.#schema = schema
    this.#find = find
    this.#thread = new ProcedureThread(stop)
  }

  /** From now on these are in force. */
  learn(told: SharedQueries): void {
    this.#told = told
    this.#library = null
    for (const { text, declared } of told.procedures) if (declared !== null) this.#thread.know(text, declared)
  }

  get library(): Library {
    this.#library ??= joinLibraries(
      this.#told.procedures.map(({ path, text, declared }) =>
        declared === null ? parseLibrary(text) : procedureLibrary(this.#thread.load(path, text)),
      ),
    )
    return this.#library
  }

  find(reference: string): QueryVersion {
    const at = reference.indexOf('@')
    const name = at < 0 ? reference : reference.slice(0, at)
    const told = this.#told.queries.find(query => query.name === name)
    if (at >= 0) return this.#version(name, reference.slice(at + 1), told)
    if (told === undefined)
      throw unknownQuery(
        name,
        this.#told.queries.map(query => query.name),
      )
    if (told.version === null) throw unusable(name, told.fault!)
    return this.#version(name, told.version, told)
  }

  #version(name: string, version: string, told: SharedQueries['queries'][number] | undefined): QueryVersion {
    const reference = `${name}@${version}`
    const known = this.#read.get(reference)
    if (known !== undefined) return known
    const kept = told?.version === version ? told.kept! : this.#find(name, version)
    if (kept === undefined) throw unknownVersion(name, version, told?.version ?? null)
    const found = readKeptQuery(reference, kept, this.#schema, this.#thread)
    this.#read.set(reference, found)
    return found
  }

  close(): void {
    this.#thread.close()
  }
}
