import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { openShop, removeProjects, START, sale } from './given.ts'

const THING = `name: shop/thing
version: "1.0"
doc: A thing of every type.
owner: shop-data
format: json
topic: shop.thing
fields:
  - { name: id,      type: string }
  - { name: text,    type: string, optional: true }
  - { name: wide,    type: long, optional: true }
  - { name: ratio,   type: double, optional: true }
  - { name: price,   type: decimal(3), optional: true }
  - { name: at,      type: instant, optional: true }
  - { name: micros,  type: instant(6), optional: true }
  - { name: day,     type: date, optional: true }
  - { name: known,   type: boolean, optional: true }
  - { name: state,   type: "enum(open|paid)", optional: true }
  - { name: unique,  type: uuid, optional: true }
  - { name: more,    type: json, optional: true }
  - { name: words,   type: "list(string)", optional: true }
  - { name: other,   type: string, optional: true }
facts:
  - entity: thing
    key: id
    set:
      text: text
      wide: wide
      ratio: ratio
      price: price
      at: at
      micros: micros
      day: day
      known: known
      state: state
      unique: unique
      more: more
      words: { field: words, many: replace }
      other: { ref: thing, key: other }
`

afterAll(removeProjects)

const id = fc.oneof(fc.constantFrom('a', 'b"', 'ü/1', '\u2028', '😀'), fc.string({ minLength: 1, maxLength: 6 }))
const text = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constantFrom('"', '\\', '\u007f', '\n', 'ÿ'))
const long = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
// the language's own declarations do not have it yet
const { rawJSON } = JSON as typeof JSON & { rawJSON(text: string): object }
const exact = (value: bigint) => rawJSON(String(value))
const time = fc.date({ min: new Date('1970-01-01Z'), max: new Date('2030-01-01Z'), noInvalidDate: true })
const thing = fc.record(
  {
    ...{ id, text, wide: long.map(exact), ratio: fc.double({ noNaN: true, noDefaultInfinity: true }) },
    price: fc.integer().map(value => (value / 1000).toFixed(3)),
    at: time.map(at => at.toISOString()),
    micros: time.map(at => `${at.toISOString().slice(0, -1)}001Z`),
    day: time.map(at => at.toISOString().slice(0, 10)),
    ...{ known: fc.boolean(), state: fc.constantFrom('open', 'paid'), unique: fc.uuid() },
    ...{ more: fc.jsonValue(), words: fc.array(text, { maxLength: 4 }), other: id },
  },
  { requiredKeys: ['id'] },
)

test('an entity as text is that of the object, for values of every type at every moment', async () => {
  const shop = await openShop({ 'contracts/shop/thing/1.0.yaml': THING })
  const things = fc.sample(thing, { numRuns: 150, seed: 7 })
  for (const [i, value] of things.entries())
    shop.write({
      ...sale(i - 500, JSON.stringify(value)),
      origin: { topic: 'shop.thing', partition: 0, offset: BigInt(i) },
    })
  await shop.commit()
  const { t } = shop.view()
  expect(t, 'most are taken').toBeGreaterThan(100)
  let read = 0
  for (const { id } of things)
    for (const asOf of [undefined, 1, t >> 1, t, new Date(START - 1000).toISOString()]) {
      const text = outcome(() => shop.entityJson(`thing:${id}`, asOf).found)
      expect(text).toBe(outcome(() => JSON.stringify(shop.entity(`thing:${id}`, asOf))))
      if (text.startsWith('{')) read++
    }
  expect(read).toBeGreaterThan(300)
  for (const other of ['tx:1', `tx:${t}`, 'tx:0', 'nothing:1', 'thing', '12', String(3 * 2 ** 32)])
    expect(outcome(() => shop.entityJson(other, undefined).found)).toBe(
      outcome(() => JSON.stringify(shop.entity(other, undefined))),
    )
  await shop.close()
})

function outcome(work: () => string): string {
  try {
    return work()
  } catch (error) {
    return String(error)
  }
}
