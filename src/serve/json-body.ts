import { textOf } from '../base/bytes.ts'
import { FactError } from '../base/error.ts'
import { ExactNumber, parseExact } from '../base/json.ts'
import { checkMembers, isObject } from './query-body.ts'
import { JSON_TYPE, type Request } from './route.ts'

/** Reads a body that is a JSON object with some members. Throws `unsupported-media`, `parse-error` with line and column, or `argument`. */
export function jsonBody(request: Request, members: readonly string[]): Readonly<Record<string, unknown>> {
  const type = request.header('content-type')?.split(';')[0].trim().toLowerCase()
  if (type !== JSON_TYPE) {
    const words = type === undefined ? 'the body has no Content-Type' : `a body of type ${type} cannot be read here`
    throw new FactError(
      'unsupported-media',
      `${words}; send ${JSON_TYPE}, with curl as -H 'Content-Type: ${JSON_TYPE}'`,
    )
  }
  const text = textOf(request.body)
  if (text === undefined) throw new FactError('parse-error', 'the body is not UTF-8')
  const body = parseExact(text)
  if (!isObject(body)) throw new FactError('argument', `the body is a JSON object with ${members.join(', ')}`)
  checkMembers(body, members, 'of the body')
  return body
}

/** The ids of entities: text, or numbers. Throws `argument` where they are none, or more than `most`. */
export function idsOf(ids: unknown, most: number): string[] {
  if (!Array.isArray(ids)) throw new FactError('argument', 'ids is a list such as ["customer:17850"]')
  if (ids.length > most) throw new FactError('argument', `ids are ${ids.length}, and at most ${most} are taken at once`)
  return ids.map((id, i) => {
    if (typeof id === 'string' || typeof id === 'number') return String(id)
    if (id instanceof ExactNumber) return id.text
    throw new FactError('argument', `ids: number ${i + 1} is neither text such as "customer:17850" nor a number`)
  })
}
