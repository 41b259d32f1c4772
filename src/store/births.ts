/** Facts that are gathered before they go into a column together. */
const MOST = 256

/** First facts of new entities, ascending by slot, that are not in their column yet: many at once cost a fraction of each by itself. */
export class Births {
  readonly slot = new Int32Array(MOST)
  /** Codes, ordinals and numbers, exactly. */
  readonly value = new Float64Array(MOST)
  readonly from = new Uint32Array(MOST)
  rows = 0

  get full(): boolean {
    return this.rows === MOST
  }

  add(slot: number, value: number, from: number): void {
    const row = this.rows++
    this.slot[row] = slot
    this.value[row] = value
    this.from[row] = from
  }
}
