import { ByteWriter, type ColumnSource, ParquetWriter } from 'hyparquet-writer'
import type { ArrowType } from '../base/arrow.ts'
import { type Answer, type AnswerColumn, type AnyValue, type PullMap, TypedText } from '../model/answer.ts'
import { wideAt } from '../model/column.ts'
import { Decimal } from '../model/decimal.ts'
import type { ValueType } from '../model/type.ts'
import { EntityRef, Instant, Keyword, LocalDate } from '../model/value.ts'
import { showEdn } from '../query/query.ts'
import {
  type ArrowBody,
  checkType,
  type Provenance,
  provenanceMetadata,
  type Shape,
  shapeFields,
} from './arrow-answer.ts'
import { arrowTypeOf, slicesOf } from './arrow-columns.ts'
import { SharedDictionary } from './shared-dictionary.ts'

type Element = ConstructorParameters<typeof ParquetWriter>[0]['schema'][number]

/** Bytes that leave as soon as a row group is done, instead of gathering for the whole file. */
class LeavingBytes extends ByteWriter {
  take(): Uint8Array[] {
    const bytes = this.getBytes().slice()
    this.index = 0
    return bytes.length === 0 ? [] : [bytes]
  }
}

/**
 * Parts of an answer as a Parquet file, one row group each (snappy). Types are those of Arrow: a long is INT64, a decimal DECIMAL(38, n) and
 * exact, an instant TIMESTAMP in UTC, a text STRING. Its key-value metadata says what it is of, and how many rows there are.
 */
export function parquetParts(shapes: readonly Shape[], parts: Iterable<Answer>, provenance: Provenance): ArrowBody {
  // columns have different names, or none are written
  shapeFields(shapes)
  let rows = 0
  function* chunks(): Generator<readonly Uint8Array[]> {
    const writer = new LeavingBytes(1 << 20)
    const schema: Element[] = [{ name: 'heartwood', num_children: shapes.length }, ...shapes.flatMap(elementsOf)]
    const kvMetadata = [...provenanceMetadata(provenance)].map(([key, value]) => ({ key, value }))
    const parquet = new ParquetWriter({ writer, schema, kvMetadata, createdBy: 'heartwood' })
    for (const answer of parts) {
      if (answer.rows === 0) continue
      const columnData = answer.columns.map((column, i): ColumnSource => {
        checkType(shapes[i], column)
        return {
          name: shapes[i].name,
          data: dataOf(column, answer) as ColumnSource['data'],
          nullable: shapes[i].nullable,
        }
      })
      parquet.write({ columnData, rowGroupSize: answer.rows })
      rows += answer.rows
      yield writer.take()
    }
    kvMetadata.push({ key: 'heartwood.rows', value: String(rows) })
    parquet.finish()
    yield writer.take()
  }
  return { chunks: chunks(), rows: () => rows }
}

function elementsOf({ name, type, nullable }: Shape): Element[] {
  return elements(name, arrowTypeOf(type), nullable ? 'OPTIONAL' : 'REQUIRED')
}

function elements(name: string, arrow: ArrowType, repetition_type: 'OPTIONAL' | 'REQUIRED'): Element[] {
  if (arrow.as === 'struct')
    return [
      { name, repetition_type, num_children: arrow.fields.length },
      ...arrow.fields.flatMap(field => elements(field.name, field.type, 'OPTIONAL')),
    ]
  if (arrow.as !== 'list') return [elementOf(name, arrow, repetition_type)]
  return [
    { name, repetition_type, num_children: 1, converted_type: 'LIST', logical_type: { type: 'LIST' } },
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
    ...elements('element', arrow.of, 'REQUIRED'),
  ]
}

