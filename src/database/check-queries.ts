import type { FactError } from '../base/error.ts'
import { readContracts } from '../contracts/read.ts'
import { Schema } from '../model/schema.ts'
import { SavedQueries } from './saved-queries.ts'

/** What a check of a project's queries found: how many there are, and what is wrong with their files. */
export interface CheckedQueries {
  readonly queries: number
  /** Rules and functions. */
  readonly procedures: number
  readonly faults: readonly FactError[]
}

/** Checks `queries/` and `procedures/` against the contracts of a project, without a store. Throws what is wrong with the contracts. */
export function checkQueries(project: string): CheckedQueries {
  const schema = new Schema()
  readContracts(project).define(schema)
  const saved = new SavedQueries(project, schema, { find: () => undefined, keep: () => {} })
  saved.close()
  const { forms, procedures } = saved.library
  return { queries: saved.list().length, procedures: forms.size + procedures.size, faults: saved.faults() }
}
