import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { afterAll, describe, expect, test } from 'vitest'
import { ManualClock } from '../../src/base/clock.ts'
import { FactErrors } from '../../src/base/error.ts'
import { openDatabase, type WritableDatabase } from '../../src/database/database.ts'
import type { RawRecord } from '../../src/model/transaction.ts'
import type { Disk } from '../../src/store/disk.ts'
import { MemoryDisk } from '../../src/store/memory-disk.ts'
import { shared } from '../given.ts'
import { HOUR, newProject, removeProjects, START } from './given.ts'

afterAll(removeProjects)

const contract = (body: string, name = 'x/state', version = '1.0') =>
  `name: ${name}\nversion: "${version}"\ndoc: A state.\nowner: us\nformat: json\ntopic: x\n${body}`

const open = (contracts: Record<string, string>, disk: Disk = new MemoryDisk()): Promise<WritableDatabase> => {
  const files = Object.fromEntries(Object.entries(contracts).map(([name, text]) => [`contracts/${name}.yaml`, text]))
  return openDatabase({
    data: 'data',
    project: newProject(files),
    clock: new ManualClock(START),
    readOnly: false,
    disk,
  })
}

let offset = 0

const record = (value: object | string | null, key: string | null = null, timestamp = START): RawRecord => ({
  origin: { topic: 'x', partition: 0, offset: BigInt(offset++) },
  timestamp,
  key: key === null ? null : Buffer.from(key),
  headers: {},
  value: value === null ? null : Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)),
})

const entity = (database: WritableDatabase, id: string, asOf?: number) => database.entity(id, asOf)

/** All attributes of an entity but its identity. */
const facts = (database: WritableDatabase, id: string): Record<string, unknown> => {
  const { attributes } = entity(database, id)
  return Object.fromEntries(Object.entries(attributes as object).filter(([name]) => !name.endsWith('/id')))
}

describe('rule 9: order: time', () => {
  const ORDERED = contract(`time: at
fields:
  - { name: at, type: instant, optional: true }
  - { name: id, type: string }
  - { name: state, type: string, optional: true }
  - { name: friend, type: string, optional: true }
  - { name: tags, type: list(string), optional: true }
  - { name: more, type: list(string), optional: true }
  - { name: seen, type: string, optional: true }
facts:
  - entity: thing
    key: id
    order: time
    set:
      state: { field: state, null: retract }
      friend: { ref: thing, key: friend }
      tags: { field: tags, many: replace }
      more: { field: more, many: true }
      seen: { field: seen, restated: true }
  - entity: other
    key: id
    set: { state: state }
`)
  const at = (hours: number) => new Date(START + hours * HOUR).toISOString()

  test('what a later event stated stays, whenever an earlier one comes, and that is counted', async () => {
    const disk = new MemoryDisk()
    const database = await open({ 'x/state/1.0': ORDERED }, disk)
    const write = async (hours: number | null, value: object) => {
      expect(database.write(record({ id: 'a', ...(hours === null ? {} : { at: at(hours) }), ...value }))).toBe(true)
      await database.commit()
    }
    const counted = (of = database) => of.superseded
    await write(-3, { state: 'new', friend: 'b', tags: ['x'], more: ['m'], seen: 's' })
    await write(-1, { state: 'paid', friend: 'c', tags: ['y', 'z'], seen: 's' })
    // an hour before: nothing of it replaces what holds, but what replaces nothing counts, and others are not in order of time
    await write(-2, { state: 'open', friend: 'd', tags: ['x'], more: ['n'], seen: 's' })
    expect(facts(database, 'thing:a')).toEqual({
      ':thing/state': 'paid',
      ':thing/friend': 'thing:c',
      ':thing/tags': ['y', 'z'],
      ':thing/more': ['m', 'n'],
      ':thing/seen': 's',
    })
    expect(facts(database, 'other:a')).toEqual({ ':other/state': 'open' })
    expect(database.view().t).toBe(3)
    expect(counted()).toBe(4)
    // the target of the reference was mentioned all the same
    expect(facts(database, 'thing:d')).toEqual({})
    // neither does it end what holds
    await write(-2, {})
    expect(facts(database, 'thing:a')[':thing/state']).toBe('paid')
    expect(counted()).toBe(5)
    // the same time replaces, and so does the record's time where the event has none
    await write(-1, { state: 'sent' })
    expect(facts(database, 'thing:a')[':thing/state']).toBe('sent')
    await write(null, { state: 'gone' })
    expect(facts(database, 'thing:a')[':thing/state']).toBe('gone')
    // an older statement of what holds anyway supersedes nothing
    await write(-2, { state: 'gone' })
    expect(counted()).toBe(5)
    // what nothing holds any more, anything may state
    await write(0, {})
    await write(-9, { state: 'back' })
    expect(facts(database, 'thing:a')[':thing/state']).toBe('back')
    await database.close()
    expect(counted(await open({ 'x/state/1.0': ORDERED }, disk))).toBe(5)
  })

  test('two values in one event are a conflict, late or not', async () => {
    const twice = ORDERED.replace(
      '  - entity: other',
      '  - entity: thing\n    key: id\n    order: time\n    set: { state: friend }\n  - entity: other',
    )
    const database = await open({ 'x/state/1.0': twice })
    expect(database.write(record({ id: 'a', at: at(-1), state: 's', friend: 's' }))).toBe(true)
    expect(database.write(record({ id: 'a', at: at(-2), state: 's', friend: 't' }))).toBe(false)
    await database.commit()
    expect(database.deadLetters({ limit: 9 }).counts).toEqual({ conflict: 1 })
  })

  test('is part of the fingerprint, and no minor may change it', async () => {
    const { list } = (await open({ 'x/state/1.0': ORDERED })).contracts!
    const plain = (await open({ 'x/state/1.0': ORDERED.replace('    order: time\n', '') })).contracts!.list
    expect(list.find(({ name }) => name === 'x/state')!.fingerprint).not.toBe(
      plain.find(({ name }) => name === 'x/state')!.fingerprint,
    )
    const minor = ORDERED.replace('1.0', '1.1').replace('    order: time\n', '')
    await expect(open({ 'x/state/1.0': ORDERED, 'x/state/1.1': minor })).rejects.toThrow('order is another than in')
  })
})

