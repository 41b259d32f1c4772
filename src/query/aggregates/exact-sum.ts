/**
 * Sums of doubles that depend on nothing but the numbers: exact partial sums without overlap, rounded once at the end.
 * Shewchuk, "Adaptive Precision Floating-Point Arithmetic" (1997), in the shape of Python's `math.fsum`.
 */
export class ExactSums {
  readonly #partials: (number[] | undefined)[]

  constructor(groups: number) {
    this.#partials = new Array(groups)
  }

  add(group: number, value: number): void {
    let partials = this.#partials[group]
    if (partials === undefined) this.#partials[group] = partials = []
    let x = value
    let kept = 0
    for (let i = 0; i < partials.length; i++) {
      let y = partials[i]
      if (Math.abs(x) < Math.abs(y)) [x, y] = [y, x]
      const high = x + y
      const low = y - (high - x)
      if (low !== 0) partials[kept++] = low
      x = high
    }
    partials.length = kept
    partials.push(x)
  }

  /** The double nearest to the exact sum; infinite or NaN where it lies beyond. */
  total(group: number): number {
    const partials = this.#partials[group] ?? []
    let i = partials.length - 1
    if (i < 0) return 0
    let high = partials[i]
    let low = 0
    while (i > 0) {
      const x = high
      const y = partials[--i]
      high = x + y
      low = y - (high - x)
      if (low !== 0) break
    }
    // half-way cases are decided by the sign of what follows
    if (i > 0 && ((low < 0 && partials[i - 1] < 0) || (low > 0 && partials[i - 1] > 0))) {
      const y = low * 2
      const x = high + y
      if (y === x - high) high = x
    }
    return high
  }
}
