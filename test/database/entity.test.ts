import { afterAll, beforeAll, expect, test } from 'vitest'
import type { WritableDatabase } from '../../src/database/database.ts'
import { openShop, removeProjects, sale } from './given.ts'

// a long that no double holds, as a producer writes it
const exact = sale(
  -6,
  '{"sold_at":"2024-04-30T00:00:00Z","sale_id":"a/b","product":"p","price":1.5,"buyer":9007199254740993,"tags":["z","a"]}',
)

let database: WritableDatabase
beforeAll(async () => {
  database = await openShop()
  database.write(exact)
  database.write(sale(-3, { sale_id: 's2', product: 'p', price: '2' }))
  await database.commit()
})
afterAll(removeProjects)

test('all attributes, keys sorted, exact values, references as ids, many as an array in order', () => {
  expect(database.entity('sale:a/b', undefined)).toEqual({
    id: 'sale:a/b',
    entity: 3 * 2 ** 32,
    t: 2,
    instant: '2024-05-01T09:00:00.000Z',
    settled: false,
    at: '2024-05-01T09:00:00.000Z',
    attributes: {
      ':sale/at': '2024-04-30T00:00:00.000Z',
      ':sale/buyer': 'buyer:9007199254740993',
      ':sale/id': 'a/b',
      ':sale/product': 'product:p',
    },
  })
  expect(database.entity('product:p', 1)['attributes']).toEqual({
    ':product/id': 'p',
    ':product/price': '1.50',
    ':product/tags': ['a', 'z'],
  })
  expect(database.entity('buyer:9007199254740993', undefined)['attributes']).toEqual({
    ':buyer/id': '9007199254740993',
  })
  expect(database.entity(String(3 * 2 ** 32), undefined, { attributes: 'id,:sale/buyer' })['attributes']).toEqual({
    ':sale/id': 'a/b',
    ':sale/buyer': 'buyer:9007199254740993',
  })
  expect(database.entity('tx:2', undefined, { attributes: 'topic,tx/line' })['attributes']).toEqual({
    ':tx/topic': 'shop.sale',
    ':tx/line': null,
  })
})

test('as of a moment: the moment asked and the t that answered', () => {
  const found = database.entity('product:p', '2024-05-01T07:00:00+00:00', { attributes: 'price' })
  expect(found).toMatchObject({
    t: 1,
    instant: '2024-05-01T06:00:00.000Z',
    at: '2024-05-01T07:00:00.000Z',
    settled: true,
  })
  expect(found['attributes']).toEqual({ ':product/price': '1.50' })
})

const failing = (id: string, asOf?: string | number, attributes?: string) => {
  try {
    database.entity(id, asOf, attributes === undefined ? {} : { attributes })
  } catch (error) {
    const { kind, message, details } = error as {
      kind: string
      message: string
      details: { knownFrom?: unknown; nearest?: unknown }
    }
    return { kind, message, ...details }
  }
  throw new Error('no error')
}

test('what is not known says from when on it is', () => {
  expect(failing('sale:s2', 1)).toMatchObject({
    kind: 'not-found',
    knownFrom: { t: 2, instant: '2024-05-01T09:00:00.000Z' },
  })
  expect(failing('sale:s2', 1).message).toContain('it is known from t 2')
  expect(failing('sale:nobody')).toMatchObject({ kind: 'not-found', knownFrom: null })
  expect(failing('tx:3')).toMatchObject({ kind: 'not-found' })
  expect(failing('sale:s2', '0')).toMatchObject({ kind: 'not-found' })
})

test('bad ids and attributes are refused in words', () => {
  expect(failing('sael:s2')).toMatchObject({ kind: 'not-found', nearest: ['sale'] })
  expect(failing('s2')).toMatchObject({ kind: 'argument' })
  expect(failing('buyer:seven').message).toBe('the key of a buyer is a long, and "seven" is none')
  expect(failing('sale:s2', undefined, 'prise')).toMatchObject({ kind: 'unknown-attribute' })
  expect(failing('sale:s2', undefined, ':product/price').message).toContain('belongs to product')
  expect(failing('sale:s2', undefined, 'product{prise}')).toMatchObject({ kind: 'unknown-attribute' })
  expect(failing('sale:s2', 3)).toMatchObject({ kind: 'invalid-as-of' })
  expect(failing('99999999999999999999')).toMatchObject({ kind: 'not-found' })
})