describe('rule 7: tombstones and components', () => {
  const FIELDS = `tombstone: retract
subject: id
fields:
  - { name: id, type: string }
  - { name: number, type: long, optional: true }
  - { name: owner, type: string, optional: true }
  - { name: parts, type: list(string), optional: true }
facts:
`
  const THING = contract(`${FIELDS}  - entity: thing
    key: id
    set:
      number: number
      owner: { ref: thing, key: owner }
      parts: { ref: thing, key: parts, many: true, component: true }
`)

  test('a tombstone retracts the entity whose key it carries, with the references to it and its components', async () => {
    const disk = new MemoryDisk()
    const database = await open({ 'x/state/1.0': THING }, disk)
    for (const value of [
      { id: 'a', number: 1, parts: ['b', 'c'] },
      { id: 'b', number: 2, parts: ['d'] },
      { id: 'c', number: 3 },
      // a ring
      { id: 'd', number: 4, parts: ['a'] },
      { id: 'e', number: 5, owner: 'c' },
    ])
      expect(database.write(record(value))).toBe(true)
    expect(database.write(record(null, 'a'))).toBe(true)
    expect(database.write(record(null, 'nobody'))).toBe(true)
    await database.commit()
    const check = (of: WritableDatabase) => {
      expect(of.view().t).toBe(7)
      for (const id of ['a', 'b', 'c', 'd']) {
        expect(() => entity(of, `thing:${id}`, undefined)).toThrow('was retracted')
        expect(entity(of, `thing:${id}`, 5).id).toBe(`thing:${id}`)
      }
      expect(facts(of, 'thing:e')).toEqual({ ':thing/number': 5 })
      expect(entity(of, 'thing:e', 5).attributes).toMatchObject({ ':thing/owner': 'thing:c' })
    }
    check(database)
    await database.close()
    const again = await open({ 'x/state/1.0': THING }, disk)
    check(again)
    // stated again, it has its number again
    expect(again.write(record({ id: 'a', number: 9 }))).toBe(true)
    await again.commit()
    expect(entity(again, 'thing:a', undefined).entity).toBe(entity(again, 'thing:a', 5).entity)
    expect(facts(again, 'thing:a')).toEqual({ ':thing/number': 9 })
  })

  test.each([
    ['long', '9223372036854775807', '9223372036854775808', 9223372036854775807n],
    ['date', '2024-05-01', '2024-05-32', '2024-05-01'],
    ['decimal(2)', '2.50', '2.505', '2.50'],
    ['boolean', 'true', 'yes', true],
    ['uuid', 'ABCDEF00-0000-4000-8000-000000000000', 'ABCDEF', 'ABCDEF00-0000-4000-8000-000000000000'],
    ['instant', '2024-05-01T00:00:00+02:00', 'yesterday', '2024-04-30T22:00:00.000Z'],
  ])('whose key is a %s reads its text, or is refused with words', async (type, key, wrong, value) => {
    const thing = THING.replace('{ name: id, type: string }', `{ name: id, type: ${type} }`)
      .replaceAll('ref: thing', 'ref: friend')
      .replace('subject: id\n', '')
    const database = await open({ 'x/state/1.0': thing })
    const written = typeof value === 'bigint' ? `{"id":${value}}` : JSON.stringify({ id: value })
    expect(database.write(record(written))).toBe(true)
    await database.commit()
    const known = () => database.query({ query: '[:find ?t :where [?t :thing/id]]' }).answer.rows
    expect(known()).toBe(1)
    expect(database.write(record(null, key))).toBe(true)
    expect(database.write(record(null, wrong))).toBe(false)
    expect(database.write(record(null))).toBe(false)
    await database.commit()
    expect(database.query({ query: '[:find ?t :where [?t :thing/id]]' }).answer.rows).toBe(0)
    const [first, second] = database.deadLetters({ limit: 9 }).items
    expect(first).toMatchObject({ reason: 'tombstone', contract: 'x/state/1.0', value: null })
    expect(first.detail).toContain(`its key ${wrong.length > 0 ? JSON.stringify(wrong) : ''}`.slice(0, 8))
    expect(second.detail).toContain('no key')
  })

  test('a composite key is the joined one, as everywhere', async () => {
    const pair = THING.replace('key: id\n', 'key: [id, owner]\n').replaceAll('ref: thing', 'ref: friend')
    const database = await open({ 'x/state/1.0': pair })
    database.write(record({ id: 'a/b~c', owner: 'd', number: 1 }))
    await database.commit()
    expect(facts(database, 'thing:a~1b~0c/d')).toMatchObject({ ':thing/number': 1 })
    expect(database.write(record(null, 'a~1b~0c/d'))).toBe(true)
    await database.commit()
    expect(() => entity(database, 'thing:a~1b~0c/d', undefined)).toThrow('was retracted')
  })

  test('without the word in the contract it is a dead letter', async () => {
    const database = await open({ 'x/state/1.0': THING.replace('tombstone: retract\n', '') })
    expect(database.write(record(null, 'a'))).toBe(false)
    await database.commit()
    expect(database.deadLetters({ limit: 9 }).counts).toEqual({ tombstone: 1 })
  })
})

