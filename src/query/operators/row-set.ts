import { assert } from '../../base/assert.ts'
import { showType, type ValueType } from '../../model/type.ts'
import type { Value } from '../../model/value.ts'
import { BLOCK, RowList, type Run } from '../columns/relation.ts'
import { boxed, take, type Vector, vectorFrom } from '../columns/vector.ts'
import { wider } from '../functions/comparable.ts'
import { PairSet } from './pair-set.ts'
import { PairNumbers, ValueNumbers } from './value-numbers.ts'

/**
 * Different rows over some columns, to which more are added: what a recursive rule was asked and has found so far.
 * Rows stay where they are, so that a range of row numbers tells what came when.
 */
export class RowSet {
  readonly width: number
  rows = 0
  /** Of columns without rows. */
  readonly #types: readonly ValueType[]
  #columns: Column[] = []
  #pairs: PairSet | null = null
  /** From the third column on: numbers of what stands to the left, together with the column. */
  #folds: PairNumbers[] = []
  #indexes = new Map<string, Index>()

  constructor(types: readonly ValueType[]) {
    this.#types = types
    this.width = types.length
  }

  /** Adds rows and says how many were new. The vectors are one for each column. */
  add(vectors: readonly Vector[], rows: number, run: Run): number {
    assert(vectors.length === this.width, 'rows of another width')
    if (rows === 0) return 0
    if (this.width === 0) {
      const before = this.rows
      this.rows = 1
      return 1 - before
    }
    const fresh = this.#fitting(vectors, rows, run)
    return this.#append(fresh, rows, run)
  }

  /** Of a set of one column: adds values, and gives the number of the row in which each stands. */
  number(vector: Vector, rows: number, run: Run): Int32Array {
    assert(this.width === 1, 'numbers of rows of several columns')
    this.add([vector], rows, run)
    if (rows === 0) return new Int32Array(0)
    const [column] = this.#columns
    return column.numbers.find(column.takes(vector) ? vector : asAny(vector, rows, column.type, run), rows, run)
  }

  /** The other way: the values of some rows of a set of one column. */
  values(numbers: Int32Array, run: Run): Vector {
    return take(this.part(0, this.rows, run)[0], numbers, run)
  }

  #append(vectors: readonly Vector[], rows: number, run: Run): number {
    const known = this.#columns[0].numbers.count
    const ids = vectors.map((vector, i) => this.#columns[i].numbers.add(vector, rows, run))
    const pairs = (this.#pairs ??= this.width > 1 ? new PairSet() : null)
    const news = new RowList(Math.min(rows, BLOCK), run)
    const first = ids[0]
    let seen = known
    for (let start = 0; start < rows; start += BLOCK) {
      run.stop()
      const end = Math.min(rows, start + BLOCK)
      const out = news.room(end - start)
      let length = news.length
      for (let i = start; i < end; i++) {
        let isNew: boolean
        if (this.width === 1) {
          isNew = first[i] === seen
          if (isNew) seen++
        } else if (this.width === 2) isNew = (pairs as PairSet).add(first[i], ids[1][i])
        else isNew = this.#addFolded(pairs as PairSet, ids, i)
        if (isNew) out[length++] = i
      }
      news.length = length
    }
    const picked = news.rows()
    for (let i = 0; i < vectors.length; i++) this.#columns[i].append(vectors[i], picked, this.rows, run)
    this.rows += picked.length
    return picked.length
  }

  #addFolded(pairs: PairSet, ids: readonly Int32Array[], row: number): boolean {
    let left = ids[0][row]
    for (let i = 1; i < ids.length - 1; i++) {
      this.#folds[i] ??= new PairNumbers()
      left = this.#folds[i].add(left, ids[i][row])
    }
    return pairs.add(left, ids[ids.length - 1][row])
  }

