import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RefusedShares, WINDOW } from '../../src/ingest/refused-shares.ts'

test('a share is over where it is among the latest thousand, and never of fewer than a hundred', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 3000 }), fc.integer({ min: 1, max: 99 }), (outcomes, percent) => {
      const shares = new RefusedShares(percent / 100)
      for (const [i, good] of outcomes.entries()) {
        const latest = outcomes.slice(Math.max(0, i + 1 - WINDOW), i + 1)
        const refused = latest.filter(each => !each).length
        const over = latest.length >= 100 && refused > (percent / 100) * latest.length
        expect(shares.add('topic', good)).toEqual(over ? { refused, of: latest.length } : null)
      }
    }),
    { numRuns: 15 },
  )
})

test('topics are counted apart, and where nothing is said anything goes', () => {
  const shares = new RefusedShares(0.5)
  for (let i = 0; i < 99; i++) expect(shares.add('bad', false)).toBeNull()
  expect(shares.add('good', true)).toBeNull()
  expect(shares.add('bad', false)).toEqual({ refused: 100, of: 100 })
  const any = new RefusedShares()
  for (let i = 0; i < 200; i++) expect(any.add('bad', false)).toBeNull()
})
