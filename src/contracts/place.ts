import { type ErrorKind, FactError, FactErrors } from '../base/error.ts'
import { hint, nearest } from '../base/nearest.ts'

/** Where something stands in a file. Line and column count from 1. */
export interface Place {
  readonly file: string
  readonly line: number
  readonly column: number
}

/** `contracts/a/b/1.0.yaml:12`, for words that point at a second place. */
export const showPlace = (place: Place): string => `${place.file}:${place.line}`

/** Collects every mistake of a check, each with its place, so that a person meets them all at once. */
export class Faults {
  readonly #errors: FactError[] = []

  get count(): number {
    return this.#errors.length
  }

  add(place: Place, words: string, kind: ErrorKind = 'contract'): void {
    this.#errors.push(new FactError(kind, words, { ...place }))
  }

  /** For a name that is none of `known`: the words end with the names that resemble it. */
  unknown(place: Place, words: string, name: string, known: Iterable<string>): void {
    const near = nearest(name, known)
    this.#errors.push(new FactError('contract', `${words}.${hint(near)}`, { ...place, nearest: near }))
  }

  /** For what the format allows and this version cannot do. */
  notBuilt(place: Place, what: string): void {
    this.add(place, `${what} is not built yet`, 'unsupported')
  }

  /** Throws `FactErrors`, sorted by place, where there is any. */
  throwAny(): void {
    if (this.#errors.length === 0) return
    const order = (a: FactError, b: FactError) =>
      compare(a.details.file ?? '', b.details.file ?? '') ||
      (a.details.line ?? 0) - (b.details.line ?? 0) ||
      (a.details.column ?? 0) - (b.details.column ?? 0)
    throw new FactErrors(this.#errors.toSorted(order))
  }
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
