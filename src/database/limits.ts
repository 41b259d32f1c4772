import { FactError } from '../base/error.ts'

/** What one query may take before it is ended with `timeout` or `memory`. */
export interface Limits {
  /** Milliseconds. Infinite is as long as it takes. */
  readonly timeoutMs: number
  /** Bytes that its rows may take at a time. Infinite is as much as there is. */
  readonly memory: number
}

/** For a server, where others wait: a minute, and a gigabyte. */
export const SHARED_LIMITS: Limits = { timeoutMs: 60_000, memory: 2 ** 30 }

/** For somebody who works alone: no end but that of patience, and two gigabytes. */
export const OWN_LIMITS: Limits = { timeoutMs: Number.POSITIVE_INFINITY, memory: 2 ** 31 }

/**
 * The hooks of a query that begins now. A request may ask for less time than there is, never for more.
 * `stop` throws `timeout` with words that tell whose limit it was.
 */
export function limited(limits: Limits, asked: number | undefined): { stop: () => void; memory: number } {
  const most = Math.min(limits.timeoutMs, asked ?? Number.POSITIVE_INFINITY)
  const { memory } = limits
  if (most === Number.POSITIVE_INFINITY) return { stop: () => {}, memory }
  const deadline = performance.now() + most
  const whose = asked === most ? '' : ' that a query may take here'
  return {
    memory,
    stop() {
      if (performance.now() > deadline)
        throw new FactError('timeout', `the query took longer than the ${most} ms${whose}, and was ended`)
    },
  }
}
