import { setTimeout } from 'node:timers/promises'
import { FactError } from '../base/error.ts'
import type { DatabaseReader } from '../database/api.ts'
import type { Parameters } from './parameters.ts'

export const APPLIED_PARAMETERS = ['after', 'waitMs'] as const

/** The longest that a request waits, milliseconds. */
const LONGEST = 60_000
/** Between two looks, milliseconds. */
const PAUSE = 2

/**
 * Waits until what `after` names is applied, a `t` or `topic/partition/offset`, for `waitMs` at most: so a scoring service sees its own
 * event. Null where nothing need be waited for. Throws `not-ready` where that takes longer, `argument` for what names nothing.
 */
export function whenApplied(database: DatabaseReader, parameters: Parameters): Promise<void> | null {
  const after = parameters.text('after')
  const waitMs = parameters.whole('waitMs', 0, LONGEST)
  if (after === undefined) {
    if (waitMs !== undefined)
      throw new FactError('argument', 'waitMs says how long to wait for after=topic/partition/offset, which is missing')
    return null
  }
  const there = appliedOf(database, after)
  return there() ? null : wait(there, after, waitMs ?? 0)
}

function appliedOf(database: DatabaseReader, after: string): () => boolean {
  if (/^\d{1,15}$/.test(after)) return () => database.view().t >= Number(after)
  const [, topic, partition, offset] = /^(.+)\/(\d{1,9})\/(\d{1,18})$/.exec(after) ?? []
  if (topic === undefined)
    throw new FactError('argument', `after is a t, or topic/partition/offset, and ${JSON.stringify(after)} is neither`)
  return () => database.applied(topic, Number(partition), BigInt(offset))
}

async function wait(there: () => boolean, after: string, waitMs: number): Promise<void> {
  const end = performance.now() + waitMs
  while (!there()) {
    if (performance.now() >= end)
      throw new FactError(
        'not-ready',
        `${after} is not applied yet${waitMs > 0 ? `, after waiting ${waitMs} ms` : ''}; ask again, or with a larger waitMs`,
      )
    await setTimeout(PAUSE)
  }
}
