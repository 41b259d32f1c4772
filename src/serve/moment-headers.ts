import type { DatabaseReader } from '../database/api.ts'
import type { FactView } from '../model/fact-view.ts'
import { showInstant } from '../model/instant.ts'

/** The moment that an answer is of. */
export interface AnswerMoment {
  readonly t: number
  /** ISO-8601 */
  readonly instant: string
  readonly settled: boolean
}

export const momentOf = ({ t, instant, settled }: FactView): AnswerMoment => ({
  t,
  instant: showInstant(instant),
  settled,
})

/** The headers by which every answer says which moment of which store it is of. */
export const momentHeaders = (
  database: DatabaseReader,
  { t, instant, settled }: AnswerMoment,
): Record<string, string> => ({
  'Heartwood-Store': database.storeName,
  'Heartwood-T': String(t),
  'Heartwood-Instant': instant,
  'Heartwood-Settled': String(settled),
})
