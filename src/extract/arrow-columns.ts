import { type ArrowColumn, type ArrowField, type ArrowType, utf8Values } from '../base/arrow.ts'
import { assert } from '../base/assert.ts'
import type { Answer, AnswerColumn } from '../model/answer.ts'
import type { ValueType } from '../model/type.ts'
import { showEdn } from '../query/query.ts'
import { bitsOf, validityOf } from './bits.ts'
import { nestedValues } from './nested-values.ts'
import { FRESH, type Room } from './room.ts'
import type { SharedDictionary } from './shared-dictionary.ts'

/** The Arrow type of each of ours (surface §3). `any` is the text of its EDN, and so is a pull whose maps differ. */
export function arrowTypeOf(type: ValueType): ArrowType {
  switch (type.base) {
    case 'string':
    case 'enum':
      return { as: 'dictionary' }
    case 'long':
    case 'ref':
      return { as: 'int64' }
    case 'double':
      return { as: 'float64' }
    case 'boolean':
      return { as: 'bool' }
    case 'decimal':
      return { as: 'decimal128', scale: type.digits }
    case 'instant':
      return { as: 'timestamp', unit: type.micros ? 'us' : 'ms' }
    case 'date':
      return { as: 'date32' }
    case 'list':
      return { as: 'list', of: innerType(type.of) }
    case 'pull':
      if (type.fields === null) return { as: 'utf8' }
      return { as: 'struct', fields: type.fields.map(field => ({ name: field.key, type: innerType(field.type) })) }
    default:
      return { as: 'utf8' }
  }
}

/** In a list or a struct texts are themselves: there a dictionary saves little, and few readers take it. */
function innerType(type: ValueType): ArrowType {
  const arrow = arrowTypeOf(type)
  return arrow.as === 'dictionary' ? { as: 'utf8' } : arrow
}

export const arrowFields = (columns: readonly Pick<AnswerColumn, 'name' | 'type' | 'nullable'>[]): ArrowField[] =>
  columns.map(({ name, type, nullable }) => ({ name, type: arrowTypeOf(type), nullable }))

/** Gives rows `from` to `to` of one column as Arrow has them; float64, date32, 64-bit and 128-bit arrays without a copy. */
export type ColumnSlices = (from: number, to: number) => ArrowColumn

export function slicesOf(
  column: AnswerColumn,
  answer: Pick<Answer, 'strings' | 'rows'>,
  shared: SharedDictionary,
  room: Room = FRESH,
): ColumnSlices {
  const { type, present, entities } = column
  const arrow = arrowTypeOf(type)
  const { as } = arrow
  const validity = (from: number, to: number) => validityOf(present, from, to)
  if (entities !== undefined)
    return (from, to) => ({
      values: entityNumbers(entities, from, to, room.longs(to - from)),
      validity: validity(from, to),
    })
  const { v } = column
  if (as === 'dictionary') {
    assert(v.as === 'i32', `${column.find} of type ${type.base} as ${v.as}`)
    const { dictionary, rows } = shared.take(v.values, present, answer, room)
    return (from, to) => ({ values: rows.subarray(from, to), dictionary, validity: validity(from, to) })
  }
  if (as === 'utf8') {
    const text = textOf(column, code => answer.strings.text(code))
    return (from, to) => {
      const texts: string[] = []
      for (let i = from; i < to; i++) texts.push(present !== null && present[i] === 0 ? '' : text(i))
      return { ...utf8Values(texts), validity: validity(from, to) }
    }
  }
  if (as === 'list' || as === 'struct') {
    assert(v.as === 'any', `${column.find} of type ${type.base} as ${v.as}`)
    return (from, to) => ({ ...nestedValues(v.values.slice(from, to), type), validity: validity(from, to) })
  }
  assert(v.as !== 'any', `${column.find} of type ${type.base} as ${v.as}`)
  if (as === 'bool')
    return (from, to) => ({ values: bitsOf(v.values as Int32Array, from, to), validity: validity(from, to) })
  if (as === 'decimal128') return (from, to) => ({ values: wide(v, from, to, room), validity: validity(from, to) })
  if (v.as === 'f64' && as !== 'float64')
    return (from, to) => ({
      values: wholeNumbers(v.values, from, to, room.longs(to - from)),
      validity: validity(from, to),
    })
  return (from, to) => ({ values: v.values.subarray(from, to), validity: validity(from, to) })
}

/** Numbers of entities: the kind in the upper half, the ordinal in the lower one. */
function entityNumbers(
  { kind, ordinals }: NonNullable<AnswerColumn['entities']>,
  from: number,
  to: number,
  numbers: BigInt64Array<ArrayBuffer>,
): BigInt64Array {
  const halves = halvesOf(numbers)
  for (let i = from, j = 0; i < to; i++, j += 2) {
    halves[j] = ordinals[i]
    halves[j + 1] = kind
  }
  return numbers
}

const halvesOf = ({ buffer, byteOffset, length }: BigInt64Array<ArrayBuffer>): Int32Array =>
  new Int32Array(buffer, byteOffset, 2 * length)

/** Safe integers as 64-bit ones, by halves: `BigInt(x)` for each would take ten times as long. */
function wholeNumbers(
  values: Float64Array,
  from: number,
  to: number,
  whole: BigInt64Array<ArrayBuffer>,
): BigInt64Array {
  const halves = halvesOf(whole)
  for (let i = from; i < to; i++) {
    const high = Math.floor(values[i] / 4294967296)
    halves[2 * (i - from)] = values[i] - high * 4294967296
    halves[2 * (i - from) + 1] = high
  }
  return whole
}

/** Scaled integers as 128-bit ones. */
function wide(v: Exclude<AnswerColumn['v'], { as: 'any' }>, from: number, to: number, room: Room): BigInt64Array {
  if (v.as === 'i128') return v.values.subarray(2 * from, 2 * to)
  assert(v.as === 'f64' || v.as === 'i64', `a decimal as ${v.as}`)
  const length = to - from
  const whole =
    v.as === 'f64' ? wholeNumbers(v.values, from, to, new BigInt64Array(length)) : v.values.subarray(from, to)
  const lanes = room.longs(2 * length)
  for (let i = 0; i < whole.length; i++) {
    lanes[2 * i] = whole[i]
    lanes[2 * i + 1] = whole[i] < 0n ? -1n : 0n
  }
  return lanes
}

function textOf(column: AnswerColumn, text: (code: number) => string): (row: number) => string {
  const { v } = column
  if (v.as === 'any') return row => showEdn(v.values[row])
  assert(v.as === 'i32', `${column.find} of type ${column.type.base} as ${v.as}`)
  return row => text(v.values[row])
}
