import { setTimeout } from 'node:timers/promises'
import { FactError } from '../../base/error.ts'
import type { DatabaseReader } from '../../database/api.ts'
import { LIMIT } from '../openapi/parameter.ts'
import { OF_MOMENTS } from '../openapi/refusals.ts'
import { flag, list, named, object, orNull, text } from '../openapi/schema.ts'
import {
  type Call,
  type Context,
  JSON_TYPE,
  jsonReply,
  NDJSON_TYPE,
  type PageText,
  type ReaderContext,
  type Reply,
  type Route,
} from '../route.ts'

const PAGE = 1000
const LARGEST_PAGE = 10_000
/** Between two looks for new transactions, milliseconds. */
const PAUSE = 50
/** And where all readers are at work. */
const BUSY_PAUSE = 500

/** `GET /log`: transactions with what they changed, `from` inclusive, `to` exclusive, each a `t` or an instant. */
function log({ parameters, accepted }: Call, { database }: ReaderContext): Reply {
  const limit = parameters.whole('limit', 1, LARGEST_PAGE) ?? PAGE
  parameters.flag('follow')
  const first = database.firstAt(parameters.text('from') ?? '1')
  const to = parameters.text('to')
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
function follow({ parameters }: Call, { database, stopping }: Context, page: PageText): Reply {
  const limit = parameters.whole('limit', 1, LARGEST_PAGE) ?? PAGE
  if (parameters.text('to') !== undefined) throw new FactError('argument', 'follow=true goes on for ever; leave out to')
  const first = database.firstAt(parameters.text('from') ?? '1')
  return { type: NDJSON_TYPE, body: { lines: following(database, first, limit, stopping, page) } }
}

async function* following(
  database: DatabaseReader,
  from: number,
  limit: number,
  stopping: AbortSignal,
  page: PageText,
): AsyncGenerator<string> {
  const pause = (ms: number) => setTimeout(ms, undefined, { signal: stopping }).catch(() => {})
  for (let first = from; !stopping.aborted; ) {
    const { t } = database.view()
    if (first > t) {
      await pause(PAUSE)
      // an empty piece asks whether somebody still listens
      yield ''
      continue
    }
    const end = Math.min(t + 1, first + limit)
    try {
      yield await page(new URLSearchParams({ from: String(first), to: String(end), limit: String(limit) }))
      first = end
    } catch (error) {
      // others are before us: what follows has time
      if (!(error instanceof FactError) || error.kind !== 'busy') throw error
      await pause(BUSY_PAUSE)
      yield ''
    }
  }
}

export const logRoutes: readonly Route<ReaderContext>[] = [
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
    ...{ refuses: OF_MOMENTS, handle: log, follow },
  },
]
