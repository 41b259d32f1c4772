import type { Duplex } from 'node:stream'
import { FactError } from '../base/error.ts'
import { problemOf } from './problem.ts'
import { PROBLEM_TYPE } from './route.ts'

/** Bytes that URL and headers of a request have at most; a query of many lines fits into a URL. */
export const LARGEST_HEAD = 64 << 10

const PHRASES: Readonly<Record<number, string>> = { 400: 'Bad Request', 413: 'Content Too Large' }

/** What Node says of bytes that it cannot read as a request, in our words. */
function unreadable({ code, message }: NodeJS.ErrnoException): FactError {
  if (code === 'HPE_HEADER_OVERFLOW')
    return new FactError(
      'too-large',
      `URL and headers are larger than ${LARGEST_HEAD} bytes, which is the most that is read; send what is long in the body of a POST`,
    )
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return new FactError('argument', 'the request took too long to arrive')
  return new FactError('argument', `this is no request of HTTP/1.1: ${message}`)
}

/** Answers such bytes, and ends the connection: nobody can tell where the next request begins. `headers` are those of every answer. Gives the status, or null where nobody is there to be told. */
export function refuseUnreadable(
  error: NodeJS.ErrnoException,
  socket: Duplex,
  headers: Readonly<Record<string, string | number>>,
): number | null {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return null
  }
  const problem = problemOf(unreadable(error), () => {})
  const body = `${JSON.stringify(problem)}\n`
  const lines = Object.entries({
    ...headers,
    'Content-Type': PROBLEM_TYPE,
    'Content-Length': Buffer.byteLength(body),
    Connection: 'close',
  })
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  socket.end(`HTTP/1.1 ${problem.status} ${PHRASES[problem.status]}\r\n${head}\r\n${body}`)
  return problem.status
}
