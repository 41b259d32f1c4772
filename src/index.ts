/** The public entrance: what a program that embeds Heartwood may import. Everything else may change between any two versions. */

export { type Clock, ManualClock, machineClock } from './base/clock.ts'
export { type ErrorDetails, type ErrorKind, FactError, FactErrors } from './base/error.ts'
export type {
  Answered,
  AttributeInfo,
  Database,
  DeadLetter,
  DeadLetterFilter,
  DeadLetterPage,
  QueryRequest,
  SavedQueryInfo,
  Shard,
  SourceSpec,
  Stats,
} from './database/api.ts'
export {
  add,
  type DeclaredProcedure,
  decimal,
  divide,
  multiply,
  type ProcedureValue,
  procedure,
  round,
  subtract,
} from './database/authoring.ts'
export { type OpenOptions, openDatabase, type WritableDatabase } from './database/database.ts'
export { type FileSourceOptions, fileSource } from './ingest/file-source.ts'
export { type IngestOptions, ingest, type Progress } from './ingest/ingest.ts'
export type { Batch, Position, Source } from './ingest/source.ts'
export type { Answer, AnswerColumn } from './model/answer.ts'
export type { Raw } from './model/column.ts'
export { Decimal } from './model/decimal.ts'
export type { FactColumn, FactView, PointFact } from './model/fact-view.ts'
export type { Attribute, Kind, Schema } from './model/schema.ts'
export type { Origin, RawRecord, T } from './model/transaction.ts'
export type { ValueType } from './model/type.ts'
export { EntityRef, Instant, Keyword, LocalDate, type Value } from './model/value.ts'