  /** The vectors in the form of the columns. Where they have another one, the columns are boxed first. */
  #fitting(vectors: readonly Vector[], rows: number, run: Run): readonly Vector[] {
    if (this.#columns.length === 0) this.#columns = vectors.map(vector => new Column(vector))
    const odd = vectors.some((vector, i) => !this.#columns[i].takes(vector))
    if (!odd) return vectors
    const widened = this.#columns.map((column, i) => {
      if (column.takes(vectors[i])) return column.part(0, this.rows)
      return asAny(column.part(0, this.rows), this.rows, wider(column.type, vectors[i].type), run)
    })
    const before = this.rows
    this.rows = 0
    this.#pairs = null
    this.#folds = []
    this.#indexes = new Map()
    this.#columns = widened.map(vector => new Column(vector))
    this.#append(widened, before, run)
    return vectors.map((vector, i) =>
      this.#columns[i].takes(vector) ? vector : asAny(vector, rows, this.#columns[i].type, run),
    )
  }

  /** Rows `from` to `to` (exclusive), a vector for each column. */
  part(from: number, to: number, run: Run): Vector[] {
    if (this.#columns.length === 0) return this.#types.map(type => vectorFrom(type, [], run))
    return this.#columns.map(column => column.part(from, to))
  }

  /** All rows, each column as narrow as its values let it be. */
  all(run: Run): Vector[] {
    return this.part(0, this.rows, run).map(vector =>
      vector.as === 'any' && vector.type.base !== 'any' ? vectorFrom(vector.type, vector.values, run) : vector,
    )
  }

  /** Pairs of rows of the vectors and rows here that agree on the columns `positions`; undefined where their forms differ. */
  probe(
    positions: readonly number[],
    vectors: readonly Vector[],
    rows: number,
    run: Run,
  ): { left: Int32Array; right: Int32Array } | undefined {
    if (this.rows === 0) return { left: new Int32Array(0), right: new Int32Array(0) }
    if (vectors.some((vector, i) => !this.#columns[positions[i]].takes(vector))) return undefined
    const key = positions.join()
    let index = this.#indexes.get(key)
    if (index === undefined)
      this.#indexes.set(key, (index = new Index(positions.map(position => this.#columns[position]))))
    index.reach(this.rows, run)
    return index.pairs(vectors, rows, run)
  }
}

const asAny = (vector: Vector, rows: number, type: ValueType, run: Run): Vector => ({
  type,
  as: 'any',
  values: boxed(vector, rows, run),
})

/** One column that grows, and the numbers of its values. */
class Column {
  readonly numbers = new ValueNumbers()
  readonly type: ValueType
  readonly #as: Vector['as']
  #values: Int32Array | Float64Array | BigInt64Array | Value[]

  constructor(like: Vector) {
    this.type = like.type
    this.#as = like.as
    this.#values =
      like.as === 'i32'
        ? new Int32Array(16)
        : like.as === 'f64'
          ? new Float64Array(16)
          : like.as === 'i64'
            ? new BigInt64Array(16)
            : []
  }

  takes(vector: Vector): boolean {
    return this.#as === vector.as && (this.#as === 'any' || showType(this.type) === showType(vector.type))
  }

  append(vector: Vector, rows: Int32Array, at: number, run: Run): void {
    const values = this.#values
    if (Array.isArray(values)) {
      run.reserve(rows.length * 16)
      for (let i = 0; i < rows.length; i++) values.push(vector.values[rows[i]] as Value)
      return
    }
    let into = values as Float64Array
    if (at + rows.length > into.length) {
      const length = Math.max(at + rows.length, into.length * 2)
      run.reserve(length * into.BYTES_PER_ELEMENT)
      into = new (into.constructor as Float64ArrayConstructor)(length)
      into.set(values as Float64Array)
      this.#values = into
    }
    const from = vector.values as Float64Array
    for (let start = 0; start < rows.length; start += BLOCK) {
      run.stop()
      const end = Math.min(rows.length, start + BLOCK)
      for (let i = start; i < end; i++) into[at + i] = from[rows[i]]
    }
  }

  /** Rows `from` to `to` in the form in which they stand here, so that all parts have one form. */
  part(from: number, to: number): Vector {
    const values = this.#values
    return {
      type: this.type,
      as: this.#as,
      // a short copy is cheaper than another look at the same buffer
      values: Array.isArray(values) || to - from <= 64 ? values.slice(from, to) : values.subarray(from, to),
    } as Vector
  }
}

/** The rows of a set by some of its columns, in chains of equal keys. */
class Index {
  readonly #columns: readonly Column[]
  readonly #folds: PairNumbers[] = []
  #heads = new Int32Array(64).fill(-1)
  #next = new Int32Array(64)
  #reached = 0

  constructor(columns: readonly Column[]) {
    this.#columns = columns
  }

  /** Takes in the rows up to `rows`. */
  reach(rows: number, run: Run): void {
    if (rows === this.#reached) return
    const added = rows - this.#reached
    const ids = this.#columns.map(column => column.numbers.find(column.part(this.#reached, rows), added, run))
    if (rows > this.#next.length) {
      run.reserve(rows * 8)
      const next = new Int32Array(rows * 2)
      next.set(this.#next)
      this.#next = next
    }
    for (let i = 0; i < added; i++) {
      if (i % BLOCK === 0) run.stop()
      const key = this.#key(ids, i, true)
      if (key >= this.#heads.length) {
        const heads = new Int32Array(Math.max(key + 1, this.#heads.length * 2)).fill(-1)
        heads.set(this.#heads)
        this.#heads = heads
      }
      this.#next[this.#reached + i] = this.#heads[key]
      this.#heads[key] = this.#reached + i
    }
    this.#reached = rows
  }

  #key(ids: readonly Int32Array[], row: number, add: boolean): number {
    let left = ids[0][row]
    for (let i = 1; i < ids.length && left >= 0; i++) {
      const right = ids[i][row]
      this.#folds[i] ??= new PairNumbers()
      left = right < 0 ? -1 : add ? this.#folds[i].add(left, right) : this.#folds[i].find(left, right)
    }
    return left
  }

  pairs(vectors: readonly Vector[], rows: number, run: Run): { left: Int32Array; right: Int32Array } {
    const ids = vectors.map((vector, i) => this.#columns[i].numbers.find(vector, rows, run))
    const left = new RowList(rows, run)
    const right = new RowList(rows, run)
    for (let i = 0; i < rows; i++) {
      if (i % BLOCK === 0) run.stop()
      const key = this.#key(ids, i, false)
      if (key < 0 || key >= this.#heads.length) continue
      for (let row = this.#heads[key]; row >= 0; row = this.#next[row]) {
        left.room(1)[left.length++] = i
        right.room(1)[right.length++] = row
        if (left.length % BLOCK === 0) run.stop()
      }
    }
    return { left: left.rows(), right: right.rows() }
  }
}
