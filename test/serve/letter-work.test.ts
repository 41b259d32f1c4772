import { afterAll, beforeAll, expect, test } from 'vitest'
import { FactError } from '../../src/base/error.ts'
import { discarded, replayed } from '../../src/cli/writer/letter-work.ts'
import { COLLECT_ROUTES } from '../../src/serve/routes.ts'
import { sale } from '../database/given.ts'
import { openServedShop, type Served, serve } from './given.ts'

let shop: Served
beforeAll(async () => {
  const database = await openServedShop()
  database.write(sale(-4, '{"sale_id": "broken too"}'))
  await database.commit()
  shop = await serve(database, {
    routes: COLLECT_ROUTES,
    writes: {
      replay: choice => replayed(database, choice, null),
      discard: (choice, why) => discarded(database, choice, why),
      acceptGap(topic) {
        if (topic === 'shop.away') throw new FactError('unavailable', 'the brokers do not answer')
        if (topic !== 'shop.gap') throw new FactError('not-found', `nothing was ever read of a Kafka topic ${topic}`)
        return [{ source: 'kafka:shop.gap/0', from: 10, to: 20, reason: 'retention', detail: 'Ten are missing.' }]
      },
    },
  })
})
afterAll(() => shop.close())

const post = async (path: string, body: object) => {
  const response = await shop.post(path, body)
  return { status: response.status, ...((await response.json()) as object) }
}

test('what is refused still stays a letter; what is discarded is dealt with', async () => {
  expect(await post('/dead-letters/replay', { all: true })).toEqual({
    ...{ status: 200, applied: 0, refused: 2, alreadyApplied: 0 },
  })
  const why = 'sent by a test'
  expect(await post('/dead-letters/discard', { ids: [1], why })).toEqual({ status: 200, discarded: 1 })
  expect(await post('/dead-letters/replay', { ids: [1, 2] })).toEqual({
    ...{ status: 200, applied: 0, refused: 1, alreadyApplied: 1 },
  })
  expect(await post('/dead-letters/replay', { reason: 'invalid-event', topic: 'shop.sale' })).toMatchObject({
    refused: 1,
  })
  expect(await post('/dead-letters/discard', { topic: 'shop.other', why })).toEqual({ status: 200, discarded: 0 })
  expect(shop.database.deadLetters({ limit: 9 }).items.map(({ id }) => id)).toEqual([2])
})

test.each([
  ['/dead-letters/replay', {}, 400, 'argument', 'say which'],
  ['/dead-letters/replay', { ids: [1], all: true }, 400, 'argument', 'say which'],
  ['/dead-letters/replay', { all: false }, 400, 'argument', 'all is true'],
  ['/dead-letters/replay', { ids: ['1'] }, 400, 'argument', 'ids is a list'],
  ['/dead-letters/replay', { topic: 7 }, 400, 'argument', 'topic is text'],
  ['/dead-letters/replay', { reason: 'not_json' }, 400, 'argument', 'not-json'],
  ['/dead-letters/replay', { every: true }, 400, 'argument', 'every is no member'],
  ['/dead-letters/replay', { ids: [9] }, 404, 'not-found', 'no dead letter 9'],
  ['/dead-letters/discard', { ids: [2] }, 400, 'argument', 'why'],
  ['/dead-letters/discard', { ids: [2], why: ' ' }, 400, 'argument', 'why'],
  ['/accept-gap', {}, 400, 'argument', 'topic is the name'],
  ['/accept-gap', { topic: 7 }, 400, 'argument', 'topic is the name'],
  ['/accept-gap', { topic: 'shop.gap', all: true }, 400, 'argument', 'all is no member'],
  ['/accept-gap', { topic: 'shop.other' }, 404, 'not-found', 'nothing was ever read'],
  ['/accept-gap', { topic: 'shop.away' }, 503, 'not-ready', 'do not answer'],
  ['/query', { query: '[:find ?x :where [?x :sale/id]]' }, 404, 'unknown-route', '/query'],
])('%s %j is refused', async (path, body, status, kind, words) => {
  expect(await post(path, body)).toMatchObject({ status, kind, detail: expect.stringContaining(words) })
})

test('a gap is accepted, and what is missing is told', async () => {
  const gap = { source: 'kafka:shop.gap/0', from: 10, to: 20, reason: 'retention', detail: 'Ten are missing.' }
  expect(await post('/accept-gap', { topic: 'shop.gap' })).toEqual({ status: 200, gaps: [gap] })
})

test('where nothing may be written, it is said', async () => {
  const mute = await serve(shop.database, { routes: COLLECT_ROUTES })
  const response = await mute.post('/dead-letters/replay', { all: true })
  expect([response.status, ((await response.json()) as { kind: string }).kind]).toEqual([501, 'unsupported'])
  await mute.server.close()
})
