import { textOf } from '../base/bytes.ts'
import { showInstant } from '../model/instant.ts'
import type { Refused } from '../store/indexes.ts'
import type { Resolution } from '../store/letter-states.ts'
import type { DeadLetter, DeadLetterFilter, DeadLetterPage, LetterState } from './api.ts'

/** The dead letters that fit a filter, oldest first; counts and total are of all that fit, not of the page. */
export function pageOf(
  refused: readonly Refused[],
  resolutions: ReadonlyMap<number, Resolution>,
  filter: DeadLetterFilter,
): DeadLetterPage {
  const { reason, topic, state = 'waiting', after = 0, limit } = filter
  const fitting = refused.filter(
    ({ id, refusal, origin }) =>
      (reason === undefined || refusal.reason === reason) &&
      (topic === undefined || origin.topic === topic) &&
      (state === 'all' || stateOf(resolutions.get(id)) === state),
  )
  const counts: Record<string, number> = {}
  for (const { refusal } of fitting) counts[refusal.reason] = (counts[refusal.reason] ?? 0) + 1
  const rest = fitting.filter(({ id }) => id > after)
  const items = rest.slice(0, limit).map(letter => showDeadLetter(letter, resolutions.get(letter.id)))
  return { items, total: fitting.length, counts, next: rest.length > limit ? items[items.length - 1].id : null }
}

function stateOf(resolution: Resolution | undefined): Exclude<LetterState, 'all'> {
  if (resolution === undefined) return 'waiting'
  return 't' in resolution ? 'applied' : 'discarded'
}

const NOT_KEPT = 'only its place is kept, since its topic has so many dead letters; it is replayed from Kafka'

function showDeadLetter(letter: Refused, resolution: Resolution | undefined): DeadLetter {
  const { id, at, origin, refusal, key, headers, value, checksum } = letter
  const text = value === null ? null : (textOf(value) ?? null)
  const { reason, detail, path, contract } = refusal
  return {
    id,
    at: showInstant(at),
    reason,
    detail: checksum === null ? detail : NOT_KEPT,
    path,
    contract,
    origin: 'file' in origin ? { ...origin } : { ...origin, offset: jsonInteger(origin.offset) },
    key: key === null ? null : (textOf(key) ?? Buffer.from(key).toString('base64')),
    headers,
    value: text,
    base64: value !== null && text === null ? Buffer.from(value).toString('base64') : null,
    ...(resolution && { resolved: { ...resolution, at: showInstant(resolution.at) } }),
  }
}

const jsonInteger = (value: bigint): number | string =>
  value <= Number.MAX_SAFE_INTEGER ? Number(value) : String(value)
