import { getPriority, setPriority } from 'node:os'

/** What nobody can be nicer than. */
const NICEST = 19

/** This thread works only when those want nothing that are `nice` steps before it (`os.setPriority`; on Linux that is the thread alone, elsewhere the process). */
export function standBack(nice: number): void {
  setPriority(0, Math.min(NICEST, getPriority(0) + nice))
}
