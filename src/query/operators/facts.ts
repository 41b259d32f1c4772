import { firstForm } from '../../model/column.ts'
import { KIND_SIZE } from '../../model/entity-id.ts'
import type { FactColumn } from '../../model/fact-view.ts'
import { presenceOf, visible } from '../../model/fact-view.ts'
import { BOOLEAN, refTo } from '../../model/type.ts'
import { askedFor, type Condition, passesRow, rawTest, selectRows } from '../columns/condition.ts'
import { ordinalsOf } from '../columns/entity.ts'
import { equalRows } from '../columns/filter.ts'
import { firstRows } from '../columns/first-rows.ts'
import { knownRun, noteRun, runAround } from '../columns/ordinal-run.ts'
import { BLOCK, firstOf, type Relation, RowList, type Run, takeRows, withColumn } from '../columns/relation.ts'
import { take, type Vector, vectorOf } from '../columns/vector.ts'
import type { ShardOf } from './options.ts'

/** A data pattern with everything known but its variables. A part that is null asks nothing. */
export interface FactPattern {
  /** No two of its variables are the same. */
  readonly column: FactColumn
  readonly entity: { readonly variable: string } | { readonly ordinal: number } | null
  /** Conditions on the value, also those of predicates beside the pattern. */
  readonly conditions: readonly Condition[]
  readonly value: string | null
  readonly tx: { readonly variable: string } | { readonly t: number } | null
  /** Whether the fact was stated, or ended (in a history only). */
  readonly op: { readonly variable: string } | { readonly stated: boolean } | null
  /** Only entities of one shard. */
  readonly shard: Cut | null
}

/** Which entities of all. */
export type Cut = Pick<ShardOf, 'index' | 'of' | 'window'>

const TX = refTo('tx')

/** All rows of a pattern as a relation of its own: entity, value and tx, ascending by entity. */
export function scan(asked: FactPattern, run: Run): Relation {
  const found = sought(asked, run)
  const pattern = found === null ? asked : { ...asked, column: found }
  const { column, entity } = pattern
  const values = vectorOf(column.v, column.attribute.type, column.length)
  // what was found by its entity is all there is of it
  let rows = found === null && entity !== null && 'ordinal' in entity ? rowsOfOrdinal(column, entity.ordinal) : null
  // what was found as a run is of the shard already
  if (pattern.shard !== null && column.run === undefined) rows = shardRows(column, rows, pattern.shard, run)
  // rows that are no facts hold numbers that mean nothing, which only tests of numbers may see
  const tests = pattern.conditions.map(condition => rawTest(condition, values, run))
  const early = tests.every(test => test.test !== 'row')
  if (!early) rows = visibleRows(column, rows, run)
  for (const test of tests) {
    run.stop()
    rows = selectRows(test, values, column.length, rows, run)
  }
  if (early) rows = visibleRows(column, rows, run)
  if (pattern.tx !== null && 't' in pattern.tx) {
    const { t } = pattern.tx
    const { from } = column
    rows = rowsWhere(rows ?? ascending(column.length), row => from[row] === t, run)
  }
  if (pattern.op !== null && 'stated' in pattern.op) rows = rowsStated(column, rows, pattern.op.stated, run)
  const count = rows === null ? column.length : rows.length
  const columns = new Map<string, Vector>()
  if (entity !== null && 'variable' in entity) columns.set(entity.variable, entityVector(column, rows, run))
  if (pattern.value !== null) columns.set(pattern.value, rows === null ? values : valuesAt(values, rows, run))
  if (pattern.tx !== null && 'variable' in pattern.tx) {
    columns.set(pattern.tx.variable, txVector(column, rows ?? ascending(column.length)))
  }
  if (pattern.op !== null && 'variable' in pattern.op) {
    columns.set(pattern.op.variable, opVector(column, rows ?? ascending(column.length)))
  }
  return { rows: count, columns, key: keyOf(pattern) }
}

/** Just the facts of the constant entity, those with the constant value, or of the window of a shard, where they are found without looking through all. */
function sought({ column, entity, conditions, shard }: FactPattern, run: Run): FactColumn | null {
  const { seek } = column
  if (seek === undefined) return null
  if (entity !== null && 'ordinal' in entity) return seek.of(Int32Array.of(entity.ordinal))
  const value = askedFor(conditions, column.attribute.type, run)
  const holding = value === undefined ? null : seek.holding(Float64Array.of(value))
  return holding ?? (entity === null ? null : withinWindow(column, shard, run))
}

