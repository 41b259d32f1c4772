import { assert } from '../base/assert.ts'

interface RequestQueue {
  pending: readonly unknown[]
  throttledUntil: number
  throttleCheckTimeoutId: NodeJS.Timeout | null
  checkPendingRequests(): void
}

/**
 * kafkajs 2.2.4 sets a timer after every answer, even when no request waits: with a negative time, which Node warns of, and
 * again every millisecond (tulios/kafkajs#1751). This one sets it only where a request waits.
 */
function scheduleCheckPendingRequests(this: RequestQueue): void {
  if (this.throttleCheckTimeoutId !== null || this.pending.length === 0) return
  const wait = Math.max(10, this.throttledUntil - Date.now())
  this.throttleCheckTimeoutId = setTimeout(() => {
    this.throttleCheckTimeoutId = null
    this.checkPendingRequests()
  }, wait)
}

/** Gives the request queues of kafkajs, by their prototype, that way to wait. */
export function calmRequestQueue(prototype: object): void {
  assert('scheduleCheckPendingRequests' in prototype, 'kafkajs 2.2.4 schedules its requests here')
  Object.assign(prototype, { scheduleCheckPendingRequests })
}
