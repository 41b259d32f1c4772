import { kindOf, ordinalOf } from '../../model/entity-id.ts'
import type { Kind } from '../../model/schema.ts'
import { EntityRef } from '../../model/value.ts'
import type { Run } from './relation.ts'
import type { Vector } from './vector.ts'

/** The ordinals of entities of one kind; -1 where a row holds something else. */
export function ordinalsOf(vector: Vector, rows: number, kind: Kind, run: Run): Int32Array {
  const { type } = vector
  if (vector.as === 'i32' && type.base === 'ref' && type.kind !== null) {
    return type.kind === kind.name ? vector.values : new Int32Array(rows).fill(-1)
  }
  run.stop()
  const out = new Int32Array(rows).fill(-1)
  if (vector.as !== 'any') return out
  for (let i = 0; i < rows; i++) {
    const value = vector.values[i]
    if (value instanceof EntityRef && kindOf(value.number) === kind.number) out[i] = ordinalOf(value.number)
  }
  return out
}
