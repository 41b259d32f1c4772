import { getHeapStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Bytes that a thread at rest may keep. */
const KEPT = 96 << 20

/** For how long a thread has nothing to do before it is at rest, milliseconds. */
const REST_MS = 200

let collect: (() => void) | null = null
let resting: ReturnType<typeof setTimeout> | null = null

/** There is work again. */
export function endRest(): void {
  if (resting !== null) clearTimeout(resting)
  resting = null
}

/**
 * Gives back what queries took, once there is nothing to do: V8 collects when a thread works, and one that took a gigabyte and rests would
 * keep it. Between two queries that follow each other a collection would cost some 20 ms of all cores, as much as a million rows.
 */
export function beginRest(): void {
  endRest()
  resting = setTimeout(freeMemory, REST_MS)
  resting.unref()
}

function freeMemory(): void {
  const { external_memory, used_heap_size } = getHeapStatistics()
  if (external_memory + used_heap_size < KEPT) return
  if (collect === null) {
    setFlagsFromString('--expose-gc')
    collect = runInNewContext('gc') as () => void
  }
  collect()
}
