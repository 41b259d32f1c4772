/** Facts that are gathered before they go into a column together. */
export const MOST_BIRTHS = 256

/** First facts of new entities, ascending by slot, that are not in their column yet: many at once cost a fraction of each by itself. */
export class Births {
  readonly slot = new Int32Array(MOST_BIRTHS)
  /** Codes, ordinals and numbers, exactly. */
  readonly value = new Float64Array(MOST_BIRTHS)
  readonly from = new Uint32Array(MOST_BIRTHS)
}
