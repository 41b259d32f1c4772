import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decimalOf, INSTANT, LONG, STRING, type ValueType } from '../../src/model/type.ts'
import { Memory } from '../../src/store/memory.ts'
import { OrdinalIndex } from '../../src/store/ordinal-index.ts'
import type { RawValue } from '../../src/store/raw-value.ts'

const raw = (value: bigint): RawValue =>
  value <= Number.MAX_SAFE_INTEGER && value >= Number.MIN_SAFE_INTEGER ? Number(value) : value

/** Integers whose lower halves agree, at the edges of every width. */
const edges = [31n, 32n, 53n, 63n, 64n, 100n].flatMap(bits =>
  [-1n, 0n, 1n].flatMap(d => [2n ** bits + d, -(2n ** bits) + d]),
)
const within = (bits: bigint) => (value: bigint) => BigInt.asIntN(Number(bits), value) === value
const integers = (bits: bigint) =>
  fc.oneof(
    fc.bigInt(-40n, 40n),
    fc.constantFrom(...edges.filter(within(bits))),
    fc.bigInt(-(2n ** (bits - 1n)), 2n ** (bits - 1n) - 1n),
  )

const KEYS: readonly (readonly [string, ValueType, fc.Arbitrary<bigint>])[] = [
  ['codes', STRING, fc.bigInt(0n, 300n)],
  ['longs', LONG, integers(64n)],
  ['instants', INSTANT, fc.bigInt(-(2n ** 52n), 2n ** 52n)],
  ['decimals', decimalOf(2), integers(120n)],
]

describe('an index of ordinals', () => {
  test.each(KEYS)('finds %s exactly, also after its keys had to be widened', (_, type, keys) => {
    fc.assert(
      fc.property(fc.constantFrom(1, 2, 16), fc.array(keys, { maxLength: 150 }), (places, steps) => {
        const index = new OrdinalIndex(type, new Memory(), 0, places)
        const ordinals = new Map<bigint, number>()
        for (const key of steps) {
          expect(index.find(raw(key))).toBe(ordinals.get(key) ?? -1)
          if (ordinals.has(key)) continue
          expect(index.add(raw(key))).toBe(ordinals.size)
          ordinals.set(key, ordinals.size)
          expect(index.find(raw(key))).toBe(ordinals.get(key))
          expect(BigInt(index.key(ordinals.get(key)!))).toBe(key)
        }
        for (const [key, ordinal] of ordinals) expect(index.find(raw(key))).toBe(ordinal)
        for (const key of ordinals.keys())
          for (const near of [key + 1n, key - 1n, key + 2n ** 32n, -key])
            expect(index.find(raw(near))).toBe(ordinals.get(near) ?? -1)
      }),
      { numRuns: 200 },
    )
  })

  test('finds no text that the dictionary does not know, whose code is -1', () => {
    const index = new OrdinalIndex(STRING)
    for (let code = 0; code < 1000; code++) index.add(code)
    expect(index.find(-1)).toBe(-1)
    expect(index.bytes).toBeGreaterThanOrEqual(4 * 1334)
  })

  test('stops where one key would have two ordinals', () => {
    const index = new OrdinalIndex(LONG)
    index.add(7)
    expect(() => index.add(7)).toThrow('two ordinals for one key')
  })
})
