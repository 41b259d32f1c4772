import {
  Binary,
  Bool,
  type Data,
  type DataType,
  DateDay,
  Decimal,
  Dictionary,
  Field,
  Float64,
  Int32,
  Int64,
  List,
  makeData,
  RecordBatch,
  RecordBatchFileWriter,
  RecordBatchReader,
  RecordBatchStreamWriter,
  Schema,
  Struct,
  TimestampMicrosecond,
  TimestampMillisecond,
  Uint32,
  Utf8,
  Vector,
} from 'apache-arrow'
import { FactError } from './error.ts'

/** The Arrow types that columns of answers have. */
export type ArrowType =
  | { readonly as: 'dictionary' | 'utf8' | 'int64' | 'float64' | 'bool' | 'date32' }
  /** 38 figures, `scale` of them after the point. */
  | { readonly as: 'decimal128'; readonly scale: number }
  /** In UTC. */
  | { readonly as: 'timestamp'; readonly unit: 'ms' | 'us' }
  /** Of values that are never null, and no dictionary. */
  | { readonly as: 'list'; readonly of: ArrowType }
  /** Of fields that may be null, and are no dictionaries. */
  | { readonly as: 'struct'; readonly fields: readonly { readonly name: string; readonly type: ArrowType }[] }

/** Those of files of our own as well. */
export type FileType = ArrowType | { readonly as: 'binary' | 'int32' | 'uint32' }

export interface ArrowField {
  readonly name: string
  readonly type: FileType
  readonly nullable: boolean
}

/** Texts that the columns of many batches point into; written to a stream once. */
export type ArrowDictionary = Vector<Utf8>

/**
 * One column of one batch. Its arrays are sent as they are, so they must not change until then.
 *
 * `values`: int64, timestamp `BigInt64Array`; float64 `Float64Array`; uint32 `Uint32Array`; int32, date32 (days), dictionary
 * (rows of the dictionary) `Int32Array`; bool `Uint8Array` of bits, least first; decimal128 `BigInt64Array` of two lanes a
 * row, low half first; utf8 and binary `Uint8Array` with `offsets`, one more than rows; a list has `offsets` too, and its
 * values in `child`; a struct has no values but `fields`, each as long as itself.
 */
export interface ArrowColumn {
  readonly values: Int32Array | Uint32Array | Float64Array | BigInt64Array | Uint8Array
  readonly offsets?: Int32Array
  readonly dictionary?: ArrowDictionary
  readonly child?: ArrowColumn & { readonly length: number }
  readonly fields?: readonly ArrowColumn[]
  /** A bit for each row, least first, 1 where there is a value; null where there is one in every row. */
  readonly validity: { readonly bits: Uint8Array; readonly nulls: number } | null
}

const utf8Type = new Utf8()
const LONGEST = 2 ** 31 - 1

function typeOf(type: FileType, id: number): DataType {
  switch (type.as) {
    case 'dictionary':
      return new Dictionary(utf8Type, new Int32(), id)
    case 'utf8':
      return utf8Type
    case 'binary':
      return new Binary()
    case 'int32':
      return new Int32()
    case 'uint32':
      return new Uint32()
    case 'int64':
      return new Int64()
    case 'float64':
      return new Float64()
    case 'bool':
      return new Bool()
    case 'date32':
      return new DateDay()
    case 'decimal128':
      return new Decimal(type.scale, 38, 128)
    case 'list':
      return new List(new Field('item', typeOf(type.of, id), false))
    case 'struct':
      return new Struct(type.fields.map(field => new Field(field.name, typeOf(field.type, id), true)))
    case 'timestamp':
      return type.unit === 'ms' ? new TimestampMillisecond('UTC') : new TimestampMicrosecond('UTC')
  }
}

/** Texts one after the other as Arrow's utf8 has them: the builders of apache-arrow take a second for a million. */
export function utf8Values(texts: readonly string[]): { readonly offsets: Int32Array; readonly values: Uint8Array } {
  const offsets = new Int32Array(texts.length + 1)
  let length = 0
  for (let i = 0; i < texts.length; i++) {
    length += Buffer.byteLength(texts[i])
    if (length > LONGEST) throw new FactError('memory', 'the texts of one Arrow column need more than 2 GB')
    offsets[i + 1] = length
  }
  const values = Buffer.allocUnsafe(length)
  for (let i = 0; i < texts.length; i++) values.write(texts[i], offsets[i])
  return { offsets, values }
}

