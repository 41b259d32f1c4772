import { textOf } from '../base/bytes.ts'
import { showInstant } from '../model/instant.ts'
import type { Refused } from '../store/indexes.ts'
import type { DeadLetter, DeadLetterFilter, DeadLetterPage } from './api.ts'

/** The dead letters that fit a filter, oldest first; counts and total are of all that fit, not of the page. */
export function pageOf(refused: readonly Refused[], filter: DeadLetterFilter): DeadLetterPage {
  const { reason, topic, after = 0, limit } = filter
  const fitting = refused.filter(
    ({ refusal, origin }) =>
      (reason === undefined || refusal.reason === reason) && (topic === undefined || origin.topic === topic),
  )
  const counts: Record<string, number> = {}
  for (const { refusal } of fitting) counts[refusal.reason] = (counts[refusal.reason] ?? 0) + 1
  const rest = fitting.filter(({ id }) => id > after)
  const items = rest.slice(0, limit).map(showDeadLetter)
  return { items, total: fitting.length, counts, next: rest.length > limit ? items[items.length - 1].id : null }
}

function showDeadLetter({ id, at, origin, refusal, key, headers, value }: Refused): DeadLetter {
  const text = value === null ? null : (textOf(value) ?? null)
  const { reason, detail, path, contract } = refusal
  return {
    id,
    at: showInstant(at),
    reason,
    detail,
    path,
    contract,
    origin: 'file' in origin ? { ...origin } : { ...origin, offset: jsonInteger(origin.offset) },
    key: key === null ? null : (textOf(key) ?? Buffer.from(key).toString('base64')),
    headers,
    value: text,
    base64: value !== null && text === null ? Buffer.from(value).toString('base64') : null,
  }
}

const jsonInteger = (value: bigint): number | string =>
  value <= Number.MAX_SAFE_INTEGER ? Number(value) : String(value)
