import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { utf8 } from '../../src/base/bytes.ts'
import { Dictionary } from '../../src/store/dictionary.ts'

/** Few enough letters that texts repeat and share beginnings, with every width of UTF-8, zeros and a byte order mark. */
const letters = fc.constantFrom('a', 'b', '\0', '/', 'é', '€', '😀', '\ufeff')
const text = fc.oneof(
  fc.string({ unit: letters, maxLength: 6 }),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.integer({ min: 0, max: 300 }).map(length => 'x'.repeat(length)),
)
/** Blocks of 16 bytes to 4 KiB, tables that must grow at once. */
const sizes = fc.record({ blockBits: fc.integer({ min: 2, max: 10 }), places: fc.constantFrom(1, 2, 4, 64) })

/** Bytes of a text somewhere in a larger buffer. */
function within(text: string): [bytes: Uint8Array, start: number, end: number] {
  const bytes = utf8(text)
  const larger = new Uint8Array(bytes.length + 7).fill(0x41)
  larger.set(bytes, 3)
  return [larger, 3, 3 + bytes.length]
}

describe('a dictionary', () => {
  test('is a map of texts to codes in order of first use, whichever way they come', () => {
    const step = fc.record({ text, asBytes: fc.boolean() })
    fc.assert(
      fc.property(sizes, fc.array(step, { maxLength: 120 }), (size, steps) => {
        const dictionary = new Dictionary(size)
        const codes = new Map<string, number>()
        const order: string[] = []
        for (const { text, asBytes } of steps) {
          const known = codes.get(text) ?? -1
          expect([dictionary.code(text), dictionary.codeOfBytes(...within(text))]).toEqual([known, known])
          const code = asBytes ? dictionary.internBytes(...within(text)) : dictionary.intern(text)
          if (known < 0) order.push(text)
          codes.set(text, code)
          expect(code).toBe(known < 0 ? order.length - 1 : known)
        }
        expect(dictionary.size).toBe(order.length)
        // all of them together, and some that are not there; twice, since what was found is near afterwards
        const all = [...order, ...order.map(text => `${text}${order[0]}no`), ...order]
        const ends = Int32Array.from(all, () => 0)
        const starts = Int32Array.from(ends)
        const bytes = Buffer.alloc(all.reduce((sum, text) => sum + utf8(text).length, 3))
        for (const [i, text] of all.entries()) {
          starts[i] = i === 0 ? 0 : ends[i - 1]
          ends[i] = starts[i] + bytes.write(text, starts[i])
        }
        for (let times = 0; times < 2; times++) {
          const found = new Int32Array(all.length).fill(-7)
          const at = Int32Array.from(all.keys()).reverse()
          const view = new DataView(bytes.buffer, bytes.byteOffset)
          dictionary.codesIn(view, starts, ends, at, all.length, found, new Int32Array(all.length))
          expect([...found]).toEqual(all.map(text => codes.get(text) ?? -1))
        }
        // in two orders, since what was asked for lately is kept
        for (const [code, text] of order.entries()) expect(dictionary.text(code)).toBe(text)
        for (const [code, text] of [...order.entries()].reverse()) {
          expect(dictionary.text(code)).toBe(text)
          expect(Buffer.from(dictionary.utf8(code)).equals(utf8(text))).toBe(true)
          expect(dictionary.code(text)).toBe(code)
        }
      }),
      { numRuns: 300 },
    )
  })

  test('compares what it finds: of 400,000 texts some have the same hash of 32 bits', () => {
    const dictionary = new Dictionary({ blockBits: 6, places: 1 })
    const text = (i: number) => `${Math.imul(i, 0x5bd1e995) >>> 0}/${i}`
    let wrong = 0
    for (let i = 0; i < 400_000; i++) if (dictionary.intern(text(i)) !== i) wrong++
    for (let i = 0; i < 400_000; i++) if (dictionary.code(text(i)) !== i) wrong++
    for (let i = 400_000; i < 800_000; i++) if (dictionary.code(text(i)) !== -1) wrong++
    for (let i = 0; i < 400_000; i += 1000) expect(dictionary.text(i)).toBe(text(i))
    expect(wrong).toBe(0)
    expect(dictionary.bytes).toBeGreaterThan(400_000 * 30)
  })

  test('looks in few places, wherever in a word texts differ', () => {
    for (const at of [0, 1, 2, 3]) {
      const dictionary = new Dictionary()
      const text = (i: number) =>
        [i % 40, Math.floor(i / 40) % 40, Math.floor(i / 1600)]
          .map(digit => 'x'.repeat(at) + String.fromCharCode(65 + digit) + 'x'.repeat(3 - at))
          .join('')
      const started = performance.now()
      for (let i = 0; i < 60_000; i++) dictionary.intern(text(i))
      // one by one, two thousand million of them would be looked at
      expect(performance.now() - started).toBeLessThan(1500)
      expect(dictionary.size).toBe(60_000)
    }
  })

  test('keeps texts that are longer than a block, and those after them', () => {
    const dictionary = new Dictionary({ blockBits: 4, places: 2 })
    const long = ['é'.repeat(40_000), 'y'.repeat(3_000_000), 'z'.repeat(65)]
    const texts = long.flatMap(text => ['short', text, `${text}!`, `after ${text.length}`])
    const codes = texts.map(text => dictionary.intern(text))
    expect(codes).toEqual([0, 1, 2, 3, 0, 4, 5, 6, 0, 7, 8, 9])
    for (const [i, text] of texts.entries()) expect(dictionary.text(codes[i]) === text).toBe(true)
  })

  test('knows no text with half a surrogate pair, and never throws for one that is asked for', () => {
    const dictionary = new Dictionary()
    dictionary.intern('\ufffd')
    dictionary.intern('a\ufffdb')
    for (const lone of ['\ud800', 'a\udc00b', '\udc00\ud800', `${'x'.repeat(500)}\ud83d`])
      expect(dictionary.code(lone)).toBe(-1)
    expect(() => dictionary.intern('\ud800')).toThrow('half a surrogate pair')
    expect(dictionary.size).toBe(2)
  })

  test('has no text for a code that was not given out', () => {
    const dictionary = new Dictionary()
    dictionary.intern('x')
    for (const code of [-1, 1, 4096, 0.5 + 1]) expect(() => dictionary.text(code)).toThrow('no text has code')
    expect(() => dictionary.utf8(1)).toThrow('no text has code')
  })

  test('says that it is full while there is room for one more event', () => {
    const dictionary = new Dictionary({ blockBits: 22, places: 1 })
    expect(dictionary.full).toBe(false)
    dictionary.intern('x')
    expect(dictionary.full).toBe(true)
    expect(new Dictionary().full).toBe(false)
  })
})
