import { describe, expect, it } from 'vitest'
import { hint, nearest } from '../../src/base/nearest.ts'

describe('nearest', () => {
  const known = [':customer/country', ':customer/county', ':customer/id', ':product/price']

  it('knows what a slip of the fingers meant, nearest first', () => {
    expect(nearest(':customer/contry', known)).toEqual([':customer/country', ':customer/county'])
    expect(nearest(':product/pirce', known)).toEqual([':product/price'])
    expect(nearest(':CUSTOMER/ID', known)).toContain(':customer/id')
  })

  it('says nothing where nothing resembles, and never more than three', () => {
    expect(nearest(':web/click', known)).toEqual([])
    expect(nearest('aa', ['ab', 'ac', 'ad', 'ae'])).toHaveLength(3)
  })

  it('becomes a question', () => {
    expect(hint(['a', 'b'])).toBe(' Did you mean a or b?')
    expect(hint([])).toBe('')
  })
})