/** The rows of a column that a window of a shard may have, where nothing else of it must be read for them. */
function withinWindow({ attribute, seek }: FactColumn, shard: Cut | null, run: Run): FactColumn | null {
  if (shard?.window === undefined) return null
  const { of, window } = shard
  const first = window.low + ((((residue(attribute.kind.number, shard) - window.low) % of) + of) % of)
  return seek?.every?.(first, of, Math.max(0, Math.ceil((window.high - first) / of)), run.pieces) ?? null
}

/** All facts of a column, or at least those of these entities. */
function ofEntities(column: FactColumn, ordinals: Int32Array, rows: number, run: Run): FactColumn {
  const { seek } = column
  if (run.partial && seek?.every !== undefined && rows > 0) {
    const around = runAround(ordinals, rows, run)
    const within = around && seek.every(around.first, around.step, around.rows, run.pieces)
    if (within) return within
  }
  return seek?.of(ordinals.subarray(0, rows)) ?? column
}

/** The facts whose value some rows have in a variable, where they are found without looking through all; otherwise null. */
export function holdingValuesOf(column: FactColumn, vector: Vector, rows: number, run: Run): FactColumn | null {
  const { seek, attribute } = column
  const { type } = attribute
  if (seek === undefined) return null
  if (type.base === 'ref')
    return type.kind === null
      ? null
      : seek.holding(ordinalsOf(vector, rows, run.schema.kind(type.kind), run).subarray(0, rows))
  // raw numbers of one type are the same value, but for those whose unit is part of the type
  const alike = vector.type.base === type.base && (type.base === 'long' || firstForm(type) === 'i32')
  return alike && (vector.as === 'i32' || vector.as === 'f64') ? seek.holding(vector.values.subarray(0, rows)) : null
}

const NO_VARIABLES: ReadonlySet<string> = new Set()

/** What tells the facts of a pattern apart, once its constants are taken out; null where some of it is not shown. */
function keyOf({ column, entity, conditions, value, tx, op }: FactPattern): ReadonlySet<string> | null {
  if (entity !== null && 'ordinal' in entity && !column.attribute.many && column.op === undefined) return NO_VARIABLES
  const key = new Set<string>()
  const show = (part: object | null): boolean => {
    if (part === null) return false
    if ('variable' in part) key.add(part.variable as string)
    return true
  }
  if (!show(entity)) return null
  if (column.attribute.many) {
    if (value !== null) key.add(value)
    else if (!conditions.some(condition => condition.comparison === '=')) return null
  }
  if (column.op !== undefined && !(show(tx) && show(op))) return null
  return key
}

function takeI(values: Int32Array, rows: Int32Array, run: Run): Int32Array {
  const out = new Int32Array(rows.length)
  for (let start = 0; start < rows.length; start += BLOCK) {
    run.stop()
    const end = Math.min(rows.length, start + BLOCK)
    for (let i = start; i < end; i++) out[i] = values[rows[i]]
  }
  return out
}

/** Those of some numbers that pass, in their order. */
function rowsWhere(rows: Int32Array, passes: (row: number) => boolean, run: Run): Int32Array {
  const out = new Int32Array(rows.length)
  let count = 0
  for (let start = 0; start < rows.length; start += BLOCK) {
    run.stop()
    const end = Math.min(rows.length, start + BLOCK)
    for (let i = start; i < end; i++) if (passes(rows[i])) out[count++] = rows[i]
  }
  return firstOf(out, count)
}

function entityVector(column: FactColumn, rows: Int32Array | null, run: Run): Vector {
  const type = refTo(column.attribute.kind.name)
  if (column.e === null) return { type, as: 'i32', values: rows ?? ascending(column.length) }
  const { e, length, run: known } = column
  const all: Vector = { type, as: 'i32', values: e.length === length ? e : e.subarray(0, length) }
  if (known !== undefined) noteRun(all.values, known.first, known.step)
  return rows === null ? all : valuesAt(all, rows, run)
}

function txVector(column: FactColumn, rows: Int32Array): Vector {
  const { from } = column
  const since = new Int32Array(rows.length)
  for (let i = 0; i < rows.length; i++) since[i] = from[rows[i]]
  return { type: TX, as: 'i32', values: since }
}

