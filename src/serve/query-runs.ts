import type { DatabaseReader } from '../database/api.ts'
import type { Request, Route } from './route.ts'

/** Characters of a caller's name that are kept. */
const LONGEST = 64

/** Who asks: what the header `Heartwood-Caller` says, otherwise the program that `User-Agent` names. */
export function callerOf(request: Request): string {
  const named = request.header('heartwood-caller') ?? request.header('user-agent')?.split(/[\s/]/)[0]
  const caller = named?.trim().slice(0, LONGEST)
  return caller === undefined || caller === '' ? 'unknown' : caller
}

/** The saved query that a request runs, by its plain name; null where it runs none that there is. */
export function queryRun(database: DatabaseReader, route: Route, request: Request): string | null {
  if (route.runs === undefined) return null
  const [name] = request.params[route.runs].split('@')
  try {
    return database.savedQuery(name) && name
  } catch {
    return null
  }
}
