import { createHash } from 'node:crypto'
import type { FactError } from '../base/error.ts'
import type { Schema } from '../model/schema.ts'
import type { Library } from '../query/query.ts'
import type { SavedQueryInfo } from './api.ts'
import { ProcedureThread } from './procedure-thread.ts'
import { type ProjectLibrary, readProjectLibrary } from './project-library.ts'
import { faultIn, ProjectFolder, type ProjectText } from './project-text.ts'
import { QueryVersions, unknownQuery, unknownVersion, unusable } from './query-versions.ts'
import { type QueryVersion, readKeptQuery, readSavedQuery } from './saved-query.ts'
import type { SharedQueries } from './shared-queries.ts'

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

/**
 * The queries of `queries/*.edn`, with what `procedures/` adds to the language. A file with a fault is listed with its words, and what was in
 * force before it stays so. `name@version` runs any version that was ever in force, since the log keeps them all.
 */
export class SavedQueries extends QueryVersions {
  readonly #queries: ProjectFolder
  readonly #procedures: ProjectFolder
  readonly #schema: Schema
  readonly #kept: KeptQueries
  readonly #thread = new ProcedureThread()
  readonly #older = new Map<string, QueryVersion>()
  #entries: ReadonlyMap<string, Entry> = new Map()
  #library: ProjectLibrary | null = null
  #shared: SharedQueries | null = null
  #libraryVersion: { readonly files: ProjectLibrary['files']; readonly version: string } | null = null

  constructor(project: string | null, schema: Schema, kept: KeptQueries) {
    super()
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
    if (library !== this.#library) this.#shared = null
    this.#library = library
    const files = this.#queries.read()
    const entries = new Map(files.map(file => [file.name, this.#read(file, library)]))
    const same =
      entries.size === this.#entries.size && [...entries].every(([name, entry]) => this.#entries.get(name) === entry)
    if (!same) this.#shared = null
    this.#entries = entries
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

  /** First 16 hex digits of a SHA-256 over the files of procedures. */
  get libraryVersion(): string {
    const { files } = this.#library!
    if (this.#libraryVersion?.files !== files) {
      const digest = createHash('sha256').update(JSON.stringify(files.map(({ name, text }) => [name, text])))
      this.#libraryVersion = { files, version: digest.digest('hex').slice(0, 16) }
    }
    return this.#libraryVersion.version
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
      ...(current?.info ?? { name, version: '', doc: '', params: [], shardBy: null, result: 'rows', columns: [] }),
      error: fault?.message ?? null,
    }))
  }

  /** The version that `name` or `name@version` means. Throws `unknown-query`, or what is wrong with the file. */
  find(reference: string): QueryVersion {
    const at = reference.indexOf('@')
    const name = at < 0 ? reference : reference.slice(0, at)
    const entry = this.#entries.get(name)
    if (at >= 0) return this.#version(name, reference.slice(at + 1), entry?.current ?? null)
    if (!entry) throw unknownQuery(name, this.#entries.keys())
    if (entry.current === null) throw unusable(name, entry.fault!.message)
    return entry.current
  }

  #version(name: string, version: string, current: QueryVersion | null): QueryVersion {
    if (current?.info.version === version) return current
    const reference = `${name}@${version}`
    const known = this.#older.get(reference)
    if (known !== undefined) return known
    const kept = this.#kept.find(name, version)
    if (kept === undefined) throw unknownVersion(name, version, current?.info.version ?? null)
    const older = readKeptQuery(reference, kept, this.#schema, this.#thread)
    this.#older.set(reference, older)
    return older
  }

  /** What another thread needs to run them: the same object for as long as nothing changes. */
  share(): SharedQueries {
    this.#shared ??= this.#toShare()
    return this.#shared
  }

  #toShare(): SharedQueries {
    const { sound } = this.#library!
    return {
      libraryVersion: this.libraryVersion,
      procedures: sound.map(({ path, text }) => ({ path, text, declared: this.#thread.declared(text) ?? null })),
      queries: [...this.#entries].map(([name, { current, fault }]) => ({
        name,
        version: current?.info.version ?? null,
        kept: current?.kept ?? null,
        fault: fault?.message ?? null,
      })),
    }
  }

  close(): void {
    this.#thread.close()
  }
}
