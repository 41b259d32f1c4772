import { FactError } from '../../base/error.ts'

/** What long loops ask between blocks of rows. */
export interface Pace {
  /** Throws when the query is to end; called at least once in 4,096 rows. */
  readonly stop: () => void
  /** Called before this many bytes are taken; throws `memory` where they exceed what the query may have. */
  reserve(bytes: number): void
}

/**
 * Bytes that a query holds, as far as they grow with its rows. What a step takes counts until the step ends; what it leaves counts for as
 * long as somebody has it. The machine may free more slowly than that, so the budget is no limit of the process.
 */
export class Memory {
  readonly #most: number
  held = 0

  constructor(most: number) {
    this.#most = most
  }

  reserve(bytes: number): void {
    this.held += bytes
    if (this.held > this.#most) {
      throw new FactError(
        'memory',
        `the query needs more than the ${Math.round(this.#most / 2 ** 20)} MB that it may use; ask for fewer rows, or say more in :where`,
      )
    }
  }
}
