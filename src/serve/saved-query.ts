import { FactError } from '../base/error.ts'
import { hint, nearest } from '../base/nearest.ts'
import type { Database, SavedQueryInfo } from '../database/api.ts'

/** The saved query of `name` or `name@version`. Throws `unknown-query` with the nearest names, and where its file cannot be used. */
export function savedQuery(database: Database, name: string): SavedQueryInfo {
  const queries = database.savedQueries()
  const [plain, version] = name.split('@', 2)
  const info = queries.find(query => query.name === plain)
  if (info === undefined) {
    const near = nearest(
      plain,
      queries.map(query => query.name),
    )
    throw new FactError('unknown-query', `there is no saved query ${plain}.${hint(near)}`, { nearest: near })
  }
  if (info.error !== null)
    throw new FactError('unknown-query', `the saved query ${plain} cannot be used: ${info.error}`)
  if (version !== undefined && version !== info.version)
    throw new FactError(
      'unknown-query',
      `${plain} is at version ${info.version} now; running an earlier one (${version}) is not built yet`,
    )
  return info
}