function opVector(column: FactColumn, rows: Int32Array): Vector {
  const stated = new Int32Array(rows.length)
  if (column.op === undefined) stated.fill(1)
  else for (let i = 0; i < rows.length; i++) stated[i] = column.op[rows[i]]
  return { type: BOOLEAN, as: 'i32', values: stated }
}

/** Rows that state a fact, or end one. */
function rowsStated(column: FactColumn, rows: Int32Array | null, stated: boolean, run: Run): Int32Array | null {
  const { op } = column
  if (op === undefined) return stated ? rows : new Int32Array(0)
  return rowsWhere(rows ?? ascending(column.length), row => (op[row] === 1) === stated, run)
}

let counting = new Int32Array(0)

/** 0, 1, 2 …; shared, never written to. */
export function ascending(length: number): Int32Array {
  if (counting.length < length) {
    counting = new Int32Array(Math.max(length, counting.length * 2))
    for (let i = 0; i < counting.length; i++) counting[i] = i
  }
  return counting.subarray(0, length)
}

/** Where a run of numbers begins that is part of what `ascending` gave, so that one follows the other; -1 of other numbers. */
const runFrom = (numbers: Int32Array): number =>
  // a short array has no buffer until it is asked for one
  numbers.length > SHORT && numbers.buffer === counting.buffer ? numbers.byteOffset / 4 : -1

const SHORT = 64

/** The values at some rows of a column; of a run of rows, as they stand there: a part of an extract copies nothing. */
function valuesAt(values: Vector, rows: Int32Array, run: Run): Vector {
  const start = runFrom(rows)
  if (start < 0 || values.as === 'any') return take(values, rows, run)
  return rows.length === values.values.length
    ? values
    : ({ ...values, values: values.values.subarray(start, start + rows.length) } as Vector)
}

/** Rows that are facts at the view's moment; null where all are. */
function visibleRows(column: FactColumn, rows: Int32Array | null, run: Run): Int32Array | null {
  const { t, length } = column
  if (column.count === length) return rows
  const from = presenceOf(column)
  const n = rows === null ? length : rows.length
  const out = new Int32Array(n)
  let count = 0
  for (let start = 0; start < n; start += BLOCK) {
    run.stop()
    const end = Math.min(n, start + BLOCK)
    for (let i = start; i < end; i++) {
      const row = rows === null ? i : rows[i]
      if ((from[row] - 1) >>> 0 < t) out[count++] = row
    }
  }
  return count === length ? null : firstOf(out, count)
}

function shardRows(column: FactColumn, rows: Int32Array | null, shard: Cut, run: Run): Int32Array | null {
  const first = residue(column.attribute.kind.number, shard)
  const { low, high } = shard.window ?? { low: 0, high: Number.POSITIVE_INFINITY }
  if (rows !== null)
    return rowsWhere(
      rows,
      row => {
        const ordinal = column.e === null ? row : column.e[row]
        return ordinal % shard.of === first && ordinal >= low && ordinal < high
      },
      run,
    )
  const at = (ordinal: number): number =>
    column.e === null ? Math.min(ordinal, column.length) : lowerBound(column.e, column.length, ordinal)
  const [start, end] = [low === 0 ? 0 : at(low), high === Number.POSITIVE_INFINITY ? column.length : at(high)]
  if (shard.of === 1) return start === 0 && end === column.length ? null : ascending(end).subarray(start, end)
  if (column.e !== null)
    return rowsWhere(ascending(end).subarray(start, end), row => column.e![row] % shard.of === first, run)
  const next = start + ((((first - start) % shard.of) + shard.of) % shard.of)
  const out = new Int32Array(Math.max(0, Math.ceil((end - next) / shard.of)))
  for (let i = 0, row = next; i < out.length; i++, row += shard.of) out[i] = row
  return out
}

/** Ordinals of this kind in a shard leave this rest. */
export const residue = (kind: number, shard: { readonly index: number; readonly of: number }): number => {
  const base = ((kind % shard.of) * (KIND_SIZE % shard.of)) % shard.of
  return (((shard.index - base) % shard.of) + shard.of) % shard.of
}

