import { type Raw, setWide, wideAt } from '../model/column.ts'
import { unwritten } from './unwritten.ts'

/** Which array holds the raw numbers (model/column.ts). */
export type Form = Raw['as']

const WIDTH = { i32: 4, f64: 8, i64: 8, i128: 16 }
const ORDER: readonly Form[] = ['i32', 'f64', 'i64', 'i128']

/** Bytes of one row. */
export const widthOf = (form: Form): number => WIDTH[form]

/** The form that holds the values of both. Codes and ordinals never meet numbers: `i32` stands first only to have a place. */
export const widest = (a: Form, b: Form): Form => (ORDER.indexOf(a) > ORDER.indexOf(b) ? a : b)

/** The form of numbers that holds this integer too. */
export function formFor(form: Form, value: bigint): Form {
  return widest(form, BigInt.asIntN(64, value) === value ? 'i64' : 'i128')
}

/** A view of part of a buffer. */
export function rawOver(form: Form, buffer: ArrayBuffer | SharedArrayBuffer, offset: number, rows: number): Raw {
  switch (form) {
    case 'i32':
      return { as: form, values: new Int32Array(buffer as ArrayBuffer, offset, rows) }
    case 'f64':
      return { as: form, values: new Float64Array(buffer as ArrayBuffer, offset, rows) }
    case 'i64':
      return { as: form, values: new BigInt64Array(buffer as ArrayBuffer, offset, rows) }
    case 'i128':
      return { as: form, values: new BigInt64Array(buffer as ArrayBuffer, offset, 2 * rows) }
  }
}

/** Rows of their own, all 0. A short array lies on the JavaScript heap, where it costs a fraction of what a buffer does. */
export function newRaw(form: Form, rows: number): Raw {
  switch (form) {
    case 'i32':
      return { as: form, values: new Int32Array(rows) }
    case 'f64':
      return { as: form, values: new Float64Array(rows) }
    case 'i64':
      return { as: form, values: new BigInt64Array(rows) }
    case 'i128':
      return { as: form, values: new BigInt64Array(2 * rows) }
  }
}

/** A view of the rows from `start` to before `end`. */
export function rowsBetween(raw: Raw, start: number, end: number): Raw {
  const { buffer, byteOffset } = raw.values
  return rawOver(raw.as, buffer as ArrayBuffer, byteOffset + start * widthOf(raw.as), end - start)
}

/** Rows that must be written before they are read. */
export function unwrittenRaw(form: Form, rows: number): Raw {
  const { buffer, offset } = unwritten(rows * widthOf(form))
  return rawOver(form, buffer, offset, rows)
}

/** The same for moments. */
export function unwrittenMoments(rows: number): Uint32Array {
  const { buffer, offset } = unwritten(4 * rows)
  return new Uint32Array(buffer, offset, rows)
}

export function clearRaw(raw: Raw, start: number, end: number): void {
  if (raw.as === 'i128') raw.values.fill(0n, 2 * start, 2 * end)
  else if (raw.as === 'i64') raw.values.fill(0n, start, end)
  else raw.values.fill(0, start, end)
}

/** Copies the first `rows` rows of one array to row `at` of another of the same or a wider form. */
export function copyRows(source: Raw, rows: number, target: Raw, at: number): void {
  if (source.as === 'i32' && target.as === 'i32') target.values.set(source.values.subarray(0, rows), at)
  else if (source.as === 'f64' && target.as === 'f64') target.values.set(source.values.subarray(0, rows), at)
  else if (source.as === 'i64' && target.as === 'i64') target.values.set(source.values.subarray(0, rows), at)
  else if (source.as === 'i128' && target.as === 'i128') target.values.set(source.values.subarray(0, 2 * rows), 2 * at)
  else for (let row = 0; row < rows; row++) copyRow(source, row, target, at + row)
}

/** Writes row `from` of one array to row `to` of another of the same or a wider form. */
export function copyRow(source: Raw, from: number, target: Raw, to: number): void {
  if (source.as === target.as && source.as !== 'i128') {
    target.values[to] = source.values[from]
    return
  }
  const value = source.as === 'i128' ? wideAt(source.values, from) : source.values[from]
  if (target.as === 'i128') setWide(target.values, to, BigInt(value))
  else if (target.as === 'i64') target.values[to] = BigInt(value)
  else target.values[to] = value as number
}

