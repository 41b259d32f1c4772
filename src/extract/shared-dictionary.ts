import { type ArrowDictionary, arrowDictionary } from '../base/arrow.ts'
import type { AnswerColumn } from '../model/answer.ts'

/** Texts that are worth remembering from part to part; more are mostly keys, of which no two parts have the same. */
const MOST = 65_536

/** Rows of a dictionary by code. */
export type RowOf = ReadonlyMap<number, number> | Int32Array

/**
 * The dictionary of one column of a stream. A part whose texts were all sent before points into what was sent; other texts are added, and the
 * dictionary sent again, as long as it is small. It holds those texts that the column does use: the store's has every text of every column.
 */
export class SharedDictionary {
  #texts: readonly string[] = []
  readonly #rows = new Map<string, number>()
  #sent: ArrowDictionary | null = null

  /** The dictionary for a part, and where in it the codes of the part stand. */
  take(
    codes: Int32Array,
    present: AnswerColumn['present'],
    rows: number,
    text: (code: number) => string,
  ): { readonly dictionary: ArrowDictionary; readonly rowOf: RowOf } {
    const { used, rowOf } = usedCodes(codes, present, rows)
    const texts = used.map(text)
    const fresh = texts.filter(each => !this.#rows.has(each))
    if (this.#sent === null || fresh.length > 0) {
      if (this.#texts.length + fresh.length > MOST) {
        this.#rows.clear()
        this.#texts = texts.length > MOST ? [] : texts
        if (texts.length > MOST) return { dictionary: arrowDictionary(texts), rowOf }
      } else this.#texts = [...this.#texts, ...fresh]
      for (const [row, each] of this.#texts.entries()) this.#rows.set(each, row)
      this.#sent = arrowDictionary(this.#texts)
    }
    const at = texts.map(each => this.#rows.get(each)!)
    const moved = rowOf instanceof Int32Array ? rowOf.map(row => (row < 0 ? row : at[row])) : new Map<number, number>()
    if (moved instanceof Map) for (const [code, row] of rowOf.entries()) moved.set(code, at[row])
    return { dictionary: this.#sent, rowOf: moved }
  }
}

/** The codes that a part uses, in the order in which they come, and the place of each among them. */
function usedCodes(codes: Int32Array, present: AnswerColumn['present'], rows: number) {
  const used: number[] = []
  let highest = -1
  for (let i = 0; i < rows; i++) if (codes[i] > highest && (present === null || present[i] !== 0)) highest = codes[i]
  // an array is far quicker than a map, but must not be far larger than the part
  if (highest < 4 * rows + 65_536) {
    const rowOf = new Int32Array(highest + 1).fill(-1)
    for (let i = 0; i < rows; i++) {
      if (present !== null && present[i] === 0) continue
      const code = codes[i]
      if (rowOf[code] < 0) rowOf[code] = used.push(code) - 1
    }
    return { used, rowOf }
  }
  const rowOf = new Map<number, number>()
  for (let i = 0; i < rows; i++)
    if ((present === null || present[i] !== 0) && !rowOf.has(codes[i])) rowOf.set(codes[i], used.push(codes[i]) - 1)
  return { used, rowOf }
}
