import { BLOCK, type Run } from './relation.ts'

/** Whether numbers go up from row to row. */
export function isAscendingSet(values: Int32Array, rows: number): boolean {
  for (let i = 1; i < rows; i++) if (values[i - 1] >= values[i]) return false
  return true
}

/** The numbers of two ascending sets, each once, ascending. */
export function mergeSets(a: Int32Array, b: Int32Array, run: Run): Int32Array {
  run.reserve(4 * (a.length + b.length))
  const out = new Int32Array(a.length + b.length)
  const at = { a: 0, b: 0, out: 0 }
  while (at.a < a.length && at.b < b.length) {
    run.stop()
    mergePart(a, b, out, at)
  }
  out.set(a.subarray(at.a), at.out)
  at.out += a.length - at.a
  out.set(b.subarray(at.b), at.out)
  return out.subarray(0, at.out + b.length - at.b)
}

const bit = (truth: boolean): number => truth as unknown as number

/** Which side goes on is added up as a number, since a branch that the machine cannot foretell costs more. */
function mergePart(a: Int32Array, b: Int32Array, out: Int32Array, at: { a: number; b: number; out: number }): void {
  let i = at.a
  let j = at.b
  let k = at.out
  // so that neither side ends on the way
  const most = k + Math.min(BLOCK, a.length - i, b.length - j)
  for (; k < most; k++) {
    const x = a[i]
    const y = b[j]
    out[k] = Math.min(x, y)
    i += bit(x <= y) & 1
    j += bit(y <= x) & 1
  }
  at.a = i
  at.b = j
  at.out = k
}