function elementOf(
  name: string,
  arrow: Exclude<ArrowType, { as: 'list' | 'struct' }>,
  repetition_type: 'OPTIONAL' | 'REQUIRED',
): Element {
  const base = { name, repetition_type } as const
  switch (arrow.as) {
    case 'dictionary':
    case 'utf8':
      return { ...base, type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } }
    case 'int64':
      return { ...base, type: 'INT64' }
    case 'float64':
      return { ...base, type: 'DOUBLE' }
    case 'bool':
      return { ...base, type: 'BOOLEAN' }
    case 'date32':
      return { ...base, type: 'INT32', converted_type: 'DATE', logical_type: { type: 'DATE' } }
    case 'decimal128':
      return {
        ...base,
        type: 'FIXED_LEN_BYTE_ARRAY',
        type_length: 16,
        converted_type: 'DECIMAL',
        scale: arrow.scale,
        precision: 38,
      }
    case 'timestamp':
      return {
        ...base,
        type: 'INT64',
        converted_type: arrow.unit === 'ms' ? 'TIMESTAMP_MILLIS' : 'TIMESTAMP_MICROS',
        logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: arrow.unit === 'ms' ? 'MILLIS' : 'MICROS' },
      }
  }
}

/** A column as the writer takes it: raw numbers where there are no nulls, otherwise one value a row. */
function dataOf(column: AnswerColumn, answer: Answer): ArrayLike<unknown> {
  const arrow = arrowTypeOf(column.type)
  const { as } = arrow
  const { rows } = answer
  const { present } = column
  if (column.v.as === 'i32' && (as === 'dictionary' || as === 'utf8')) {
    return textsOf(column.v.values, present, answer)
  }
  if (as === 'list' || as === 'struct') {
    const nested = (column.v.values as readonly AnyValue[]).slice(0, rows)
    return nested.map((value, i) => (present?.[i] === 0 ? null : parquetValue(value, column.type)))
  }
  const { values, offsets } = slicesOf(column, answer, new SharedDictionary())(0, rows)
  if (as === 'utf8') {
    const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength)
    return Array.from({ length: rows }, (_, i) =>
      present?.[i] === 0 ? null : bytes.toString('utf8', offsets![i], offsets![i + 1]),
    )
  }
  if (as === 'bool') {
    const flags = column.v.values as Int32Array
    return Array.from({ length: rows }, (_, i) => (present?.[i] === 0 ? null : flags[i] === 1))
  }
  if (as === 'decimal128') {
    const lanes = values as BigInt64Array
    return Array.from({ length: rows }, (_, i) => (present?.[i] === 0 ? null : wideAt(lanes, i)))
  }
  if (present === null) return values
  return Array.from({ length: rows }, (_, i) => (present[i] === 0 ? null : values[i]))
}

/** Each text is made once. Under a null may stand a code that nobody gave out. */
function textsOf(codes: Int32Array, present: Uint8Array | null, { rows, strings }: Answer): (string | null)[] {
  const known = new Map<number, string>()
  return Array.from({ length: rows }, (_, i) => {
    if (present?.[i] === 0) return null
    let text = known.get(codes[i])
    if (text === undefined) known.set(codes[i], (text = strings.text(codes[i])))
    return text
  })
}

/** A value in a list or a map as the writer takes it. */
function parquetValue(value: AnyValue, type: ValueType): unknown {
  if (value === null) return null
  if (type.base === 'any' || (type.base === 'pull' && type.fields === null)) return showEdn(value)
  if (type.base === 'list') return (value as readonly AnyValue[]).map(each => parquetValue(each, type.of))
  if (type.base === 'pull') {
    const { values } = value as PullMap
    return Object.fromEntries(type.fields!.map((field, i) => [field.key, parquetValue(values[i], field.type)]))
  }
  if (value instanceof TypedText) return value.text
  if (value instanceof EntityRef) return BigInt(value.number)
  if (value instanceof Decimal) return value.unscaled
  if (value instanceof LocalDate) return value.days
  if (value instanceof Instant) return type.base === 'instant' && !type.micros ? value.micros / 1000n : value.micros
  if (value instanceof Keyword) return value.name
  return value
}
