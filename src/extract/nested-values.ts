import { type ArrowColumn, utf8Values } from '../base/arrow.ts'
import { assert } from '../base/assert.ts'
import { type AnyValue, PullMap, TypedText } from '../model/answer.ts'
import { setWide } from '../model/column.ts'
import { type Decimal, rescale } from '../model/decimal.ts'
import { plainText } from '../model/entity-text.ts'
import type { PullField, ValueType } from '../model/type.ts'
import { EntityRef, type Instant, type LocalDate, type Value } from '../model/value.ts'
import { showEdn } from '../query/query.ts'
import { bitsOf, validityOf } from './bits.ts'

/**
 * Lists and maps as Arrow has them: of lists all values one after the other, and where each begins; of maps each field by itself. Under a
 * null stand an empty list and fields that are null; where none is null there is no `validity`.
 */
export function nestedValues(values: readonly AnyValue[], type: ValueType): ArrowColumn {
  const present = values.includes(null) ? Uint8Array.from(values, value => Number(value !== null)) : null
  return { ...bodyOf(values, type), validity: validityOf(present, 0, values.length) }
}

type Body = Omit<ArrowColumn, 'validity'>

function bodyOf(values: readonly AnyValue[], type: ValueType): Body {
  switch (type.base) {
    case 'long':
    case 'ref':
      return {
        values: BigInt64Array.from(values, value =>
          value === null ? 0n : value instanceof EntityRef ? BigInt(value.number) : (value as bigint),
        ),
      }
    case 'double':
      return { values: Float64Array.from(values, value => (value === null ? 0 : Number(value))) }
    case 'date':
      return { values: Int32Array.from(values, value => (value === null ? 0 : (value as LocalDate).days)) }
    case 'instant':
      return {
        values: BigInt64Array.from(values, value => {
          if (value === null) return 0n
          const { micros } = value as Instant
          return type.micros ? micros : micros / 1000n
        }),
      }
    case 'boolean':
      return {
        values: bitsOf(
          Int32Array.from(values, value => Number(value === true)),
          0,
          values.length,
        ),
      }
    case 'decimal': {
      const lanes = new BigInt64Array(2 * values.length)
      // a value of an attribute has its digits or fewer
      for (const [i, value] of values.entries())
        if (value !== null) setWide(lanes, i, rescale(value as Decimal, type.digits)!)
      return { values: lanes }
    }
    case 'list':
      return listsOf(values, type.of)
    case 'pull':
      return type.fields === null ? textsOf(values, showEdn) : mapsOf(values, type.fields)
    case 'any':
      return textsOf(values, showEdn)
    default:
      return textsOf(values, value => (value instanceof TypedText ? value.text : plainText(value as Value)))
  }
}

const textsOf = (values: readonly AnyValue[], text: (value: AnyValue) => string): Body =>
  utf8Values(values.map(value => (value === null ? '' : text(value))))

function listsOf(lists: readonly AnyValue[], of: ValueType): Body {
  const offsets = new Int32Array(lists.length + 1)
  const all: AnyValue[] = []
  for (const [i, list] of lists.entries()) {
    // a list may be longer than a call may have arguments
    if (Array.isArray(list)) for (const value of list) all.push(value)
    offsets[i + 1] = all.length
  }
  const child = { ...nestedValues(all, of), length: all.length }
  return { values: new Uint8Array(0), offsets, child }
}

function mapsOf(maps: readonly AnyValue[], fields: readonly PullField[]): Body {
  const columns = fields.map(({ type }, i) =>
    nestedValues(
      maps.map(map => {
        if (map === null) return null
        assert(map instanceof PullMap && map.values.length === fields.length, 'a pull has the fields of its pattern')
        return map.values[i]
      }),
      type,
    ),
  )
  return { values: new Uint8Array(0), fields: columns }
}
