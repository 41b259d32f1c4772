import { type ArrowDictionary, arrowDictionary } from '../base/arrow.ts'
import type { Answer, AnswerColumn } from '../model/answer.ts'
import { FRESH, type Room } from './room.ts'

/** Texts that are worth remembering from part to part; more are mostly keys, of which no two parts have the same. */
const MOST = 65_536

/** Codes below it are looked up in an array, which is far quicker than a map; a store with few texts has no others. */
const MOST_DENSE = 1 << 20

type Coded = Pick<Answer, 'strings' | 'rows'>

/**
 * The dictionary of one column of a stream. A part whose texts were all sent before points into what was sent; other texts are added, and the
 * dictionary sent again, as long as it is small. It holds those texts that the column does use: the store's has every text of every column.
 */
export class SharedDictionary {
  /** In the order in which they came. */
  #texts: string[] = []
  readonly #rows = new Map<string, number>()
  /** Rows of the dictionary by code, -1 of a code that did not come yet. */
  #dense = new Int32Array(0)
  readonly #sparse = new Map<number, number>()
  /** Codes that mean something else in the next part. */
  #passing: number[] = []
  #sent: ArrowDictionary | null = null
  #sentTexts = 0

  /** The dictionary for a part, and where in it the code of each of its rows stands; 0 of a null. */
  take(
    codes: Int32Array,
    present: AnswerColumn['present'],
    answer: Coded,
    room: Room = FRESH,
  ): { readonly dictionary: ArrowDictionary; readonly rows: Int32Array } {
    const rows = room.ints(answer.rows)
    this.#fill(codes, present, answer, rows)
    if (this.#texts.length > MOST && this.#sentTexts > 0) {
      this.#forget()
      this.#fill(codes, present, answer, rows)
    }
    if (this.#sent === null || this.#texts.length > this.#sentTexts) {
      this.#sent = arrowDictionary(this.#texts)
      this.#sentTexts = this.#texts.length
    }
    const dictionary = this.#sent
    if (this.#texts.length > MOST) this.#forget()
    for (const code of this.#passing) this.#set(code, -1)
    this.#passing = []
    return { dictionary, rows }
  }

  #fill(codes: Int32Array, present: AnswerColumn['present'], { rows, strings }: Coded, to: Int32Array): void {
    const lasting = strings.lasting ?? 0
    // most codes came before
    for (let i = 0; (i = knownRows(codes, present, this.#dense, i, rows, to)) < rows; i++) {
      const code = codes[i]
      let row = code < MOST_DENSE ? undefined : this.#sparse.get(code)
      if (row === undefined) {
        row = this.#add(strings.text(code))
        this.#set(code, row)
        if (code >= lasting) this.#passing.push(code)
      }
      to[i] = row
    }
  }

  #add(text: string): number {
    const known = this.#rows.get(text)
    if (known !== undefined) return known
    const row = this.#texts.push(text) - 1
    this.#rows.set(text, row)
    return row
  }

  #set(code: number, row: number): void {
    if (code >= this.#dense.length && code < MOST_DENSE) this.#widen(code)
    if (code < MOST_DENSE) this.#dense[code] = row
    else if (row < 0) this.#sparse.delete(code)
    else this.#sparse.set(code, row)
  }

  #widen(code: number): void {
    const dense = new Int32Array(Math.min(MOST_DENSE, Math.max(1024, 2 * this.#dense.length, code + 1))).fill(-1)
    dense.set(this.#dense)
    this.#dense = dense
  }

  #forget(): void {
    this.#texts = []
    this.#rows.clear()
    this.#dense.fill(-1)
    this.#sparse.clear()
    this.#passing = []
    this.#sentTexts = 0
  }
}

/** Writes the rows of codes that came before, from row `from` on, and gives the first row of another code, or `end`. */
function knownRows(
  codes: Int32Array,
  present: AnswerColumn['present'],
  dense: Int32Array,
  from: number,
  end: number,
  to: Int32Array,
): number {
  const { length } = dense
  for (let i = from; i < end; i++) {
    if (present !== null && present[i] === 0) {
      to[i] = 0
      continue
    }
    const code = codes[i]
    if (code >= length) return i
    const row = dense[code]
    if (row < 0) return i
    to[i] = row
  }
  return end
}
