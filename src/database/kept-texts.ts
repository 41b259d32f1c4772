import type { Store } from '../store/store.ts'
import type { KeptQueries } from './saved-queries.ts'

/** The versions of saved queries that the log keeps. */
export class KeptTexts implements KeptQueries {
  readonly #store: Store
  readonly #readOnly: boolean
  #wait = false

  constructor(store: Store, readOnly: boolean) {
    this.#store = store
    this.#readOnly = readOnly
  }

  find(name: string, version: string): string | undefined {
    return this.#store.text(keyOf(name, version))
  }

  keep(name: string, version: string, text: string): void {
    if (this.#readOnly) return
    this.#store.keepText(keyOf(name, version), text)
    this.#wait = true
  }

  /** Whether something may not be durable yet. */
  get wait(): boolean {
    return this.#wait
  }

  /** Makes them durable, or what was written before them, and then they still wait. */
  async commit(): Promise<void> {
    // a frame that is on its way does not have them
    this.#wait &&= this.#store.committing
    try {
      await this.#store.commit()
    } catch (error) {
      this.#wait = true
      throw error
    }
  }
}

const keyOf = (name: string, version: string): string => `query ${name}@${version}`
