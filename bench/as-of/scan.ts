import type { FactColumn } from '../../src/model/fact-view.ts'
import { ENTITIES } from './world.ts'

const entities = new Int32Array(ENTITIES)
const texts = new Int32Array(ENTITIES)
const numbers = new Float64Array(ENTITIES)

/** Entities and values above a bound, by the sign of a difference: a comparison may or may not become a branch, and that is another benchmark. */
export function scan(column: FactColumn, bound: number): number {
  const { v, length, count, t } = column
  if (count === length) return run(v.as === 'f64' ? doubles : codes, v.values, column, t, length, bound)
  return run(visibleDoubles, v.values, column, t, length, bound)
}

type Loop = (values: never, length: number, bound: number, moments: Uint32Array, t: number) => number

/** Calls several loops from one place, so that none is inlined before it is fully compiled: that made it three times as slow. */
function run(loop: Loop, values: unknown, column: FactColumn, t: number, length: number, bound: number): number {
  const moments = loop === visibleDoubles ? (column.presence ?? column.from) : NONE
  return loop(values as never, length, bound, moments, t)
}
const NONE = new Uint32Array(1)

function doubles(values: Float64Array, length: number, bound: number): number {
  let count = 0
  for (let i = 0; i < length; i++) {
    entities[count] = i
    numbers[count] = values[i]
    count += ((bound - values[i]) >> 31) & 1
  }
  return count
}

function visibleDoubles(values: Float64Array, length: number, bound: number, moments: Uint32Array, t: number): number {
  let count = 0
  for (let i = 0; i < length; i++) {
    entities[count] = i
    numbers[count] = values[i]
    count += ((bound - values[i]) >> 31) & (~((moments[i] - 1) | (t - moments[i])) >> 31) & 1
  }
  return count
}

function codes(values: Int32Array, length: number, bound: number): number {
  let count = 0
  for (let i = 0; i < length; i++) {
    entities[count] = i
    texts[count] = values[i]
    count += ((bound - values[i]) >> 31) & 1
  }
  return count
}

for (let i = 0; i < 200; i++) {
  const column = { presence: NONE } as unknown as FactColumn
  run(doubles, new Float64Array(1), column, 1, 1, 0)
  run(codes, new Int32Array(1), column, 1, 1, 0)
  run(visibleDoubles, new Float64Array(1), column, 1, 1, 0)
}
