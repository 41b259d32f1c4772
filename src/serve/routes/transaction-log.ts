import { setTimeout } from 'node:timers/promises'
import { FactError } from '../../base/error.ts'
import type { DatabaseReader } from '../../database/api.ts'
import { LIMIT } from '../openapi/parameter.ts'
import { OF_MOMENTS } from '../openapi/refusals.ts'
import { flag, list, named, object, orNull, text } from '../openapi/schema.ts'
import { type Call, type Context, JSON_TYPE, jsonReply, NDJSON_TYPE, type Reply, type Route } from '../route.ts'

const PAGE = 1000
const LARGEST_PAGE = 10_000
/** Between two looks for new transactions, milliseconds. */
const PAUSE = 50

/** `GET /log`: transactions with what they changed, `from` inclusive, `to` exclusive, each a `t` or an instant. */
function log({ parameters, accepted }: Call, context: Context): Reply {
  const { database } = context
  const limit = parameters.whole('limit', 1, LARGEST_PAGE) ?? PAGE
  const first = database.firstAt(parameters.text('from') ?? '1')
  const to = parameters.text('to')
  if (parameters.flag('follow')) {
    if (to !== undefined) throw new FactError('argument', 'follow=true goes on for ever; leave out to')
    if (accepted !== NDJSON_TYPE && accepted !== JSON_TYPE) throw new FactError('argument', 'follow=true is NDJSON')
    return { type: NDJSON_TYPE, body: { lines: following(database, first, limit, context.stopping) } }
  }
  const end = to === undefined ? database.view().t + 1 : database.firstAt(to)
  const transactions = first < end ? database.transactions(first, end, limit) : []
  if (accepted === NDJSON_TYPE) {
    const lines = transactions.map(transaction => `${JSON.stringify(transaction)}\n`)
    return { type: NDJSON_TYPE, body: { chunks: lines, rows: lines.length } }
  }
  const more = first + transactions.length
  return jsonReply({ transactions, next: more < end ? nextPage(more, to, limit) : null })
}

function nextPage(from: number, to: string | undefined, limit: number): string {
  const query = new URLSearchParams({ from: String(from), ...(to === undefined ? {} : { to }), limit: String(limit) })
  return `/log?${query}`
}

/** Transactions as they come, until nobody listens or the server stops. */
async function* following(
  database: DatabaseReader,
  from: number,
  limit: number,
  stopping: AbortSignal,
): AsyncGenerator<string> {
  for (let first = from; !stopping.aborted; ) {
    const { t } = database.view()
    if (first > t) {
      await setTimeout(PAUSE, undefined, { signal: stopping }).catch(() => {})
      // an empty piece asks whether somebody still listens
      yield ''
      continue
    }
    for (const transaction of database.transactions(first, t + 1, limit)) {
      yield `${JSON.stringify(transaction)}\n`
      first = transaction.t + 1
    }
  }
}

export const logRoutes: readonly Route[] = [
  {
    ...{ method: 'GET', path: '/log', summary: 'Transactions with what each began and ended.' },
    parameters: [
      { name: 'from', doc: 'The first: a `t`, or an instant with its zone; 1 where absent.', schema: text },
      { name: 'to', doc: 'The first that is left out; none where absent.', schema: text },
      LIMIT(LARGEST_PAGE, PAGE),
      { name: 'follow', doc: 'Goes on with what comes, as NDJSON.', schema: flag },
    ],
    gives: {
      [JSON_TYPE]: object({ transactions: list(named('LoggedTransaction')), next: orNull(text) }),
      [NDJSON_TYPE]: text,
    },
    ...{ refuses: OF_MOMENTS, handle: log },
  },
]
