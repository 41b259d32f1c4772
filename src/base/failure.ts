import { type ErrorDetails, type ErrorKind, FactError, FactErrors } from './error.ts'

interface Mistake {
  readonly kind: ErrorKind
  readonly message: string
  readonly details: ErrorDetails
}

/** An error on its way between threads, as plain data: structured cloning would keep neither its class nor its fields. */
export type Failure =
  | Mistake
  | { readonly mistakes: readonly Mistake[] }
  /** What the operating system refused. */
  | { readonly message: string; readonly code: string; readonly syscall: string }
  /** A bug of ours: where it happened. */
  | { readonly bug: string }

const mistakeOf = ({ kind, message, details }: FactError): Mistake => ({ kind, message, details })

export function toFailure(error: unknown): Failure {
  if (error instanceof FactError) return mistakeOf(error)
  if (error instanceof FactErrors) return { mistakes: error.errors.map(mistakeOf) }
  if (!(error instanceof Error)) return { bug: String(error) }
  const { code, syscall, message, stack } = error as NodeJS.ErrnoException
  if (typeof code === 'string' && typeof syscall === 'string') return { message, code, syscall }
  return { bug: stack ?? message }
}

/** The error that it was. */
export function fromFailure(failure: Failure): Error {
  if ('bug' in failure) return new Error(`on another thread: ${failure.bug}`)
  if ('mistakes' in failure)
    return new FactErrors(failure.mistakes.map(({ kind, message, details }) => new FactError(kind, message, details)))
  if ('kind' in failure) return new FactError(failure.kind, failure.message, failure.details)
  const { message, code, syscall } = failure
  return Object.assign(new Error(message), { code, syscall })
}