/** Writes rows `start` to `end` of one array to the places in another that `slots` names, counted from `at`; the last row first. */
type Scatter = (from: never, slots: Uint16Array, start: number, end: number, to: never, at: number) => void
/** Writes the rows that `order` names, in its order. */
type Gather = (from: never, order: Int32Array, to: never) => void

// One copy of each loop for each type of array: a loop that sees several runs at a third.
const SCATTER: Readonly<Record<'i32' | 'f64' | 'i64' | 'moments', Scatter>> = {
  i32(from: Int32Array, slots, start, end, to: Int32Array, at) {
    for (let row = end - 1; row >= start; row--) to[at + slots[row]] = from[row]
  },
  f64(from: Float64Array, slots, start, end, to: Float64Array, at) {
    for (let row = end - 1; row >= start; row--) to[at + slots[row]] = from[row]
  },
  i64(from: BigInt64Array, slots, start, end, to: BigInt64Array, at) {
    for (let row = end - 1; row >= start; row--) to[at + slots[row]] = from[row]
  },
  moments(from: Uint32Array, slots, start, end, to: Uint32Array, at) {
    for (let row = end - 1; row >= start; row--) to[at + slots[row]] = from[row]
  },
}
const GATHER: Readonly<Record<'i32' | 'f64' | 'i64' | 'moments', Gather>> = {
  i32(from: Int32Array, order, to: Int32Array) {
    for (let row = 0; row < order.length; row++) to[row] = from[order[row]]
  },
  f64(from: Float64Array, order, to: Float64Array) {
    for (let row = 0; row < order.length; row++) to[row] = from[order[row]]
  },
  i64(from: BigInt64Array, order, to: BigInt64Array) {
    for (let row = 0; row < order.length; row++) to[row] = from[order[row]]
  },
  moments(from: Uint32Array, order, to: Uint32Array) {
    for (let row = 0; row < order.length; row++) to[row] = from[order[row]]
  },
}

/*
 * The one place from which a loop is called. A call that always had the same target is inlined into its caller while that
 * is still compiled by the quick compiler, and the loop then runs at a third of its speed for thousands of calls. So both
 * see every target before anything else.
 */
function runScatter(
  loop: Scatter,
  from: unknown,
  slots: Uint16Array,
  start: number,
  end: number,
  to: unknown,
  at: number,
) {
  loop(from as never, slots, start, end, to as never, at)
}
function runGather(loop: Gather, from: unknown, order: Int32Array, to: unknown) {
  loop(from as never, order, to as never)
}
for (let i = 0; i < 200; i++)
  for (const [form, values] of [
    ['i32', new Int32Array(1)],
    ['f64', new Float64Array(1)],
    ['i64', new BigInt64Array(1)],
    ['moments', new Uint32Array(1)],
  ] as const) {
    runScatter(SCATTER[form], values, new Uint16Array(1), 0, 1, values, 0)
    runGather(GATHER[form], values, new Int32Array(1), values)
  }

/**
 * Writes rows `start` to `end` to the places that `slots` names, counted from `at`; the last row first, so that where a
 * slot comes twice its earliest row stays. That is what undoing is.
 */
export function scatterRows(
  source: Raw,
  slots: Uint16Array,
  start: number,
  end: number,
  target: Raw,
  at: number,
): void {
  if (source.as === target.as && source.as !== 'i128')
    runScatter(SCATTER[source.as], source.values, slots, start, end, target.values, at)
  else for (let row = end - 1; row >= start; row--) copyRow(source, row, target, at + slots[row])
}

/** The same for moments. */
export function scatterT(
  source: Uint32Array,
  slots: Uint16Array,
  start: number,
  end: number,
  target: Uint32Array,
  at: number,
): void {
  runScatter(SCATTER.moments, source, slots, start, end, target, at)
}

/** The rows that `order` names, in its order. */
export function gatherRows(source: Raw, order: Int32Array): Raw {
  const target = unwrittenRaw(source.as, order.length)
  if (source.as !== 'i128') runGather(GATHER[source.as], source.values, order, target.values)
  else for (let row = 0; row < order.length; row++) copyRow(source, order[row], target, row)
  return target
}

/** The same for moments. */
export function gatherT(source: Uint32Array, order: Int32Array): Uint32Array {
  const target = unwrittenMoments(order.length)
  runGather(GATHER.moments, source, order, target)
  return target
}
