import type { FactView } from '../model/fact-view.ts'
import type { Value } from '../model/value.ts'
import type { ShownOrigin } from './api.ts'

/** What is known about transactions, in the words of answers. */
export class Origins {
  readonly #read: (name: string, t: number) => Value | undefined

  constructor(view: FactView) {
    const attributes = new Map(view.schema.ofKind(view.schema.kinds[0]).map(each => [each.ident, each]))
    this.#read = (name, t) => view.values(attributes.get(`:tx/${name}`)!, t)[0]?.value
  }

  /** The event that caused a transaction. */
  of(t: number): ShownOrigin {
    const contract = this.text('contract', t)!
    const file = this.text('file', t)
    if (file !== null) return { contract, file, line: this.number('line', t)! }
    return {
      contract,
      topic: this.text('topic', t)!,
      partition: this.number('partition', t)!,
      offset: this.number('offset', t)!,
    }
  }

  text(name: string, t: number): string | null {
    return (this.#read(name, t) as string | undefined) ?? null
  }

  /** Digits where a number would not be exact. */
  number(name: string, t: number): number | string | null {
    const value = this.#read(name, t) as bigint | undefined
    if (value === undefined) return null
    return value <= Number.MAX_SAFE_INTEGER ? Number(value) : String(value)
  }
}