/** A dictionary of these texts, to be shared between all batches of a stream. */
export function arrowDictionary(texts: readonly string[]): ArrowDictionary {
  const { offsets, values } = utf8Values(texts)
  return new Vector([
    makeData({ type: utf8Type, length: texts.length, nullCount: 0, valueOffsets: offsets, data: values }),
  ])
}

/** Keeps the bytes of messages instead of queueing them without bound, as apache-arrow's own sinks do. */
class Collected {
  #chunks: Uint8Array[] = []
  /** Bytes since the beginning, which the footer of a file counts from. */
  length = 0

  add({ buffer, byteOffset, byteLength }: ArrayBufferView): void {
    if (byteLength > 0) this.#chunks.push(new Uint8Array(buffer, byteOffset, byteLength))
    this.length += byteLength
  }

  /** What was added since the last call. Arrays of columns are among it, not copied. */
  take(): Uint8Array[] {
    const chunks = this.#chunks
    this.#chunks = []
    return chunks
  }
}

class StreamMessages extends RecordBatchStreamWriter {
  readonly collected = new Collected()

  protected override _write(chunk: ArrayBufferView) {
    this.collected.add(chunk)
    return this
  }
}

class FileMessages extends RecordBatchFileWriter {
  readonly collected = new Collected()

  protected override _write(chunk: ArrayBufferView) {
    this.collected.add(chunk)
    this._position = this.collected.length
    return this
  }
}

/**
 * Writes one stream or file of Arrow's IPC format, message by message: `schema`, then `batch` as often as wished, then `end`.
 * Each gives the bytes to send, in order; whoever sends them decides when to ask for more.
 */
export class ArrowStream {
  readonly #schema: Schema
  readonly #fields: readonly ArrowField[]
  readonly #messages: StreamMessages | FileMessages
  /** As last written: apache-arrow writes a dictionary again only where it is another one. */
  readonly #dictionaries: (ArrowDictionary | undefined)[]

