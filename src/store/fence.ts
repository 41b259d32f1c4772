const cell = new Int32Array(new SharedArrayBuffer(4))

/**
 * What this thread read or wrote before comes before what it reads or writes after, in the eyes of all threads. Plain loads and stores may
 * pass each other, and on some machines an atomic load or store too; nothing passes an atomic addition.
 */
export function fence(): void {
  Atomics.add(cell, 0, 0)
}

/** Lets go of the processor for some microseconds. */
export function pause(): void {
  Atomics.wait(cell, 0, 0, 0.02)
}
