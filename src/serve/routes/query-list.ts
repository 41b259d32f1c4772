import type { SavedQueryInfo } from '../../database/api.ts'
import { JSON_TYPE, jsonReply, type Route } from '../route.ts'

/** `GET /queries`: what is saved, and how it is used. */
const list: Route = {
  ...{ method: 'GET', path: '/queries', parameters: [], produces: [JSON_TYPE] },
  handle(_, { database }) {
    return jsonReply(
      database.savedQueries().map(info => {
        const { runs, failed, lastRun, meanMs, longestMs, callers } = database.queryRuns(info.name)
        return { ...showSaved(info), runs, failed, lastRun, meanMs, longestMs, callers }
      }),
    )
  },
}

const showSaved = ({ params, ...info }: SavedQueryInfo) => ({
  ...info,
  params: params.map(({ name, type, default: byDefault, doc }) => ({ name, type, default: byDefault ?? null, doc })),
})

export const queryListRoutes: readonly Route[] = [list]
