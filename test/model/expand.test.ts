import { describe, expect, test } from 'vitest'
import type { Effect } from '../../src/model/effect.ts'
import { type Change, type ExpandedEntity, expand } from '../../src/model/expand.ts'
import { openStore, recordAt } from '../store/given.ts'
import { type PlainEffect, realEffects } from '../store/oracle.ts'

// Any history against an oracle stands in test/store/store.test.ts; here are the rules one by one.

const effect = (op: PlainEffect['op'], entity: string, attribute = ':a/name', ...values: string[]): PlainEffect => ({
  op,
  entity,
  attribute,
  values,
})

/** What an event changes, after other events, as `+a:p :a/name x` and `-a:p :a/name`. */
async function changes(before: PlainEffect[][], event: PlainEffect[]): Promise<string[] | string> {
  const store = await openStore()
  for (const [i, effects] of before.entries()) {
    const contract = store.contract('c/c/1.0', '', '{}')
    store.apply({
      record: recordAt(i),
      effects: realEffects(effects, store.schema),
      contract,
      eventTime: null,
      eventId: null,
      subject: null,
    })
  }
  const effects: Effect[] = realEffects(event, store.schema)
  const expanded = expand(effects, store.indexes)
  if (!Array.isArray(expanded)) return `conflict ${expanded.attribute.ident} of ${expanded.entity.key}`
  const name = ({ kind, key }: ExpandedEntity) => `${kind.name}:${key}`
  const value = ({ value }: Change) =>
    value === undefined ? '' : ` ${typeof value === 'object' && 'changes' in value ? name(value) : value}`
  return expanded.flatMap(entity =>
    entity.changes.map(
      change => `${change.begins ? '+' : '-'}${name(entity)} ${change.attribute.ident}${value(change)}`,
    ),
  )
}

describe('store rules 7 and 8', () => {
  test('the first mention states the identity, of a reference its target too', async () => {
    expect(await changes([], [effect('assert', 'a:p', ':a/friend', 'a:q')])).toEqual([
      '+a:p :a/id p',
      '+a:p :a/friend a:q',
      '+a:q :a/id q',
    ])
  })

  test('a value stated again while it holds begins nothing, unless the attribute says restated', async () => {
    const before = [[effect('assert', 'a:p', ':a/name', 'x'), effect('assert', 'a:p', ':a/seen', 'x')]]
    expect(await changes(before, [effect('assert', 'a:p', ':a/name', 'x')])).toEqual([])
    expect(await changes(before, [effect('assert', 'a:p', ':a/seen', 'x')])).toEqual(['+a:p :a/seen x'])
  })

  test('equal values in one event are one value, however they are written', async () => {
    const twice = [effect('assert', 'b:1', ':b/price', '2.50'), effect('assert', 'b:1', ':b/price', '2.50')]
    expect(await changes([], twice)).toEqual(['+b:1 :b/id 1', '+b:1 :b/price 2.50'])
    const other = [effect('assert', 'b:1', ':b/price', '2.50'), effect('assert', 'b:1', ':b/price', '2.51')]
    expect(await changes([], other)).toBe('conflict :b/price of 1')
  })

  test('one outcome for each attribute: a value beats its retraction, and two values are a conflict', async () => {
    const before = [[effect('assert', 'a:p', ':a/name', 'x')]]
    expect(await changes(before, [effect('retract', 'a:p'), effect('assert', 'a:p', ':a/name', 'x')])).toEqual([])
    expect(await changes(before, [effect('assert', 'a:p', ':a/name', 'y'), effect('retract', 'a:p')])).toEqual([
      '+a:p :a/name y',
    ])
    expect(
      await changes(before, [effect('assert', 'a:p', ':a/name', 'y'), effect('assert', 'a:p', ':a/name', 'z')]),
    ).toBe('conflict :a/name of p')
    expect(
      await changes([], [effect('assert', 'a:p', ':a/tags', 'y'), effect('assert', 'a:p', ':a/tags', 'z')]),
    ).toEqual(['+a:p :a/id p', '+a:p :a/tags y', '+a:p :a/tags z'])
  })

  test('only what holds can end', async () => {
    const before = [[effect('assert', 'a:p', ':a/name', 'x')]]
    expect(await changes(before, [effect('retract', 'a:p', ':a/name', 'y')])).toEqual([])
    expect(await changes(before, [effect('retract', 'a:p', ':a/name', 'x')])).toEqual(['-a:p :a/name'])
    expect(await changes(before, [effect('retract', 'a:q')])).toEqual([])
  })

  test('replace makes the values exactly these', async () => {
    const before = [[effect('assert', 'a:p', ':a/tags', 'x'), effect('assert', 'a:p', ':a/tags', 'y')]]
    expect(await changes(before, [effect('replace', 'a:p', ':a/tags', 'y', 'zé')])).toEqual([
      '-a:p :a/tags x',
      '+a:p :a/tags zé',
    ])
  })

  test('retractEntity ends its facts and the references to it', async () => {
    const before = [[effect('assert', 'a:p', ':a/friend', 'a:q'), effect('assert', 'a:q', ':a/name', 'x')]]
    expect(await changes(before, [effect('retractEntity', 'a:q')])).toEqual([
      '-a:q :a/id',
      '-a:q :a/name',
      '-a:p :a/friend',
    ])
  })
})

test('an event may be about very many entities, new and known, each mentioned several times', async () => {
  const many = Array.from({ length: 400 }, (_, i) => `a:${(i * 7) % 200}`)
  const known = many.filter((_, i) => i % 3 === 0).map(entity => effect('assert', entity, ':a/name', 'old'))
  const event = many.flatMap((entity, i) => [
    effect('assert', entity, ':a/name', `n${(i * 7) % 200}`),
    effect('assert', entity, ':a/friend', many[(i + 1) % many.length]),
  ])
  const found = (await changes([known], event)) as string[]
  const entities = new Set(many)
  const old = new Set(known.map(({ entity }) => entity))
  const expected = [...entities].flatMap(entity => [
    ...(old.has(entity) ? [] : [`+${entity} :a/id ${entity.slice(2)}`]),
    `+${entity} :a/name n${entity.slice(2)}`,
    `+${entity} :a/friend a:${(Number(entity.slice(2)) + 7) % 200}`,
  ])
  expect([...found].sort()).toEqual(expected.sort())
})
