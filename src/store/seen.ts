import type { T } from '../model/transaction.ts'

/** Up to where a store is seen: its last transaction, and the frontier then (milliseconds). Who wants answers of one moment from several threads sends it along. */
export interface Seen {
  readonly basis: T
  readonly frontier: number
}
