import { FactError } from '../../base/error.ts'
import type { Column, Extract } from '../../client/client.ts'
import { type Answer, type AnswerColumn, type AnyValue, PullMap } from '../../model/answer.ts'
import { wideAt } from '../../model/column.ts'
import { Decimal } from '../../model/decimal.ts'
import {
  BOOLEAN,
  DATE,
  DOUBLE,
  decimalOf,
  INSTANT,
  JSON_TYPE,
  KEYWORD,
  LONG,
  type PullField,
  STRING,
  UUID,
  type ValueType,
} from '../../model/type.ts'
import { Instant, LocalDate } from '../../model/value.ts'

/** Texts without a dictionary whose type the plan tells. */
const TEXTS: ReadonlyMap<string, ValueType> = new Map([
  ['json', JSON_TYPE],
  ['keyword', KEYWORD],
])

/** A batch of Arrow as the client gives it. */
type Batch = Exclude<Awaited<ReturnType<ReturnType<Extract['shard']>['next']>>['value'], void>
type ArrowField = Batch['schema']['fields'][number]
type ArrowVector = NonNullable<ReturnType<Batch['getChildAt']>>

/** Texts of one answer, which are given codes as they come. */
class Texts {
  readonly #codes = new Map<string, number>()
  readonly #texts: string[] = []

  code(text: string): number {
    let code = this.#codes.get(text)
    if (code === undefined) this.#codes.set(text, (code = this.#texts.push(text) - 1))
    return code
  }

  text(code: number): string {
    return this.#texts[code]
  }
}

/**
 * What the batches of a shard hold, as one answer: exact, and of types that Arrow, Parquet and CSV write as they came. A text that came without
 * a dictionary (a uuid, JSON, EDN) is written without one.
 */
export async function batchesAnswer(
  batches: AsyncIterable<Batch>,
  columns: readonly Column[],
  { fields }: Extract['schema'],
): Promise<Answer> {
  const all: Batch[] = []
  for await (const batch of batches) all.push(batch)
  const rows = all.reduce((sum, batch) => sum + batch.numRows, 0)
  const strings = new Texts()
  const made = columns.map(({ name, find, nullable, type }, i): AnswerColumn => {
    const vectors = all.map(batch => batch.getChildAt(i)!)
    const shown = TEXTS.get(type) ?? typeOf(fields[i])
    const present = nullable ? new Uint8Array(rows).fill(1) : null
    if (present !== null) {
      let row = 0
      for (const vector of vectors) for (let j = 0; j < vector.length; j++) present[row++] = Number(vector.isValid(j))
    }
    return { name, find, nullable, type: shown, present, v: valuesOf(vectors, shown, rows, strings) }
  })
  return { shape: 'relation', columns: made, rows, strings: strings as never, keys: null }
}

function typeOf({ type }: Pick<ArrowField, 'type'>): ValueType {
  const shown = String(type)
  if (shown.startsWith('Dictionary')) return STRING
  if (shown === 'Int64') return LONG
  if (shown === 'Float64') return DOUBLE
  if (shown === 'Bool') return BOOLEAN
  if (shown.startsWith('Date32')) return DATE
  if (shown.startsWith('Decimal')) return decimalOf((type as { scale: number }).scale)
  if (shown.startsWith('Timestamp')) return shown.includes('MICRO') ? { base: 'instant', micros: true } : INSTANT
  if (shown.startsWith('List')) return { base: 'list', of: typeOf(type.children[0]) }
  if (shown.startsWith('Struct')) {
    const fields = type.children.map((field: ArrowField): PullField => ({ key: field.name, type: typeOf(field) }))
    return { base: 'pull', fields }
  }
  return UUID
}

function valuesOf(vectors: readonly ArrowVector[], type: ValueType, rows: number, strings: Texts): AnswerColumn['v'] {
  switch (type.base) {
    case 'string':
    case 'uuid':
    case 'json':
    case 'keyword':
    case 'boolean': {
      const values = new Int32Array(rows)
      let row = 0
      for (const vector of vectors)
        for (const value of vector) {
          values[row++] =
            value === null ? 0 : typeof value === 'boolean' ? Number(value) : strings.code(value as string)
        }
      return { as: 'i32', values }
    }
    case 'double':
      return { as: 'f64', values: joined(vectors, new Float64Array(rows)) }
    case 'date':
      return { as: 'i32', values: joined(vectors, new Int32Array(rows)) }
    case 'long':
    case 'instant':
      return { as: 'i64', values: joined(vectors, new BigInt64Array(rows)) }
    case 'decimal': {
      const quarters = joined(vectors, new Uint32Array(4 * rows))
      return { as: 'i128', values: new BigInt64Array(quarters.buffer) }
    }
    default: {
      const values: AnyValue[] = []
      for (const vector of vectors) for (const value of vector) values.push(cellOf(value, type))
      return { as: 'any', values }
    }
  }
}

type Numbers = Float64Array | Int32Array | Uint32Array | BigInt64Array

/** Numbers one after the other as Arrow has them, whose arrays may be longer than their rows. */
function joined<N extends Numbers>(vectors: readonly ArrowVector[], all: N): N {
  let at = 0
  for (const vector of vectors)
    for (const { values, length, stride } of vector.data) {
      all.set((values as N).subarray(0, length * stride) as never, at)
      at += length * stride
    }
  return all
}

/** One value inside of a list or a struct. */
function cellOf(value: unknown, type: ValueType): AnyValue {
  if (value === null || value === undefined) return null
  switch (type.base) {
    case 'list':
      return Array.from(value as Iterable<unknown>, each => cellOf(each, type.of))
    case 'pull': {
      const own = (value as { toJSON(): Record<string, unknown> }).toJSON()
      const fields = type.fields!
      return new PullMap(
        fields.map(({ key }) => key),
        fields.map(field => cellOf(own[field.key], field.type)),
      )
    }
    case 'decimal': {
      const { buffer, byteOffset } = (value as Uint32Array).slice()
      return new Decimal(wideAt(new BigInt64Array(buffer, byteOffset, 2), 0), type.digits)
    }
    case 'date':
      return new LocalDate(Math.round(Number(value) / 86_400_000))
    case 'instant': {
      // the reader gives milliseconds with a fraction, which is exact for 280 years around 1970
      const micros = Math.round(Number(value) * 1000)
      if (type.micros && !Number.isSafeInteger(micros))
        throw new FactError(
          'unsupported',
          'an instant(6) so far from 1970 inside of a list or pull comes whole only without --url',
        )
      return new Instant(type.micros ? BigInt(micros) : BigInt(value as number) * 1000n)
    }
    default:
      return value as AnyValue
  }
}
