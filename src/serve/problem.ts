import { randomUUID } from 'node:crypto'
import { FactError } from '../base/error.ts'
import { statusOf } from './status.ts'

/** The body of an error, as RFC 9457 (`application/problem+json`) has it. */
export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly kind: string
  readonly detail: string
  readonly [more: string]: unknown
}

/** Told of every error that is ours, with the id by which the client knows it. */
export type Report = (id: string, error: unknown) => void

/** What a client is told of an error. Of one that is ours nothing but an id to find in the log. */
export function problemOf(error: unknown, report: Report): Problem {
  if (!(error instanceof FactError) || (statusOf(error.kind) === 500 && error.kind !== 'internal')) {
    const id = randomUUID()
    report(id, error)
    return { ...problem('internal', `something is wrong on our side; the log has it under ${id}`), id }
  }
  // where in our own files a mistake stands is for the log, where in the client's text is for the client
  const { file, line, column, nearest, knownFrom } = error.details
  return {
    ...problem(error.kind, error.message),
    // the place may lie in the rules or in an argument instead of the query
    ...(file !== undefined && /^[%?$]/.test(file) ? { in: file } : {}),
    ...(line === undefined ? {} : { line }),
    ...(column === undefined ? {} : { column }),
    ...(nearest === undefined || nearest.length === 0 ? {} : { nearest }),
    ...(knownFrom === undefined ? {} : { knownFrom }),
  }
}

function problem(kind: FactError['kind'], detail: string): Problem {
  const title = kind.replaceAll('-', ' ')
  return {
    type: `urn:heartwood:error:${kind}`,
    title: title[0].toUpperCase() + title.slice(1),
    status: statusOf(kind),
    kind,
    detail,
  }
}
