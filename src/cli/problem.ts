import { type ErrorDetails, type ErrorKind, FactError } from '../base/error.ts'

/** What a server said was wrong, as if it had happened here; null where no Heartwood wrote the text. */
export function problemIn(text: string): FactError | null {
  let problem: Partial<{ kind: unknown; detail: unknown; in: unknown } & ErrorDetails>
  try {
    problem = (JSON.parse(text) ?? {}) as typeof problem
  } catch {
    return null
  }
  const { kind, detail, in: file, line, column, nearest, knownFrom } = problem
  if (typeof kind !== 'string' || typeof detail !== 'string') return null
  const details = Object.entries({ file, line, column, nearest, knownFrom }).filter(([, value]) => value !== undefined)
  return new FactError(kind as ErrorKind, detail, Object.fromEntries(details))
}
