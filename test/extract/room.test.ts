import fc from 'fast-check'
import { expect, it } from 'vitest'
import { arrowParts, type Provenance } from '../../src/extract/arrow-answer.ts'
import type { Answer } from '../../src/model/answer.ts'
import { column, relation, TestStrings } from '../answers.ts'
import { momentView } from '../fake-view.ts'

const about: Provenance = { view: momentView(42, 0, true), query: 'q', version: 'v', args: '{}', shard: null }

/** Parts of different lengths, with nulls and codes that come and go. */
const part = (rows: number, salt: number): Answer => {
  const s = new TestStrings()
  const each = <X>(cell: (i: number) => X): X[] => Array.from({ length: rows }, (_, i) => cell(i * 31 + salt))
  return relation(
    [
      column(
        'r',
        'ref(customer)',
        each(i => 4294967296 + i),
        s,
      ),
      column(
        's',
        'string',
        each(i => (i % 5 === 0 ? null : `text ${i % 7}`)),
        s,
      ),
      column(
        'l',
        'long',
        each(i => (i % 3 === 0 ? null : -i * 2 ** 33)),
        s,
      ),
      column(
        'm',
        'decimal(2)',
        each(i => `${i}.25`),
        s,
      ),
      column(
        'd',
        'double',
        each(i => i / 8),
        s,
      ),
      column(
        'i',
        'instant',
        each(i => 1304208000123 + i),
        s,
      ),
      column(
        'b',
        'boolean',
        each(i => i % 2 === 0),
        s,
      ),
    ],
    rows,
    s,
  )
}

it('what is lent is the same, for one who copies it in time', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 5 }),
      fc.nat(50),
      (lengths, salt) => {
        const parts = lengths.map((rows, i) => part(rows, salt + i))
        const kept = Buffer.concat([...arrowParts(parts[0].columns, parts, about).chunks].flat())
        const copied: Buffer[] = []
        for (const pieces of arrowParts(parts[0].columns, parts, about).lent!) copied.push(Buffer.concat(pieces))
        expect(Buffer.concat(copied).equals(kept)).toBe(true)
      },
    ),
    { numRuns: 60 },
  )
})

it('what is lent takes no new arrays for each batch', () => {
  const parts = [part(5000, 1), part(5000, 2), part(4000, 3)]
  const buffers = new Map<ArrayBufferLike, number>()
  let [batches, again] = [0, 0]
  for (const pieces of arrowParts(parts[0].columns, parts, about).lent!) {
    for (const { buffer, length } of pieces) {
      if (length < 10_000) continue
      if (buffers.has(buffer)) again++
      buffers.set(buffer, batches)
    }
    batches++
  }
  // of each part after the first: references, codes, longs, decimals and instants
  expect(again).toBe(2 * 5)
})
