import type { Answer, AnswerColumn, AnyValue } from '../src/model/answer.ts'
import { setWide } from '../src/model/column.ts'
import { parseDecimal, rescale } from '../src/model/decimal.ts'
import type { Strings } from '../src/model/fact-view.ts'
import { parseType } from '../src/model/type.ts'

/** A dictionary that a test fills as it goes. */
export class TestStrings implements Strings {
  readonly #texts: string[] = []
  code(text: string): number {
    return this.#texts.indexOf(text)
  }
  text(code: number): string {
    if (!(code >= 0 && code < this.#texts.length)) throw new Error(`no text has code ${code}`)
    return this.#texts[code]
  }
  add(text: string): number {
    const known = this.code(text)
    return known >= 0 ? known : this.#texts.push(text) - 1
  }
  get size(): number {
    return this.#texts.length
  }
}

/** Cells as plain JavaScript: text, number (f64), bigint (i64), decimals as text; null where nullable. */
export type Cell = string | number | bigint | boolean | null

/** A column of a given type from plain cells, in the narrowest array that the types allow. */
export function column(name: string, typeText: string, cells: readonly Cell[], strings: TestStrings): AnswerColumn {
  const type = parseType(typeText)
  const nullable = cells.includes(null)
  const present = nullable ? Uint8Array.from(cells, cell => (cell === null ? 0 : 1)) : null
  const find = `?${name}`
  const give = (v: AnswerColumn['v']): AnswerColumn => ({ name, find, type, nullable, v, present })
  switch (type.base) {
    case 'string':
    case 'enum':
    case 'uuid':
    case 'json':
    case 'keyword':
      // under a null stands a code that no text has
      return give({
        as: 'i32',
        values: Int32Array.from(cells, cell => (cell === null ? -1 : strings.add(String(cell)))),
      })
    case 'boolean':
    case 'date':
      return give({ as: 'i32', values: Int32Array.from(cells, Number) })
    case 'decimal': {
      const scaled = cells.map(cell => rescale(parseDecimal(String(cell ?? 0))!, type.digits)!)
      if (scaled.every(n => BigInt.asIntN(64, n) === n) && scaled.some(n => !Number.isSafeInteger(Number(n))))
        return give({ as: 'i64', values: BigInt64Array.from(scaled) })
      if (scaled.every(n => Number.isSafeInteger(Number(n))))
        return give({ as: 'f64', values: Float64Array.from(scaled, Number) })
      const values = new BigInt64Array(2 * scaled.length)
      scaled.forEach((n, i) => {
        setWide(values, i, n)
      })
      return give({ as: 'i128', values })
    }
    default:
      if (cells.some(cell => typeof cell === 'bigint'))
        return give({ as: 'i64', values: BigInt64Array.from(cells, cell => BigInt((cell ?? 0) as number)) })
      return give({ as: 'f64', values: Float64Array.from(cells, Number) })
  }
}

export function anyColumn(name: string, values: readonly AnyValue[]): AnswerColumn {
  const present = values.includes(null) ? Uint8Array.from(values, value => (value === null ? 0 : 1)) : null
  return {
    name,
    find: `?${name}`,
    type: { base: 'any' },
    nullable: present !== null,
    v: { as: 'any', values },
    present,
  }
}

export const relation = (columns: readonly AnswerColumn[], rows: number, strings: Strings): Answer => ({
  shape: 'relation',
  columns,
  rows,
  strings,
  keys: null,
})
