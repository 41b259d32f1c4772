import { FactError } from '../base/error.ts'
import { hint, nearest } from '../base/nearest.ts'

/** What stands behind the question mark of a URL. Every fault is an `argument` error that names the parameter. */
export class Parameters {
  readonly #query: URLSearchParams

  constructor(query: URLSearchParams) {
    this.#query = query
  }

  /** Throws `argument` with the nearest names for one that is not known, `unsupported` for one that is only planned. */
  check(known: readonly string[], planned: readonly string[] = []): void {
    for (const name of this.#query.keys()) {
      if (known.includes(name)) continue
      if (planned.includes(name)) throw new FactError('unsupported', `the parameter ${name} is not built yet`)
      const near = nearest(name, known)
      throw new FactError('argument', `there is no parameter ${name} here.${hint(near) || list(known)}`, {
        nearest: near,
      })
    }
  }

  names(): string[] {
    return [...new Set(this.#query.keys())]
  }

  /** Every value of a name that may be repeated. */
  all(name: string): string[] {
    return this.#query.getAll(name)
  }

  text(name: string): string | undefined {
    const values = this.#query.getAll(name)
    if (values.length > 1)
      throw new FactError('argument', `${name} is given ${values.length} times, and can be given once`)
    return values[0]
  }

  /** A whole number from `low` to `high`. */
  whole(name: string, low: number, high: number): number | undefined {
    const text = this.text(name)
    if (text === undefined) return undefined
    const value = Number(text)
    if (!/^\d+$/.test(text) || value < low || value > high)
      throw new FactError(
        'argument',
        `${name} is a whole number from ${low} to ${high}, and ${JSON.stringify(text)} is none`,
      )
    return value
  }

  flag(name: string): boolean {
    const text = this.text(name)
    if (text !== undefined && text !== 'true' && text !== 'false')
      throw new FactError('argument', `${name} is true or false, and ${JSON.stringify(text)} is neither`)
    return text === 'true'
  }
}

const list = (known: readonly string[]): string => {
  const own = known.filter(name => name !== 'store')
  return own.length === 0 ? ' It takes none.' : ` There are ${own.join(', ')}.`
}
