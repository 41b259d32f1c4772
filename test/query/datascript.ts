import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { Edn } from '../../src/query/language/edn.ts'
import { SHARED } from '../given.ts'

/** The answers that DataScript gave while it ran its own tests (`conformance/datascript` beside the real data). */
export interface Recorded {
  /** Place in the file, from 0: how cases are named. */
  readonly number: number
  readonly test: string
  readonly op: 'q' | 'pull' | 'pull-many' | 'db-with'
  /** EDN. */
  readonly args: readonly string[]
  /** EDN; absent where it was an error. */
  readonly result?: string
  readonly resultType?: string
  readonly error?: string
}

export interface RecordedDb {
  readonly id: string
  /** EDN: a map of attributes, or nil. */
  readonly schema: string
  /** EDN: `[[e a v tx added] …]`. */
  readonly datoms: string
}

const FOLDER = join(SHARED, 'conformance', 'datascript')

function lines<X>(name: string): X[] {
  try {
    return gunzipSync(readFileSync(join(FOLDER, name)))
      .toString('utf8')
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as X)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

/** All cases in the order of the file; none where the folder is not there. */
export const recordedCases = (): Recorded[] =>
  lines<Omit<Recorded, 'number'>>('cases.jsonl.gz').map((recorded, number) => ({ ...recorded, number }))

export const recordedDbs = (): ReadonlyMap<string, RecordedDb> =>
  new Map(lines<RecordedDb>('dbs.jsonl.gz').map(db => [db.id, db]))

/** The id of `#db "db7"`, undefined where a form is something else. */
export const dbNamed = (form: Edn): string | undefined =>
  form.form === 'tagged' && form.tag === 'db' && form.item.form === 'string' ? form.item.text : undefined