  /** A stream is read from its beginning, a file from its end, which lists its batches. */
  constructor(
    fields: readonly ArrowField[],
    metadata: ReadonlyMap<string, string>,
    layout: 'stream' | 'file' = 'stream',
  ) {
    this.#fields = fields
    this.#messages = layout === 'stream' ? new StreamMessages() : new FileMessages()
    this.#dictionaries = new Array(fields.length)
    this.#schema = new Schema(
      fields.map((field, i) => new Field(field.name, typeOf(field.type, i), field.nullable)),
      new Map(metadata),
    )
  }

  /** The encapsulated message of the schema; of a file, which has it at the end, the magic. */
  schema(): Uint8Array[] {
    this.#messages.reset(undefined, this.#schema)
    return this.#messages.collected.take()
  }

  /** A record batch, after those dictionaries that no batch had before it. */
  batch(rows: number, columns: readonly ArrowColumn[]): Uint8Array[] {
    return this.#write(rows, columns, new Map())
  }

  /** An empty batch that carries metadata, and the marker of the end. */
  end(metadata: ReadonlyMap<string, string>): Uint8Array[] {
    const columns = this.#fields.map(({ type }, i): ArrowColumn => {
      const none = emptyColumn(type)
      return type.as === 'dictionary' ? { ...none, dictionary: this.#dictionaries[i] ?? arrowDictionary([]) } : none
    })
    const last = this.#write(0, columns, metadata)
    this.#messages.finish()
    return [...last, ...this.#messages.collected.take()]
  }

  /** The end of a file, without an empty batch. */
  finish(): Uint8Array[] {
    this.#messages.finish()
    return this.#messages.collected.take()
  }

  #write(rows: number, columns: readonly ArrowColumn[], metadata: ReadonlyMap<string, string>): Uint8Array[] {
    const children = columns.map((column, i) => {
      this.#dictionaries[i] = column.dictionary
      return dataOf(this.#schema.fields[i].type, rows, column)
    })
    const data = makeData({ type: new Struct(this.#schema.fields), length: rows, nullCount: 0, children })
    this.#messages.write(new RecordBatch(this.#schema, data, new Map(metadata)))
    return this.#messages.collected.take()
  }
}

function emptyColumn(type: FileType): ArrowColumn {
  const none = { validity: null, values: emptyValues(type) }
  if (type.as === 'utf8' || type.as === 'binary') return { ...none, offsets: new Int32Array(1) }
  if (type.as === 'list') return { ...none, offsets: new Int32Array(1), child: { ...emptyColumn(type.of), length: 0 } }
  return type.as === 'struct' ? { ...none, fields: type.fields.map(field => emptyColumn(field.type)) } : none
}

function emptyValues(type: FileType): ArrowColumn['values'] {
  switch (type.as) {
    case 'int64':
    case 'timestamp':
    case 'decimal128':
      return new BigInt64Array(0)
    case 'float64':
      return new Float64Array(0)
    case 'bool':
    case 'utf8':
    case 'binary':
    case 'struct':
      return new Uint8Array(0)
    case 'uint32':
      return new Uint32Array(0)
    default:
      return new Int32Array(0)
  }
}

function dataOf(type: DataType, length: number, column: ArrowColumn): Data {
  const { values, offsets, dictionary, validity, child, fields } = column
  const nulls = validity === null ? { nullCount: 0 } : { nullCount: validity.nulls, nullBitmap: validity.bits }
  if (type instanceof List && child !== undefined) {
    const inner = dataOf(type.children[0].type, child.length, child)
    return makeData({ type, length, ...nulls, valueOffsets: offsets, child: inner } as never)
  }
  if (type instanceof Struct && fields !== undefined) {
    const children = fields.map((field, i) => dataOf(type.children[i].type, length, field))
    return makeData({ type, length, ...nulls, children } as never)
  }
  const data =
    type instanceof Decimal ? new Uint32Array(values.buffer, values.byteOffset, values.byteLength / 4) : values
  const more = offsets === undefined ? (dictionary === undefined ? {} : { dictionary }) : { valueOffsets: offsets }
  return makeData({ type, length, data, ...nulls, ...more } as never)
}

/** The schema alone as one encapsulated message, as clients of a plan want it. */
export function arrowSchema(fields: readonly ArrowField[], metadata: ReadonlyMap<string, string>): Uint8Array {
  return Buffer.concat(new ArrowStream(fields, metadata).schema())
}

/** One batch of a file: how many rows it has, and each column by name, as views on the bytes of the file. */
export interface ArrowBatch {
  readonly rows: number
  readonly columns: ReadonlyMap<string, ArrowColumn>
}

/** The batches of an Arrow file, and the metadata of its schema. Nothing is copied: the bytes must begin at a multiple of 8 in their buffer. */
export function readArrowFile(bytes: Uint8Array): {
  readonly metadata: ReadonlyMap<string, string>
  readonly batches: readonly ArrowBatch[]
} {
  const reader = RecordBatchReader.from(bytes).open()
  const { metadata } = reader.schema
  const batches: ArrowBatch[] = []
  for (const { data, numRows, schema } of reader) {
    const columns = data.children.map(({ values, valueOffsets, nullBitmap, nullCount, type }, i) => {
      // buffers are padded to whole words
      const exact =
        type instanceof Decimal
          ? new BigInt64Array(values.buffer, values.byteOffset, 2 * numRows)
          : valueOffsets || type instanceof Bool
            ? values
            : values.subarray(0, numRows)
      return [
        schema.fields[i].name,
        {
          values: exact,
          ...(valueOffsets ? { offsets: valueOffsets.subarray(0, numRows + 1) } : {}),
          validity: nullCount === 0 ? null : { bits: nullBitmap, nulls: nullCount },
        },
      ] as const
    })
    batches.push({ rows: numRows, columns: new Map(columns as [string, ArrowColumn][]) })
  }
  return { metadata, batches }
}
