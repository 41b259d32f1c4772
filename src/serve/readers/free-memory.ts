import { getHeapStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Bytes that a thread at rest may keep. */
const KEPT = 96 << 20

let collect: (() => void) | null = null

/**
 * Gives back what a query took, once it is over: V8 collects when a thread works, and one that took a gigabyte and rests would keep it.
 * A collection takes some 10 ms, so small queries are left to V8.
 */
export function freeMemory(): void {
  const { external_memory, used_heap_size } = getHeapStatistics()
  if (external_memory + used_heap_size < KEPT) return
  if (collect === null) {
    setFlagsFromString('--expose-gc')
    collect = runInNewContext('gc') as () => void
  }
  collect()
}
