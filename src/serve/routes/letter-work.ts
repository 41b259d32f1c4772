import { FactError } from '../../base/error.ts'
import type { LetterChoice } from '../../database/letters.ts'
import type { Reason } from '../../model/transaction.ts'
import { jsonBody } from '../json-body.ts'
import { flag, list, object, oneOf, text, whole } from '../openapi/schema.ts'
import { type Call, type Context, JSON_TYPE, jsonReply, type Reply, type Route } from '../route.ts'
import { writesOf } from '../writes-of.ts'
import { deadLetterFilter, REASONS } from './listings.ts'

const MEMBERS = ['ids', 'reason', 'topic', 'all'] as const

const CHOICE = { ids: list(whole), reason: oneOf(...Object.keys(REASONS)), topic: text, all: flag }

type Body = Readonly<Record<string, unknown>>

const textOf = (body: Body, name: string): string | undefined => {
  const value = body[name]
  if (value !== undefined && typeof value !== 'string') throw new FactError('argument', `${name} is text`)
  return value
}

/** Which letters a body means: by ids, by reason and topic, or all. Nobody means all of them by saying nothing. */
function choiceOf(body: Body): LetterChoice {
  const { ids, all } = body
  const [reason, topic] = [textOf(body, 'reason'), textOf(body, 'topic')]
  if (all !== undefined && all !== true) throw new FactError('argument', 'all is true, or left out')
  const chosen = [ids !== undefined, reason !== undefined || topic !== undefined, all === true].filter(Boolean).length
  if (chosen !== 1)
    throw new FactError('argument', 'say which: {"ids":[…]}, {"reason":…} with or without "topic", or {"all":true}')
  deadLetterFilter(reason, topic, undefined, 1)
  return {
    ...(ids !== undefined && { ids: idsOf(ids) }),
    ...(reason !== undefined && { reason: reason as Reason }),
    ...(topic !== undefined && { topic }),
  }
}

function idsOf(ids: unknown): number[] {
  if (!Array.isArray(ids) || !ids.every(id => Number.isSafeInteger(id) && id > 0))
    throw new FactError('argument', 'ids is a list of ids as GET /dead-letters tells them, such as [17, 18]')
  return ids
}

async function replay({ request }: Call, context: Context): Promise<Reply> {
  const choice = choiceOf(jsonBody(request, MEMBERS))
  const { applied, refused, alreadyApplied } = await writesOf(context).replay(choice)
  return jsonReply({ applied, refused, alreadyApplied })
}

async function discard({ request }: Call, context: Context): Promise<Reply> {
  const body = jsonBody(request, [...MEMBERS, 'why'])
  const why = textOf(body, 'why')
  if (why === undefined || why.trim() === '')
    throw new FactError('argument', 'why says why nobody wants them; it is noted for ever')
  return jsonReply({ discarded: await writesOf(context).discard(choiceOf(body), why) })
}

export const letterWorkRoutes: readonly Route[] = [
  {
    ...{ method: 'POST', path: '/dead-letters/replay', summary: 'Applies dead letters after all, each at most once.' },
    ...{ parameters: [], body: { [JSON_TYPE]: object(CHOICE, MEMBERS) } },
    gives: { [JSON_TYPE]: object({ applied: whole, refused: whole, alreadyApplied: whole }) },
    ...{ refuses: ['not-found', 'disk-full', 'store-full', 'unsupported'], handle: replay },
  },
  {
    ...{ method: 'POST', path: '/dead-letters/discard', summary: 'Notes for ever that nobody wants dead letters.' },
    ...{ parameters: [], body: { [JSON_TYPE]: object({ ...CHOICE, why: text }, MEMBERS) } },
    gives: { [JSON_TYPE]: object({ discarded: whole }) },
    ...{ refuses: ['not-found', 'disk-full', 'store-full', 'unsupported'], handle: discard },
  },
]
