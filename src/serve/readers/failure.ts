import { FactError } from '../../base/error.ts'
import type { Failure } from './wire.ts'

/** An error as it goes to another thread: structured cloning would keep neither its class nor its fields. */
export function toFailure(error: unknown): Failure {
  if (error instanceof FactError) return { kind: error.kind, message: error.message, details: error.details }
  return { bug: error instanceof Error ? (error.stack ?? error.message) : String(error) }
}

/** The error that it was. */
export const fromFailure = (failure: Failure): Error =>
  'bug' in failure
    ? new Error(`on a reader thread: ${failure.bug}`)
    : new FactError(failure.kind, failure.message, failure.details)
