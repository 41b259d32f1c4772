import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { firstDifference, LineDigest, lastRung } from '../../src/ingest/line-digest.ts'
import { Lines } from '../../src/ingest/lines.ts'

/** All lines of a text that comes in chunks of the given sizes, in turn. */
function cut(text: string, sizes: readonly number[], limit = 1000) {
  const bytes = Buffer.from(text)
  const lines = new Lines(limit)
  const found: { text: string; count: number; offset: number; long: boolean; length: number }[] = []
  const drain = () => {
    while (lines.next()) {
      const { count, offset, long, length } = lines
      found.push({ text: lines.bytes.toString('utf8', lines.start, lines.end), count, offset, long, length })
    }
  }
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = Math.max(1, sizes[i % sizes.length])
    lines.push(bytes.subarray(at, at + size))
    at += size
    drain()
  }
  const ending = lines.ending()
  if (ending) {
    lines.push(ending)
    drain()
  }
  return found
}

const anyText = fc
  .array(
    fc.tuple(
      fc.string({ maxLength: 12 }).map(s => s.replace(/[\r\n]/g, '')),
      fc.constantFrom('\n', '\r\n'),
    ),
  )
  .chain(lines => fc.tuple(fc.constant(lines.map(([a, b]) => a + b).join('')), fc.constantFrom('', 'last', '\r\n')))
  .map(([lines, last]) => lines + last)
const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 })

describe('lines', () => {
  test('are those of a split, wherever chunks end', () => {
    fc.assert(
      fc.property(anyText, sizes, (text, sizes) => {
        const expected = text.split('\n')
        if (expected.at(-1) === '') expected.pop()
        const found = cut(text, sizes)
        expect(found.map(line => line.text)).toEqual(expected.map(line => line.replace(/\r$/, '')))
        expect(found.map(line => line.count)).toEqual(expected.map((_, i) => i + 1))
        let offset = 0
        for (const [i, line] of expected.entries()) {
          offset += Buffer.byteLength(line) + 1
          if (i < expected.length - 1 || text.endsWith('\n')) expect(found[i].offset).toBe(offset)
        }
      }),
    )
  })

  test('that are too long keep their beginning and tell their length, in one chunk or in many', () => {
    const kept = 65_536
    const long = 'ab'.repeat(kept)
    for (const size of [1000, 70_000, 1 << 20]) {
      const found = cut(`x\n${long}\ny`, [size], 100_000)
      expect(found.map(({ text }) => text.length)).toEqual([1, kept, 1])
      expect(found.map(({ long }) => long)).toEqual([false, true, false])
      expect(found[1].length).toBe(long.length)
      expect(found[2].offset).toBe(long.length + 5)
    }
  })

  test('of exactly the limit are not too long', () => {
    expect(cut('12345\n123456\n', [4], 5).map(({ long }) => long)).toEqual([false, true])
  })
})

describe('the digest of lines', () => {
  const digestOf = (text: string, sizes: readonly number[], steps: readonly number[]) => {
    const bytes = Buffer.from(text)
    const digest = new LineDigest()
    const ends = [...bytes.entries()].filter(([, byte]) => byte === 10).map(([at]) => at + 1)
    let line = 0
    let at = 0
    for (let from = 0, i = 0; from < bytes.length; i++) {
      const size = sizes[i % sizes.length]
      digest.feed(bytes.subarray(from, from + size))
      from += size
      while (line < ends.length && ends[line] <= from) {
        line++
        digest.line(line, ends[line - 1])
        if (steps.includes(line)) digest.advance((at = ends[line - 1]))
      }
    }
    expect(digest.fed).toBe(bytes.length)
    digest.advance(Math.max(at, ends.at(-1) ?? 0))
    return digest.toString()
  }

  test('does not depend on chunks, nor on when it was brought forward', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 5 })), sizes, fc.array(fc.nat(20)), (lines, sizes, steps) => {
        const text = lines.map(line => `${line.replaceAll('\n', '')}\n`).join('')
        const [whole, rungs] = digestOf(text, sizes, steps).split('.')
        expect(whole).toBe(createHash('sha256').update(text).digest('hex'))
        const after = (n: number) =>
          text
            .split('\n')
            .slice(0, n)
            .map(line => `${line}\n`)
            .join('')
        const expected: string[] = []
        for (let n = 1; n <= lines.length; n *= 2)
          expected.push(createHash('sha256').update(after(n)).digest('hex').slice(0, 8))
        expect(rungs).toBe(expected.join(''))
      }),
    )
  })

  test('tells where two files differ first', () => {
    const lines = Array.from({ length: 100 }, (_, i) => `line ${i + 1}\n`)
    const digest = digestOf(lines.join(''), [7], [])
    expect(lastRung(digest)).toBe(64)
    for (let changed = 1; changed <= 100; changed++) {
      const other = lines.with(changed - 1, 'other\n')
      const difference = firstDifference(digestOf(other.join(''), [9], []).split('.')[1], digest)
      if (changed > 64) expect(difference).toBeNull()
      else {
        expect(difference!.from).toBeLessThanOrEqual(changed)
        expect(difference!.to).toBeGreaterThanOrEqual(changed)
        expect(difference!.to).toBeLessThan(2 * changed)
      }
    }
  })
})
