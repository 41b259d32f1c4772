import type { SourceSpec } from '../../../src/database/api.ts'
import type { Moment } from './raw-lines.ts'

/** What an analyst asks, and the same in SQL over what the raw lines state. */
export interface Question {
  readonly name: string
  readonly query: string
  readonly args?: Readonly<Record<string, unknown>>
  readonly sources?: (moment: Moment) => Readonly<Record<string, SourceSpec>>
  /** Decimals as VARCHAR, instants by the macro `iso`; a map as a struct. */
  readonly sql: string
  /** The order of rows counts. */
  readonly ordered?: true
  /** Of the answer; rows of several columns unless said otherwise. `maps` are rows of `:keys`, and SQL gives each as one struct. */
  readonly shape?: 'collection' | 'tuple' | 'scalar' | 'maps'
}

/** `$before` is the same store at an earlier moment. */
export const before = ({ before }: Moment) => ({ $before: { asOf: new Date(before).toISOString() } })

/** `$all` is everything that was ever stated or ended up to the moment asked. */
export const history = () => ({ $all: { history: true } })
