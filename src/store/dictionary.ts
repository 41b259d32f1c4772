import { assert } from '../base/assert.ts'
import type { Strings } from '../model/fact-view.ts'

/** The texts of a store, each once. A text keeps its code for ever; codes are given in order of first use. */
export class Dictionary implements Strings {
  readonly #texts: string[] = []
  readonly #codes = new Map<string, number>()
  #bytes = 0

  get size(): number {
    return this.#texts.length
  }

  /** An estimate of what it holds in memory. */
  get bytes(): number {
    return this.#bytes
  }

  code(text: string): number {
    return this.#codes.get(text) ?? -1
  }

  text(code: number): string {
    const text = this.#texts[code]
    assert(text !== undefined, `no text has code ${code}`)
    return text
  }

  /** The code of a text, given out now where it is new. */
  intern(text: string): number {
    const known = this.#codes.get(text)
    if (known !== undefined) return known
    const code = this.#texts.length
    this.#texts.push(text)
    this.#codes.set(text, code)
    this.#bytes += 2 * text.length + 64
    return code
  }
}
