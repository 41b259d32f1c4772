import { showType, type ValueType } from '../../model/type.ts'
import { rangeOf } from './range.ts'
import { BLOCK, type Run } from './relation.ts'
import type { Vector } from './vector.ts'

/** Dense numbers for values that lie close together: how far each lies above the least, so that numbers ascend as raw values do. */
export class NearNumbers {
  readonly #type: ValueType
  readonly #low: number
  /** How many numbers there are; some may stand for no value. */
  readonly rows: number

  private constructor(type: ValueType, low: number, rows: number) {
    this.#type = type
    this.#low = low
    this.rows = rows
  }

  /** Numbers for the values of some vectors; undefined where these have not all one type of codes or ordinals that lie close together. */
  static over(parts: readonly { readonly vector: Vector; readonly rows: number }[], run: Run): NearNumbers | undefined {
    if (parts.length === 0) return undefined
    const [{ vector: first }] = parts
    const type = showType(first.type)
    let [low, high, all] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0]
    for (const { vector, rows } of parts) {
      if (vector.as !== 'i32' || showType(vector.type) !== type) return undefined
      if (rows === 0) continue
      const range = rangeOf(vector, rows, run)
      if (range === undefined) return undefined
      low = Math.min(low, range.low)
      high = Math.max(high, range.low + range.width)
      all += rows
    }
    if (all === 0) return new NearNumbers(first.type, 0, 0)
    return high - low <= 4 * all + 1024 ? new NearNumbers(first.type, low, high - low) : undefined
  }

  number({ values }: Vector, rows: number, run: Run): Int32Array {
    return moved(values as Int32Array, new Int32Array(rows), -this.#low, run)
  }

  /** The values of some numbers, in the same array. */
  values(numbers: Int32Array, run: Run): Vector {
    const values = this.#low === 0 ? numbers : moved(numbers, numbers, this.#low, run)
    return { type: this.#type, as: 'i32', values }
  }
}

/** Each number so much higher. */
function moved(from: Int32Array, to: Int32Array, by: number, run: Run): Int32Array {
  for (let start = 0; start < to.length; start += BLOCK) {
    run.stop()
    const end = Math.min(to.length, start + BLOCK)
    for (let i = start; i < end; i++) to[i] = from[i] + by
  }
  return to
}
