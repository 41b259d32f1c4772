import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type EventJson, readEventJson } from '../../src/contracts/event-json.ts'
import { jsonSchemaOf } from '../../src/contracts/json-schema.ts'
import { compileValidator } from '../../src/contracts/validate.ts'
import { contract, only, read } from './project.ts'

const TYPES = [
  'string',
  'boolean',
  'long',
  'double',
  'decimal(3)',
  'instant',
  'instant(6)',
  'date',
  'uuid',
  'enum(a|b)',
  'json',
  'list(long)',
  'list(enum(a|b))',
]
const FIELDS = TYPES.flatMap((type, i) => [
  `  - { name: r${i}, type: "${type}" }`,
  `  - { name: o${i}, type: "${type}", optional: true }`,
]).join('\n')
const GOOD = [
  '"x"',
  'true',
  '1',
  '1.5',
  '"2.55"',
  '"2011-01-01T00:00:00Z"',
  '0',
  '"2011-01-01"',
  '"123e4567-e89b-12d3-a456-426614174000"',
  '"a"',
  '{"a":[]}',
  '[1]',
  '["b"]',
]
const all = read(only(contract(`fields:\n${FIELDS}\n`))).list[0]
const validator = compileValidator(all)

const eventOf = (members: Readonly<Record<string, string>>) => {
  const inside = Object.entries(members).map(([key, json]) => `${JSON.stringify(key)}:${json}`)
  return readEventJson(Buffer.from(`{${inside.join(',')}}`))
}
const judge = (event: EventJson) => ({ fine: validator.read(event, []), faults: validator.faults(event) })
const check = (members: Readonly<Record<string, string>>) => {
  const event = eventOf(members)
  if ('reason' in event) throw new Error(event.words)
  return judge(event)
}
const good = Object.fromEntries(GOOD.map((json, i) => [`r${i}`, json]))

test('an event with all types is valid, its optional fields absent, null or there', () => {
  const optional = (json: (i: number) => string) => Object.fromEntries(GOOD.map((_, i) => [`o${i}`, json(i)]))
  expect(check(good)).toEqual({ fine: true, faults: [] })
  expect(check({ ...good, ...optional(() => 'null') })).toEqual({ fine: true, faults: [] })
  expect(check({ ...good, ...optional(i => GOOD[i]) })).toEqual({ fine: true, faults: [] })
})

test.each(TYPES.map((type, i) => [type, i] as const))('a required %s must be there and not be null', (_, i) => {
  const { [`r${i}`]: _gone, ...rest } = good
  expect(check(rest)).toMatchObject({ fine: false, faults: [{ path: `/r${i}` }] })
  expect(check(rest).faults[0].words).toMatch(new RegExp(`^r${i} is missing, and must be `))
  expect(check({ ...good, [`r${i}`]: 'null' }).faults[0].words).toMatch(new RegExp(`^r${i} is null, and must be `))
})

test('what ajv lets pass and what converters let pass is refused in the same words by whoever refuses', () => {
  const texts = fc.constantFrom(
    ...GOOD,
    '9223372036854775808',
    '1e400',
    '0.0001',
    '"2011-02-30"',
    '[1.5]',
    '[null]',
    '-1e3',
    '"c"',
    '["c"]',
    '""',
    'null',
  )
  const anything = fc.oneof(texts, fc.json())
  fc.assert(
    fc.property(fc.integer({ min: 0, max: TYPES.length - 1 }), fc.constantFrom('r', 'o'), anything, (i, side, json) => {
      const event = eventOf({ ...good, [side + i]: json })
      if ('reason' in event) return // doubled keys and halves of surrogates are another's
      const result = judge(event)
      expect(result.fine).toBe(result.faults.length === 0)
      for (const fault of result.faults) expect(fault.path).toMatch(new RegExp(`^/${side}${i}(/|$)`))
    }),
    { numRuns: 3000 },
  )
})

describe('what the contract does not name', () => {
  test('is refused with what resembles it', () => {
    const { r3: _gone, ...rest } = good
    expect(check({ ...good, O3: '1' }).faults).toEqual([
      { path: '/O3', words: expect.stringMatching(/^the contract has no field O3\. Did you mean o3/) },
    ])
    expect(check({ ...rest, 'a/b': '1' }).faults.map(fault => fault.path)).toEqual(['/r3', '/a~1b'])
  })
  test('is refused where JavaScript has a property of that name', () => {
    expect(check({ ...good, __proto__x: '1' }).fine).toBe(false)
    expect(check({ ...good, toString: '1' }).fine).toBe(false)
    const event = readEventJson(Buffer.from(`{"__proto__":{"r0":"x"}}`))
    expect('value' in event && validator.read(event, [])).toBe(false)
  })
})

test.each(['[1]', '"x"', '5', 'null'])('%s is no event', text => {
  const event = readEventJson(Buffer.from(text))
  if ('reason' in event) throw new Error(event.words)
  expect(validator.read(event, [])).toBe(false)
  expect(validator.faults(event)).toEqual([
    { path: null, words: expect.stringMatching(/^an event must be a JSON object, but this is /) },
  ])
})

test('a field may have the name of what every object has', () => {
  const fields =
    'fields:\n  - { name: constructor, type: string, optional: true }\n  - { name: toString, type: string }\n'
  const odd = compileValidator(read(only(contract(fields))).list[0])
  const valid = (text: string) => {
    const event = readEventJson(Buffer.from(text))
    const values: never[] = []
    return 'value' in event && odd.read(event, values) ? values : false
  }
  expect(valid('{"toString":"x"}')).toEqual([null, 'x'])
  expect(valid('{}')).toBe(false)
})

test('the JSON Schema names every field and allows no other', () => {
  const schema = jsonSchemaOf(all) as { required: string[]; properties: object; additionalProperties: boolean }
  expect(Object.keys(schema.properties)).toHaveLength(2 * TYPES.length)
  expect(schema.required).toEqual(TYPES.map((_, i) => `r${i}`))
  expect(schema.additionalProperties).toBe(false)
})
