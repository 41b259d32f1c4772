import { parse } from 'lossless-json'
import { FactError } from './error.ts'

/** A number of a JSON text that a double would not give back as it was written: `2.50`, `1e3`, 9007199254740993. */
export class ExactNumber {
  /** As JSON writes it. */
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

const exactNumber = (text: string): number | ExactNumber => {
  const value = Number(text)
  return String(value) === text ? value : new ExactNumber(text)
}

/** Reads valid JSON, each number by `number` from its text. Throws `SyntaxError`, also where an object has a key twice. */
export const parseNumbers = (text: string, number: (text: string) => unknown): unknown =>
  parse(text, undefined, { parseNumber: number })

/**
 * Reads JSON so that no number changes: each is a `number` where its text comes back the same, otherwise an `ExactNumber`.
 * Throws `parse-error` with line and column, also where an object has a key twice.
 */
export function parseExact(text: string): unknown {
  try {
    return parseNumbers(text, exactNumber)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    const offset = Number(/position (\d+)/.exec(error.message)?.[1] ?? text.length)
    const before = text.slice(0, offset).split('\n')
    const words = error.message.replace(/ (?:at|but reached) .*$/s, match => (match.startsWith(' at') ? '' : match))
    throw new FactError('parse-error', `this is not JSON: ${words}`, {
      line: before.length,
      column: before[before.length - 1].length + 1,
    })
  }
}