function rowsOfOrdinal(column: FactColumn, ordinal: number): Int32Array {
  if (column.e === null) return ordinal >= 0 && ordinal < column.length ? Int32Array.of(ordinal) : new Int32Array(0)
  const first = lowerBound(column.e, column.length, ordinal)
  let end = first
  while (end < column.length && column.e[end] === ordinal) end++
  const rows = new Int32Array(end - first)
  for (let i = 0; i < rows.length; i++) rows[i] = first + i
  return rows
}

/** The first row whose entity is at or above `ordinal`. */
function lowerBound(e: Int32Array, length: number, ordinal: number): number {
  let low = 0
  let high = length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (e[middle] < ordinal) low = middle + 1
    else high = middle
  }
  return low
}

/**
 * Extends each row of a relation in which the pattern's entity is bound by the facts of that entity: by position, without hashing.
 * Rows keep their order.
 */
export function probe(relation: Relation, pattern: FactPattern, entityVariable: string, run: Run): Relation {
  const { kind } = pattern.column.attribute
  const ordinals = ordinalsOf(relation.columns.get(entityVariable) as Vector, relation.rows, kind, run)
  const column = ofEntities(pattern.column, ordinals, relation.rows, run)
  const values = vectorOf(column.v, column.attribute.type, column.length)
  const once = !(column.attribute.many || column.op !== undefined)
  // rows of the relation, and the rows of facts that they meet
  let { left, right } = pairsOf(column, ordinals, relation.rows, run)
  const keep = (rows: Int32Array, all: Int32Array) => {
    if (rows.length === all.length) return
    left = left === null ? rows : takeI(left, rows, run)
    right = takeI(right, rows, run)
  }
  for (const condition of pattern.conditions) {
    run.stop()
    const test = rawTest(condition, values, run)
    if (test.test === 'row') {
      const passes = passesRow(test, values)
      const rows = rowsWhere(ascending(right.length), i => passes(right[i]), run)
      keep(rows, right)
    } else {
      const gathered = valuesAt(values, right, run)
      keep(selectRows(test, gathered, right.length, null, run), right)
    }
  }
  if (pattern.tx !== null && 't' in pattern.tx) {
    const { t } = pattern.tx
    const { from } = column
    keep(
      rowsWhere(ascending(right.length), i => from[right[i]] === t, run),
      right,
    )
  }
  if (pattern.op !== null && 'stated' in pattern.op) {
    const { op } = column
    const { stated } = pattern.op
    keep(
      rowsWhere(ascending(right.length), i => (op === undefined || op[right[i]] === 1) === stated, run),
      right,
    )
  }
  let next = left === null ? relation : takeRows(relation, left, run)
  const bound: [string, Vector][] = []
  if (pattern.value !== null) bound.push([pattern.value, valuesAt(values, right, run)])
  if (pattern.tx !== null && 'variable' in pattern.tx) bound.push([pattern.tx.variable, txVector(column, right)])
  if (pattern.op !== null && 'variable' in pattern.op) bound.push([pattern.op.variable, opVector(column, right)])
  if (!once) {
    const met = keyOf(pattern)
    next = { ...next, key: met === null || next.key === null ? null : new Set([...next.key, ...met]) }
  }
  for (const [i, [name, vector]] of bound.entries()) {
    const before = next.columns.get(name)
    if (before === undefined) {
      next = withColumn(next, name, vector)
      continue
    }
    const same = equalRows(before, vector, next.rows, run)
    if (same.length === next.rows) continue
    next = takeRows(next, same, run)
    for (let j = i + 1; j < bound.length; j++) bound[j][1] = take(bound[j][1], same, run)
  }
  return next
}

interface Pairs {
  /** null: every row of the relation, once. */
  readonly left: Int32Array | null
  readonly right: Int32Array
}

function pairsOf(column: FactColumn, ordinals: Int32Array, rows: number, run: Run): Pairs {
  if (column.run !== undefined) return probeRun(column, column.run, ordinals, rows, run)
  return column.e === null
    ? probeDense(column, ordinals, rows, run)
    : probeSparse(column, column.e, ordinals, rows, run)
}

