import { type ArrowColumn, type ArrowType, utf8Values } from '../base/arrow.ts'
import type { AnyValue } from '../model/answer.ts'
import { setWide } from '../model/column.ts'
import { type Decimal, rescale } from '../model/decimal.ts'
import { plainText } from '../model/entity-text.ts'
import { EntityRef, type Instant, type LocalDate, type Value } from '../model/value.ts'

/** Lists as Arrow has them: all values one after the other, and where each list begins. Under a null stands an empty list. */
export function listValues(
  lists: readonly AnyValue[],
  of: ArrowType,
): Required<Pick<ArrowColumn, 'values' | 'offsets' | 'child'>> {
  const offsets = new Int32Array(lists.length + 1)
  const all: AnyValue[] = []
  for (const [i, list] of lists.entries()) {
    // a list may be longer than a call may have arguments
    if (Array.isArray(list)) for (const value of list) all.push(value)
    offsets[i + 1] = all.length
  }
  const child = { ...childValues(all, of), validity: null, length: all.length }
  return { values: child.values, offsets, child }
}

function childValues(values: readonly AnyValue[], type: ArrowType): Pick<ArrowColumn, 'values' | 'offsets' | 'child'> {
  switch (type.as) {
    case 'utf8':
      return utf8Values(values.map(value => plainText(value as Value)))
    case 'int64':
      return {
        values: BigInt64Array.from(values, value =>
          value instanceof EntityRef ? BigInt(value.number) : (value as bigint),
        ),
      }
    case 'float64':
      return { values: Float64Array.from(values, Number) }
    case 'date32':
      return { values: Int32Array.from(values, value => (value as LocalDate).days) }
    case 'timestamp':
      return {
        values: BigInt64Array.from(values, value => {
          const { micros } = value as Instant
          return type.unit === 'us' ? micros : micros / 1000n
        }),
      }
    case 'bool': {
      const bits = new Uint8Array((values.length + 7) >> 3)
      for (const [i, value] of values.entries()) if (value === true) bits[i >> 3] |= 1 << (i & 7)
      return { values: bits }
    }
    case 'decimal128': {
      const lanes = new BigInt64Array(2 * values.length)
      // a value of an attribute has its digits or fewer
      for (const [i, value] of values.entries()) setWide(lanes, i, rescale(value as Decimal, type.scale)!)
      return { values: lanes }
    }
    case 'list':
      return listValues(values, type.of)
    case 'dictionary':
      throw new Error('bug: a dictionary in a list')
  }
}
