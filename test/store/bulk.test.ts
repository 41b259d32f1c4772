import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { utf8 } from '../../src/base/bytes.ts'
import { decimalOf, INSTANT, LONG, STRING, type ValueType } from '../../src/model/type.ts'
import { Dictionary } from '../../src/store/dictionary.ts'
import { Memory } from '../../src/store/memory.ts'
import { OrdinalIndex } from '../../src/store/ordinal-index.ts'
import { PackedNumbers } from '../../src/store/packed-numbers.ts'
import type { RawValue } from '../../src/store/raw-value.ts'
import { SlotColumn } from '../../src/store/slot-column.ts'
import { rawAt } from '../../src/store/value-array.ts'
import { rawOf } from './raw-rows.ts'

/*
 * What takes up many at once, as segments are read, beside what takes up one after another: afterwards both are the same, and go on so.
 */

describe('many at once are as one after another', () => {
  test('numbers', () => {
    const number = fc.oneof(fc.constantFrom(7, Number.NaN), fc.integer({ max: 300 }), fc.maxSafeInteger())
    const lists = fc.array(fc.array(number, { maxLength: 20 }), { maxLength: 6 })
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4 }), lists, (bits, lists) => {
        const [one, many] = [new PackedNumbers(bits), new PackedNumbers(bits)]
        for (const [i, list] of lists.entries()) {
          for (const number of list) one.push(number)
          if (i % 3 === 2) for (const number of list) many.push(number)
          else many.pushAll(Float64Array.from(list))
        }
        const all = Array.from({ length: one.length }, (_, row) => one.at(row))
        expect([many.length, many.bytes]).toEqual([one.length, one.bytes])
        expect([...many.slice(0, many.length)]).toEqual(all)
        for (const start of [0, 1, 7].filter(start => start <= all.length))
          expect([...one.slice(start, all.length - ((all.length - start) >> 1))]).toEqual(
            all.slice(start, all.length - ((all.length - start) >> 1)),
          )
      }),
      { numRuns: 300 },
    )
  })

  test('texts', () => {
    const texts = fc.uniqueArray(fc.string({ unit: 'binary', maxLength: 30 }), { maxLength: 60 })
    const sizes = fc.record({ blockBits: fc.integer({ min: 2, max: 8 }), places: fc.constantFrom(1, 64) })
    fc.assert(
      fc.property(sizes, texts, fc.nat(), (size, texts, cut) => {
        const dictionary = new Dictionary(size)
        const from = texts.length === 0 ? 0 : cut % texts.length
        for (const text of texts.slice(0, from)) dictionary.intern(text)
        const parts = texts.slice(from).map(text => utf8(text))
        const offsets = new Int32Array(parts.length + 1)
        for (const [i, part] of parts.entries()) offsets[i + 1] = offsets[i] + part.length
        dictionary.addAll(new Uint8Array(Buffer.concat(parts)), offsets, parts.length)
        expect(dictionary.size).toBe(texts.length)
        for (const [code, text] of texts.entries()) {
          expect(dictionary.code(text)).toBe(code)
          expect(dictionary.text(code)).toBe(text)
        }
        expect(dictionary.intern('behind all of them')).toBe(
          texts.includes('behind all of them') ? texts.indexOf('behind all of them') : texts.length,
        )
      }),
      { numRuns: 300 },
    )
  })

  const wide = fc.oneof(fc.bigInt(-40n, 40n), fc.bigInt(-(2n ** 99n), 2n ** 99n))
  const KEYS: readonly (readonly [string, ValueType, fc.Arbitrary<bigint>])[] = [
    ['codes', STRING, fc.bigInt(0n, 300n)],
    ['longs', LONG, fc.oneof(fc.bigInt(-40n, 40n), fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n))],
    ['decimals', decimalOf(2), wide],
  ]
  test.each(KEYS)('keys that are %s', (_, type, key) => {
    fc.assert(
      fc.property(
        fc.constantFrom(1, 16),
        fc.uniqueArray(key, { maxLength: 120 }),
        fc.nat(120),
        fc.nat(120),
        (places, keys, a, b) => {
          const raws = keys.map(narrowed)
          const [low, high] = [Math.min(a, b), Math.max(a, b)]
          const index = new OrdinalIndex(type, new Memory(), 0, places)
          for (const raw of raws.slice(0, low)) index.add(raw)
          const some = raws.slice(low, high)
          index.addAll(rawOf(type, some), some.length)
          for (const raw of raws.slice(high)) index.add(raw)
          expect(index.size).toBe(raws.length)
          for (const [ordinal, raw] of raws.entries()) {
            expect(index.find(raw)).toBe(ordinal)
            expect(index.key(ordinal)).toEqual(index.keys.as === 'i64' || index.keys.as === 'i128' ? BigInt(raw) : raw)
          }
          expect(index.find(2 ** 50 + 1)).toBe(raws.indexOf(2 ** 50 + 1))
        },
      ),
      { numRuns: 200 },
    )
  })

  const VALUES: readonly (readonly [string, ValueType, fc.Arbitrary<RawValue>])[] = [
    ['codes', STRING, fc.nat(3)],
    ['instants', INSTANT, fc.integer()],
    ['longs', LONG, fc.constantFrom(0, -7, 2n ** 53n + 1n)],
    ['decimals', decimalOf(2), fc.constantFrom(1, 2n ** 60n, 2n ** 100n)],
  ]
  test.each(VALUES)('facts whose values are %s, at every moment, and after more has happened', (_, type, value) => {
    const pace = fc.record({
      blockBits: fc.integer({ min: 0, max: 4 }),
      share: fc.constant(1 / 2),
      least: fc.integer({ min: 1, max: 5 }),
    })
    const first = fc.array(fc.option(fc.record({ value, from: fc.integer({ min: 1, max: 30 }) })), { maxLength: 40 })
    const more = fc.array(fc.record({ slot: fc.nat(45), value: fc.option(value) }), { maxLength: 30 })
    fc.assert(
      fc.property(pace, fc.boolean(), first, more, (pace, inOrder, first, more) => {
        const times = first.map(fact => fact?.from ?? 0)
        if (inOrder) times.sort((a, b) => a - b)
        const facts = first.flatMap((fact, slot) => (fact ? [{ slot, value: fact.value, from: times[slot] || 1 }] : []))
        const [one, many] = [new SlotColumn(type, pace, new Memory()), new SlotColumn(type, pace, new Memory())]
        for (const { slot, value, from } of facts.toSorted((a, b) => a.from - b.from)) one.begin(slot, value, from)
        many.fill({
          slot: Int32Array.from(facts, fact => fact.slot),
          value: rawOf(
            type,
            facts.map(fact => fact.value),
          ),
          from: Uint32Array.from(facts, fact => fact.from),
          to: new Uint32Array(0),
        })
        same(one, many)
        let t = 31
        for (const { slot, value } of more) {
          for (const column of [one, many])
            if (value !== null) column.begin(slot, value, t)
            else if (column.holds(slot)) column.end(slot, t)
          t++
        }
        same(one, many)
      }),
      { numRuns: 150 },
    )
  })

  test.each(VALUES)('first facts of new entities whose values are %s, between all other changes', (_, type, value) => {
    const pace = fc.record({
      blockBits: fc.integer({ min: 0, max: 4 }),
      share: fc.constant(1 / 2),
      least: fc.integer({ min: 1, max: 5 }),
    })
    // mostly births, some of which leave slots out; now and then something that exists changes, ends or is looked at
    const step = fc.record({
      births: fc.oneof(
        { weight: 5, arbitrary: fc.nat(20) },
        { weight: 1, arbitrary: fc.integer({ min: 250, max: 300 }) },
      ),
      apart: fc.constantFrom(1, 1, 1, 2),
      ordinal: fc.nat(400),
      value: fc.option(value),
      ask: fc.constantFrom('nothing', 'settle', 'holds', 'value', 'since', 'latest', 'seek'),
    })
    fc.assert(
      fc.property(pace, fc.array(step, { maxLength: 12 }), fc.array(value, { minLength: 3 }), (pace, steps, values) => {
        const [one, many] = [pace, pace].map(pace => new SlotColumn(type, pace, new Memory(), 0, true))
        let t = 1
        let next = 0
        let pick = 0
        for (const { births, apart, ordinal, value, ask } of steps) {
          for (let i = 0; i < births; i++, next += apart) {
            // some share a transaction
            if (i % 3 === 0) t++
            const value = values[pick++ % values.length]
            one.begin(next, value, t)
            many.bear(next, value, t)
          }
          if (next === 0) continue
          if (ask === 'settle') many.settle()
          else if (ask === 'holds') expect(many.holds(next - apart)).toBe(one.holds(next - apart))
          else if (ask === 'value') {
            const value = one.holds(next - apart) ? one.latest(next - apart) : 0
            expect(many.holdsValue(next - apart, value)).toBe(one.holdsValue(next - apart, value))
          } else if (ask === 'since') expect(many.heldSince(next - apart)).toBe(one.heldSince(next - apart))
          else if (ask === 'latest' && one.holds(next - apart))
            expect(many.latest(next - apart)).toEqual(one.latest(next - apart))
          else if (ask === 'seek') expect(many.slotsOf(1, 1e6)).toEqual(one.slotsOf(1, 1e6))
          t++
          const slot = ordinal % next
          for (const column of [one, many])
            if (value !== null) column.begin(slot, value, t)
            else if (column.holds(slot)) column.end(slot, t)
        }
        many.settle()
        expect(many.slotsOf(1, 1e6)).toEqual(one.slotsOf(1, 1e6))
        expect(many.slots).toBe(one.slots)
        for (let slot = 0; slot < one.slots; slot += 7) expect(many.intervalsOf(slot)).toEqual(one.intervalsOf(slot))
        const step = Math.max(1, Math.floor(one.changed / 10))
        same(one, many, step)
      }),
      { numRuns: 40 },
    )
  })
})

function same(one: SlotColumn, many: SlotColumn, step = 1): void {
  expect([many.slots, many.changed, many.live, many.ended]).toEqual([one.slots, one.changed, one.live, one.ended])
  for (let t = 0; t <= one.changed + 1; t += step) {
    expect([t, many.countAt(t), many.slotsAt(t), many.sameSince(t)]).toEqual([
      t,
      one.countAt(t),
      one.slotsAt(t),
      one.sameSince(t),
    ])
    const slots = one.slotsAt(t)
    const since = one.sinceAt(t, slots)
    expect([...many.sinceAt(t, slots)].slice(0, slots)).toEqual([...since].slice(0, slots))
    const [values, expected] = [many.valuesAt(t, slots), one.valuesAt(t, slots)]
    for (let slot = 0; slot < slots; slot++)
      if (since[slot] !== 0 && since[slot] <= t) {
        expect(BigInt(rawAt(values, slot))).toBe(BigInt(rawAt(expected, slot)))
        expect(many.firstFrom(slot)).toBe(one.firstFrom(slot))
      }
  }
}

function narrowed(value: bigint): RawValue {
  return BigInt(Number(value)) === value && Number.isSafeInteger(Number(value)) ? Number(value) : value
}