/** Entities whose rows can be told from their numbers. */
function probeRun(
  column: FactColumn,
  { first, step }: NonNullable<FactColumn['run']>,
  ordinals: Int32Array,
  rows: number,
  run: Run,
): Pairs {
  const { t, length } = column
  const known = knownRun(ordinals)
  const whole = column.count === length
  if (whole && known !== undefined && known.first === first && known.step === step && rows <= length)
    return { left: null, right: ascending(rows) }
  const presence = whole ? null : presenceOf(column)
  const left = new Int32Array(rows)
  const right = new Int32Array(rows)
  let count = 0
  for (let i = 0; i < rows; i++) {
    if (i % BLOCK === 0) run.stop()
    const row = (ordinals[i] - first) / step
    if (row < 0 || row >= length || row % 1 !== 0 || (presence !== null && !visible(presence[row], t))) continue
    left[count] = i
    right[count++] = row
  }
  return { left: count === rows ? null : firstOf(left, count), right: firstOf(right, count) }
}

function probeDense(column: FactColumn, ordinals: Int32Array, rows: number, run: Run): Pairs {
  const { t, length } = column
  if (column.count === length && rows > 0) {
    // all rows are facts, and every entity has its own: nothing to look for, and aligned columns need not even be looked at
    const start = runFrom(ordinals)
    if (start >= 0 && start + rows <= length) return { left: null, right: ordinals.subarray(0, rows) }
    if (within(ordinals, rows, length, run)) return { left: null, right: firstOf(ordinals, rows) }
  }
  const from = presenceOf(column)
  const left = new Int32Array(rows)
  const right = new Int32Array(rows)
  let count = 0
  for (let start = 0; start < rows; start += BLOCK) {
    run.stop()
    count = denseRows(ordinals, from, t, length, start, Math.min(rows, start + BLOCK), left, right, count)
  }
  return { left: count === rows ? null : firstOf(left, count), right: firstOf(right, count) }
}

function denseRows(
  ordinals: Int32Array,
  from: Uint32Array,
  t: number,
  length: number,
  start: number,
  end: number,
  left: Int32Array,
  right: Int32Array,
  known: number,
): number {
  let count = known
  for (let i = start; i < end; i++) {
    const o = ordinals[i]
    if (o >= 0 && o < length && (from[o] - 1) >>> 0 < t) {
      left[count] = i
      right[count++] = o
    }
  }
  return count
}

/** Whether all ordinals are rows of a column of this length. */
function within(ordinals: Int32Array, rows: number, length: number, run: Run): boolean {
  for (let start = 0; start < rows; start += BLOCK) {
    run.stop()
    const end = Math.min(rows, start + BLOCK)
    let beyond = 0
    // a negative number is beyond too, once its sign is a bit as others are
    for (let i = start; i < end; i++) beyond |= (length - 1 - ordinals[i]) | ordinals[i]
    if (beyond < 0) return false
  }
  return true
}

function probeSparse(column: FactColumn, e: Int32Array, ordinals: Int32Array, rows: number, run: Run): Pairs {
  const left = new RowList(rows, run)
  const right = new RowList(rows, run)
  const { t, length } = column
  // a list of few facts may have entities far apart
  const dense = rows * 16 > column.length && e[length - 1] < SPARSEST * length
  const first = dense ? firstRows(column, e) : null
  const from = column.count === length ? null : presenceOf(column)
  for (let i = 0; i < rows; i++) {
    if (i % BLOCK === 0) run.stop()
    const o = ordinals[i]
    if (o < 0) continue
    let row = first === null ? lowerBound(e, length, o) : o < first.length ? first[o] : length
    for (; row < length && e[row] === o; row++) {
      if (from !== null && !visible(from[row], t)) continue
      left.room(1)[left.length++] = i
      right.room(1)[right.length++] = row
    }
  }
  return { left: left.rows(), right: right.rows() }
}

/** A table of the first row of each ordinal has at most so many entries for each fact. */
const SPARSEST = 64

/** The row of a fact of each of these ordinals, -1 where there is none. */
export function anyFacts(column: FactColumn, ordinals: Int32Array, rows: number, run: Run): Int32Array {
  const out = new Int32Array(rows).fill(-1)
  const { left, right } = pairsOf(column, ordinals, rows, run)
  for (let i = 0; i < right.length; i++) out[left === null ? i : left[i]] = right[i]
  return out
}

/** The different values of a reference. */
export function visibleValues(column: FactColumn, run: Run): Set<number> {
  const values = vectorOf(column.v, column.attribute.type, column.length)
  const rows = visibleRows(column, null, run)
  return new Set((rows === null ? values : take(values, rows)).values as Int32Array)
}
