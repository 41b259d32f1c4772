import { FactError } from '../../base/error.ts'
import { hint, nearest } from '../../base/nearest.ts'
import { type DeadLetterFilter, LETTER_STATES, type LetterState } from '../../database/api.ts'
import type { Reason } from '../../model/transaction.ts'
import { shownStatus } from '../kafka-status.ts'
import { momentOf } from '../moment-headers.ts'
import { MOMENT } from '../openapi/components.ts'
import { AS_OF, LIMIT } from '../openapi/parameter.ts'
import { OF_MOMENTS } from '../openapi/refusals.ts'
import { instant, list, mapOf, named, object, oneOf, orNull, text, whole } from '../openapi/schema.ts'
import { JSON_TYPE, jsonReply, type Route } from '../route.ts'

/** Dead letters of a page. */
const PAGE = 100
const LARGEST_PAGE = 1000

/** Every reason that a dead letter can have. */
export const REASONS: Readonly<Record<Reason, true>> = {
  ...{
    'not-json': true,
    'unknown-topic': true,
    'unknown-contract': true,
    'invalid-event': true,
    conflict: true,
    'id-conflict': true,
  },
  ...{ handler: true, 'handler-timeout': true, tombstone: true, 'too-large': true },
}

/** Reads what a dead letter is chosen by. Throws `argument` for a reason that there is not. */
export function deadLetterFilter(
  reason: string | undefined,
  topic: string | undefined,
  after: number | undefined,
  limit: number,
  state?: string,
): DeadLetterFilter {
  if (reason !== undefined && !Object.hasOwn(REASONS, reason)) {
    const near = nearest(reason, Object.keys(REASONS))
    const words = `no dead letter has the reason ${JSON.stringify(reason)}.${hint(near) || ` There are ${Object.keys(REASONS).join(', ')}.`}`
    throw new FactError('argument', words, { nearest: near })
  }
  if (state !== undefined && !(LETTER_STATES as readonly string[]).includes(state))
    throw new FactError('argument', `state is ${LETTER_STATES.join(', ')}, and not ${JSON.stringify(state)}`)
  return {
    ...(state === undefined ? {} : { state: state as LetterState }),
    ...(reason === undefined ? {} : { reason }),
    ...(topic === undefined ? {} : { topic }),
    ...(after === undefined ? {} : { after }),
    limit,
  }
}

const attributes: Route = {
  ...{ method: 'GET', path: '/attributes', summary: 'What can be asked about.' },
  ...{ parameters: [], gives: { [JSON_TYPE]: list(named('Attribute')) }, refuses: [] },
  handle: async (_, { database }) => jsonReply(await database.attributes()),
}

const deadLetters: Route = {
  ...{ method: 'GET', path: '/dead-letters', summary: 'Events that were refused, with bytes and reason.' },
  parameters: [
    { name: 'reason', doc: 'Only those of this reason.', schema: oneOf(...Object.keys(REASONS)) },
    { name: 'topic', doc: 'Only those of this topic.', schema: text },
    { name: 'state', doc: 'Only those that became this; waiting ones where absent.', schema: oneOf(...LETTER_STATES) },
    { name: 'after', doc: 'The `next` of the page before.', schema: whole },
    LIMIT(LARGEST_PAGE, PAGE),
  ],
  gives: {
    [JSON_TYPE]: object({
      ...{ items: list(named('DeadLetter')), total: whole, counts: mapOf(whole), next: orNull(whole) },
    }),
  },
  refuses: [],
  async handle({ parameters }, { database }) {
    const after = parameters.whole('after', 0, Number.MAX_SAFE_INTEGER)
    const limit = parameters.whole('limit', 1, LARGEST_PAGE) ?? PAGE
    return jsonReply(
      await database.deadLetters(
        deadLetterFilter(parameters.text('reason'), parameters.text('topic'), after, limit, parameters.text('state')),
      ),
    )
  },
}

/** Which `t` a moment is, and from when on partitions may still deliver. */
const moment: Route = {
  ...{ method: 'GET', path: '/t', summary: 'Which transaction a moment has, and until when all has come.' },
  parameters: [{ ...AS_OF, name: 'at' }],
  ...{ gives: { [JSON_TYPE]: object({ ...MOMENT, completeThrough: orNull(instant) }) }, refuses: OF_MOMENTS },
  async handle({ parameters }, { database }) {
    const moment = momentOf(database.view(parameters.text('at')))
    return jsonReply({ ...moment, completeThrough: await database.completeThrough() }, { moment })
  },
}

/** How the sources stand. */
const status: Route = {
  ...{ method: 'GET', path: '/status', summary: 'How far the sources were read, and what came late.' },
  ...{ parameters: [], gives: { [JSON_TYPE]: named('Status') }, refuses: [] },
  handle: async (_, { database, ready, kafka }) =>
    jsonReply(shownStatus(await database.status(), ready(), kafka(), Date.now())),
}

const stats: Route = {
  ...{ method: 'GET', path: '/stats', summary: 'Counts and bytes.' },
  ...{ parameters: [], gives: { [JSON_TYPE]: named('Stats') }, refuses: [] },
  handle: async (_, { database }) => jsonReply(await database.stats()),
}

export const listingRoutes: readonly Route[] = [attributes, deadLetters, moment, status, stats]
