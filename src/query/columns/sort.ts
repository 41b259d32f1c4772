import type { Pace } from './pace.ts'

/** Numbers in the order of a column's values. */
export type Keys = Int32Array | Float64Array | BigInt64Array

const PART = 4096
/** Up to here the machine's own sort is quick enough not to be asked whether to stop. */
const SMALL = 1 << 14

/** Sorts row numbers by their keys in place; rows with equal keys keep their order. Looks at `pace` once in 4,096 rows. */
export function sortByKeys(keys: Keys, order: Int32Array, pace: Pace): void {
  if (order.length <= 24) return insertionSort(keys, order)
  if (keys instanceof BigInt64Array) return compared(keys, order, pace)
  const range = wholeRange(keys, order, pace)
  if (range !== undefined && range.width <= 4 * order.length + 1024) return countingSort(keys, order, range, pace)
  if (order.length <= SMALL && range !== undefined && packedSort(keys, order, range)) return
  if (order.length <= PART) return compared(keys, order, pace)
  radixSort(keys, order, pace)
}

/** Least key and width of the keys of some rows; undefined where one is no whole number. */
export function wholeRange(
  keys: Int32Array | Float64Array,
  order: Int32Array,
  pace: Pace,
): { readonly low: number; readonly width: number } | undefined {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (let start = 0; start < order.length; start += PART) {
    pace.stop()
    const end = Math.min(order.length, start + PART)
    for (let i = start; i < end; i++) {
      const key = keys[order[i]]
      if (key < low) low = key
      if (key > high) high = key
      if (key % 1 !== 0) return undefined
    }
  }
  return Number.isFinite(low) && Number.isFinite(high) ? { low, width: high - low + 1 } : undefined
}

/** One pass to count, one to place: 20,000 rows in 0.05 ms, where a comparison takes 8. */
export function countingSort(
  keys: Int32Array | Float64Array,
  order: Int32Array,
  { low, width }: { readonly low: number; readonly width: number },
  pace: Pace,
): void {
  pace.reserve(4 * (width + order.length))
  const at = new Int32Array(width + 1)
  const sorted = new Int32Array(order.length)
  for (let start = 0; start < order.length; start += PART) {
    pace.stop()
    countPart(keys, order, low, at, start, Math.min(order.length, start + PART))
  }
  for (let i = 1; i <= width; i++) at[i] += at[i - 1]
  for (let start = 0; start < order.length; start += PART) {
    pace.stop()
    placePart(keys, order, low, at, sorted, start, Math.min(order.length, start + PART))
  }
  order.set(sorted)
}

function countPart(
  keys: Int32Array | Float64Array,
  order: Int32Array,
  low: number,
  at: Int32Array,
  start: number,
  end: number,
): void {
  for (let i = start; i < end; i++) at[keys[order[i]] - low + 1]++
}

function placePart(
  keys: Int32Array | Float64Array,
  order: Int32Array,
  low: number,
  at: Int32Array,
  sorted: Int32Array,
  start: number,
  end: number,
): void {
  for (let i = start; i < end; i++) sorted[at[keys[order[i]] - low]++] = order[i]
}

function insertionSort(keys: Keys, order: Int32Array): void {
  for (let i = 1; i < order.length; i++) {
    const row = order[i]
    const key = keys[row]
    let j = i - 1
    while (j >= 0 && keys[order[j]] > key) {
      order[j + 1] = order[j]
      j--
    }
    order[j + 1] = row
  }
}

function compared(keys: Keys, order: Int32Array, pace: Pace): void {
  let looked = 0
  const place = new Map<number, number>()
  for (const [i, row] of order.entries()) place.set(row, i)
  order.sort((a, b) => {
    if (++looked % PART === 0) pace.stop()
    return keys[a] < keys[b] ? -1 : keys[a] > keys[b] ? 1 : (place.get(a) as number) - (place.get(b) as number)
  })
}

/** Key and place as one double, sorted natively, where both fit its 53 bits. */
function packedSort(
  keys: Int32Array | Float64Array,
  order: Int32Array,
  { low, width }: { readonly low: number; readonly width: number },
): boolean {
  const unit = order.length
  if (width * unit > Number.MAX_SAFE_INTEGER) return false
  const packed = new Float64Array(unit)
  for (let i = 0; i < unit; i++) packed[i] = (keys[order[i]] - low) * unit + i
  packed.sort()
  const before = order.slice()
  for (let i = 0; i < unit; i++) order[i] = before[packed[i] % unit]
  return true
}

/** By 11 bits at a time from the lowest, on the bits of doubles turned so that they have the order of the numbers. */
function radixSort(keys: Int32Array | Float64Array, order: Int32Array, pace: Pace): void {
  const n = order.length
  pace.reserve(28 * n)
  const doubles = new Float64Array(n)
  for (let i = 0; i < n; i++) doubles[i] = keys[order[i]] + 0
  const words = new Uint32Array(doubles.buffer)
  for (let i = 0; i < n; i++) {
    if (i % PART === 0) pace.stop()
    const negative = words[2 * i + 1] >>> 31 === 1
    words[2 * i] ^= negative ? 0xffffffff : 0
    words[2 * i + 1] ^= negative ? 0xffffffff : 0x80000000
  }
  let from = new Int32Array(n)
  for (let i = 0; i < n; i++) from[i] = i
  let to = new Int32Array(n)
  for (const [half, shift] of [
    [0, 0],
    [0, 11],
    [0, 22],
    [1, 0],
    [1, 11],
    [1, 22],
  ] as const) {
    const at = new Int32Array(2049)
    for (let i = 0; i < n; i++) {
      if (i % PART === 0) pace.stop()
      at[((words[2 * i + half] >>> shift) & 2047) + 1]++
    }
    // all in one place: nothing to do
    if (at.includes(n)) continue
    for (let i = 1; i <= 2048; i++) at[i] += at[i - 1]
    for (let i = 0; i < n; i++) {
      if (i % PART === 0) pace.stop()
      to[at[(words[2 * from[i] + half] >>> shift) & 2047]++] = from[i]
    }
    ;[from, to] = [to, from]
  }
  const before = order.slice()
  for (let i = 0; i < n; i++) order[i] = before[from[i]]
}
