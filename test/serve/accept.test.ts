import { describe, expect, it } from 'vitest'
import { chooseType } from '../../src/serve/accept.ts'

const TYPES = ['application/json', 'text/csv', 'application/x-ndjson']

describe('Accept', () => {
  it.each([
    [undefined, 'application/json'],
    ['', 'application/json'],
    ['*/*', 'application/json'],
    ['text/csv', 'text/csv'],
    ['TEXT/CSV; header=present', 'text/csv'],
    ['text/*', 'text/csv'],
    ['text/html, text/csv;q=0.1', 'text/csv'],
    ['application/json;q=0.5, text/csv;q=0.9', 'text/csv'],
    ['text/csv;q=0.5, */*;q=0.1', 'text/csv'],
    ['application/json;q=0, */*', 'text/csv'],
    ['application/*;q=0.4, text/csv;q=0.4', 'application/json'],
    ['text/html,application/xhtml+xml,*/*;q=0.8', 'application/json'],
  ])('%s chooses %s', (accept, type) => {
    expect(chooseType(accept, TYPES)).toBe(type)
  })

  it.each(['text/html', 'application/json;q=0', 'nonsense', 'image/*'])('%s leaves nothing', accept => {
    expect(() => chooseType(accept, TYPES)).toThrow(
      `Accept: ${accept} leaves nothing that this route can answer; it has application/json, text/csv`,
    )
  })
})
