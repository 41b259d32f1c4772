import type { SavedQueryInfo } from '../../database/api.ts'
import { list as listOf, named } from '../openapi/schema.ts'
import { JSON_TYPE, jsonReply, type Route } from '../route.ts'

/** `GET /queries`: what is saved, and how it is used. */
const list: Route = {
  ...{ method: 'GET', path: '/queries', summary: 'The saved queries, and how they were used.' },
  ...{ parameters: [], gives: { [JSON_TYPE]: listOf(named('SavedQuery')) }, refuses: [] },
  async handle(_, { database }) {
    const infos = await database.savedQueries()
    const all = infos.map(async info => {
      const { runs, failed, lastRun, meanMs, longestMs, callers } = await database.queryRuns(info.name)
      return { ...showSaved(info), runs, failed, lastRun, meanMs, longestMs, callers }
    })
    return jsonReply(await Promise.all(all))
  },
}

const showSaved = ({ params, ...info }: SavedQueryInfo) => ({
  ...info,
  params: params.map(({ name, type, default: byDefault, doc }) => ({ name, type, default: byDefault ?? null, doc })),
})

export const queryListRoutes: readonly Route[] = [list]
