import { type ErrorKind, FactError, FactErrors, located } from '../base/error.ts'

/** What a command ends with (surface §6). */
export const DONE = 0
export const NO = 1
export const WRONG_USE = 2
export const DAMAGED = 3
export const COULD_NOT = 4

const COULD_NOT_KINDS: readonly ErrorKind[] = [
  'locked',
  'unavailable',
  'disk-full',
  'disk-failed',
  'store-full',
  'busy',
  'not-ready',
  'timeout',
  'memory',
]

/** The exit status of a kind of error. */
export function statusOf(kind: ErrorKind): number {
  if (kind === 'damaged') return DAMAGED
  if (kind === 'not-found' || kind === 'contract') return NO
  return COULD_NOT_KINDS.includes(kind) ? COULD_NOT : WRONG_USE
}

/**
 * What an error says on standard error, one line for each mistake, and the status to end with. `text` is the query that
 * the user typed: a mistake in it is shown under its line. A stack is printed for bugs of ours alone.
 */
export function explain(error: unknown, text?: string): { readonly lines: string; readonly status: number } {
  if (error instanceof FactErrors)
    return {
      lines: error.errors.map(located).join('\n'),
      status: Math.max(...error.errors.map(({ kind }) => statusOf(kind))),
    }
  if (error instanceof FactError)
    return { lines: located(error) + underline(error, text), status: statusOf(error.kind) }
  const system = error as NodeJS.ErrnoException
  if (typeof system?.code === 'string' && typeof system.syscall === 'string')
    return { lines: system.message, status: COULD_NOT }
  return { lines: `a bug of Heartwood's: ${(error as Error)?.stack ?? error}`, status: COULD_NOT }
}

/** The line of the query with a caret under the place, where the mistake is in the query that was typed. */
function underline({ details }: FactError, text: string | undefined): string {
  const { file, line, column } = details
  const source = file === undefined && line !== undefined ? text?.split('\n')[line - 1] : undefined
  return source === undefined || column === undefined ? '' : `\n  ${source}\n  ${' '.repeat(column - 1)}^`
}
