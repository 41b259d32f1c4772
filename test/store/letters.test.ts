import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ManualClock } from '../../src/base/clock.ts'
import type { RawRecord, Refusal } from '../../src/model/transaction.ts'
import type { Refused } from '../../src/store/indexes.ts'
import { MemoryDisk } from '../../src/store/memory-disk.ts'
import type { Store } from '../../src/store/store.ts'
import { verifyStore } from '../../src/store/verify.ts'
import { applyPlain, assertion, DATA, openStore, recordAt, START } from './given.ts'
import { intervalsOf, type PlainEffect, realEffects } from './oracle.ts'

const EAGER = { least: 1, atStop: 1 }
const REFUSAL: Refusal = { reason: 'invalid-event', detail: 'words', path: '/a', contract: 'test/event/1.0' }

/** Everything here that the log must bring back. */
const state = (store: Store) =>
  structuredClone({
    refused: store.refused,
    resolutions: [...store.letters.resolutions],
    published: store.letters.published,
    kept: ['topic', 'other'].map(topic => store.letters.kept(topic)),
    gaps: store.gaps,
    sources: [...store.sources],
    frontier: store.frontier,
    facts: intervalsOf(store.view({ t: store.basis })),
  })

const letterOf = (record: RawRecord, letters: readonly Refused[]): Refused =>
  letters.find(
    ({ origin }) => 'offset' in origin && 'offset' in record.origin && origin.offset === record.origin.offset,
  )!

function reapply(store: Store, letter: Refused, record: RawRecord, effects: readonly PlainEffect[]) {
  const contract = store.contract('test/event/1.0', 'f'.repeat(64), '{}')
  const statement = { record, contract, eventTime: null, eventId: null, subject: null }
  return store.reapply(letter, { ...statement, effects: realEffects(effects, store.schema) })
}

const steps = fc.array(
  fc.record({
    what: fc.constantFrom('apply', 'refuse', 'bare', 'replay', 'discard', 'last', 'gap', 'published', 'commit'),
    value: fc.nat(4),
    age: fc.nat(5000),
  }),
  { maxLength: 40 },
)

describe('store rule 12: what came of refusals, gaps and last records are log records', () => {
  test('whatever happens to dead letters and sources comes back from the log, and from segments', async () => {
    await fc.assert(
      fc.asyncProperty(steps, fc.boolean(), async (list, eager) => {
        const disk = new MemoryDisk()
        const clock = new ManualClock(START)
        const open = () => openStore(disk, clock, false, eager ? EAGER : undefined)
        let store = await open()
        let offset = 0
        const records: RawRecord[] = []
        for (const { what, value, age } of list) {
          const record = recordAt(offset, START - age)
          const waiting = store.refused.filter(({ id }) => !store.letters.resolutions.has(id))
          const source = store.sources.get('kafka:topic/0')
          switch (what) {
            case 'apply':
              applyPlain(store, [assertion(`a:${value}`, ':a/name', String(age))], record)
              records[offset++] = record
              break
            case 'refuse':
            case 'bare':
              store.refuse(record, REFUSAL, what === 'bare' ? value * 0x3fffffff : null)
              records[offset++] = record
              break
            case 'replay': {
              const letter = waiting[value % Math.max(1, waiting.length)]
              if (letter === undefined || !('offset' in letter.origin)) break
              const next = store.sources.get('kafka:topic/0')!.next
              reapply(store, letter, records[Number(letter.origin.offset)], [
                assertion('a:1', ':a/name', `late ${age}`),
              ])
              expect(store.sources.get('kafka:topic/0')!.next).toBe(next)
              break
            }
            case 'discard':
              if (waiting[value]) store.discard(waiting[value], `reason ${value}`)
              break
            case 'last':
              if (!source) break
              store.moved('kafka:topic/0', BigInt(source.next), source.digest, {
                ...{ offset: source.next - 1, timestamp: START - age, checksum: value * 0x3fffffff },
              })
              break
            case 'gap':
              if (!source) break
              store.acceptGap('kafka:topic/0', BigInt(value % 2 ? 0 : offset + value), 'retention')
              offset += value % 2 ? 0 : value
              break
            case 'published':
              store.publishedLetters(value)
              break
            case 'commit':
              await store.commit()
              clock.advance(1)
          }
        }
        await store.commit()
        const expected = state(store)
        await store.close()
        expect((await verifyStore(disk, DATA)).torn).toBeNull()
        store = await open()
        expect(state(store)).toEqual(expected)
        await store.close()
        expect((await verifyStore(disk, DATA)).torn).toBeNull()
      }),
      { numRuns: 150 },
    )
  })
})

describe('store rule 9: a dead letter that is replayed', () => {
  const opened = async () => {
    const store = await openStore()
    const old = recordAt(0, START - 5000)
    store.refuse(old, REFUSAL)
    applyPlain(store, [assertion('a:1', ':a/name', 'newer')], recordAt(1, START - 1000))
    applyPlain(store, [assertion('a:2', ':a/name', 'older')], recordAt(2, START - 9000))
    await store.commit()
    return { store, old, letter: letterOf(old, store.refused) }
  }
  const nameOf = (store: Store, ordinal: number) => {
    const view = store.view({ now: true })
    const attribute = view.schema.attributes.find(({ ident }) => ident === ':a/name')!
    return view.values(attribute, ordinal).map(({ value }) => value)
  }

  test('is a new transaction at the frontier with its origin, and replaces nothing of a later timestamp', async () => {
    const { store, old, letter } = await opened()
    const { frontier } = store
    const effects = [assertion('a:1', ':a/name', 'replayed'), assertion('a:2', ':a/name', 'replayed')]
    expect(reapply(store, letter, old, effects)).toBe(3)
    await store.commit()
    expect([nameOf(store, 0), nameOf(store, 1)]).toEqual([['newer'], ['replayed']])
    expect(store.indexes.transactions.instant(3)).toBe(frontier)
    expect(store.indexes.transactions.recordTime(3)).toBe(START - 5000)
    expect(store.sources.get('kafka:topic/0')).toMatchObject({ next: 3, superseded: 1 })
    expect(store.letters.resolutions.get(letter.id)).toEqual({ at: frontier, t: 3 })
    expect(() => reapply(store, letter, old, effects)).toThrow('at most once')
  })

  test('ends nothing of a later timestamp either', async () => {
    const { store, old, letter } = await opened()
    const gone = (entity: string): PlainEffect => ({ op: 'retractEntity', entity, attribute: ':a/name', values: [] })
    reapply(store, letter, old, [gone('a:1'), gone('a:2')])
    await store.commit()
    expect([nameOf(store, 0), nameOf(store, 1)]).toEqual([['newer'], []])
  })
})
