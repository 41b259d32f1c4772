import { setTimeout as sleep } from 'node:timers/promises'

/** Waits for what may take for ever, but no longer than `ms`; how it ended does not matter. */
export async function within(ms: number, work: Promise<unknown> | undefined): Promise<void> {
  const enough = new AbortController()
  const done = Promise.resolve(work).catch(() => {})
  await Promise.race([done, sleep(ms, undefined, { signal: enough.signal }).catch(() => {})])
  enough.abort()
}
