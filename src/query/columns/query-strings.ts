import type { Strings } from '../../model/fact-view.ts'

/**
 * The dictionary of a view, and behind it the texts that only this query knows: constants that no fact holds, and results of functions.
 * Every text has one code in a query, whatever a writer adds to the view's dictionary meanwhile.
 */
export class QueryStrings implements Strings {
  readonly #stored: Strings
  readonly #first: number
  readonly #codes = new Map<string, number>()
  readonly #texts: string[] = []

  constructor(stored: Strings) {
    this.#stored = stored
    this.#first = stored.size
  }

  get size(): number {
    return this.#first + this.#texts.length
  }

  get lasting(): number {
    return this.#first
  }

  /** Whether a fact may hold the text of this code. */
  isStored(code: number): boolean {
    return code < this.#first
  }

  code(text: string): number {
    const own = this.#codes.get(text)
    if (own !== undefined) return own
    const stored = this.#stored.code(text)
    return stored < this.#first ? stored : -1
  }

  /** The code of a text, given out now where there is none. */
  intern(text: string): number {
    const known = this.code(text)
    if (known >= 0) return known
    const code = this.size
    this.#codes.set(text, code)
    this.#texts.push(text)
    return code
  }

  text(code: number): string {
    return code < this.#first ? this.#stored.text(code) : this.#texts[code - this.#first]
  }
}