describe('a published version', () => {
  const BODY = 'fields:\n  - { name: id, type: string }\nfacts:\n  - { entity: thing, key: id }\n'
  const CHANGED = BODY.replace('type: string }', 'type: string, optional: true }')

  test('never changes: the change is named with its place, and where it belongs', async () => {
    const disk = new MemoryDisk()
    const first = await open({ 'x/state/1.0': contract(BODY) }, disk)
    // nobody has seen it yet
    await first.close()
    const second = await open({ 'x/state/1.0': contract(CHANGED) }, disk)
    second.write(record({ id: 'a' }))
    await second.commit()
    await second.close()
    const errors = await open({ 'x/state/1.0': contract(BODY) }, disk).then(
      () => [],
      error => (error instanceof FactErrors ? error.errors : [error]),
    )
    expect(errors).toHaveLength(1)
    expect(errors[0]).toMatchObject({ kind: 'contract', details: { line: 1, column: 7 } })
    expect(errors[0].message).toContain('x/state 1.0 was published, and has changed since')
    expect(errors[0].message).toContain('as 1.1 where it only widens, otherwise as 2.0')
    // words about it may change, and the refused start left no lock behind
    const third = await open({ 'x/state/1.0': contract(CHANGED).replace('A state.', 'One state.') }, disk)
    expect(third.view().t).toBe(1)
  })
})

const accounts = shared('data', 'finbench', 'snapshot', 'AccountTransferAccount.csv.gz')

test.skipIf(accounts === null)(
  'longs of 19 digits written as JSON numbers stay exact (needs HEARTWOOD_SHARED)',
  async () => {
    const transfer = contract(`fields:
  - { name: from, type: long }
  - { name: to, type: long }
  - { name: amount, type: decimal(20) }
  - { name: at, type: instant }
facts:
  - entity: account
    key: from
    set: { paid: { ref: account, key: to }, last: amount, at: at, raw: { field: to } }
`)
    const database = await open({ 'x/state/1.0': transfer })
    const rows = gunzipSync(readFileSync(accounts!)).toString().trimEnd().split('\n').slice(1)
    const last = new Map<string, string[]>()
    for (const row of rows) {
      const [from, to, amount, at] = row.split('|')
      const text = `{"from":${from},"to":${to},"amount":${amount},"at":"${at.replace(' ', 'T')}Z"}`
      expect(database.write(record(text)), text).toBe(true)
      last.set(from, [to, amount])
    }
    await database.commit()
    expect(last.size).toBeGreaterThan(500)
    expect(new Set([...last.keys()].map(Number)).size, 'ids that a double confuses').toBeLessThanOrEqual(last.size)
    expect([...last.keys()].some(id => BigInt(Number(id)) !== BigInt(id))).toBe(true)
    for (const [from, [to, amount]] of last) {
      const [whole, fraction = ''] = amount.split('.')
      expect(facts(database, `account:${from}`)).toMatchObject({
        ':account/paid': `account:${to}`,
        ':account/last': `${whole}.${fraction.padEnd(20, '0')}`,
        ':account/raw': BigInt(to) > BigInt(Number.MAX_SAFE_INTEGER) ? to : Number(to),
      })
    }
  },
)
