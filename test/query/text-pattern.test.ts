import { describe, expect, test } from 'vitest'
import { FactError } from '../../src/base/error.ts'
import { arrayStore } from '../../src/model/array-view.ts'
import { textPattern } from '../../src/query/functions/text-pattern.ts'
import { parseQuery, runQuery } from '../../src/query/query.ts'
import { errorOf, shopSchema } from './worlds.ts'

/** Each takes a backtracking matcher longer than anybody waits. */
const EVIL: readonly (readonly [string, string])[] = [
  ['(a+)+$', `${'a'.repeat(40)}!`],
  ['(a|aa)+$', `${'a'.repeat(60)}!`],
  ['^(([a-z])+.)+[A-Z]([a-z])+$', 'a'.repeat(60)],
  ['(x+x+)+y', 'x'.repeat(60)],
  ['(.*)(.*)(.*)(.*)(.*)(.*)(.*)(.*)z', 'b'.repeat(400)],
]

test.each(EVIL)('%s is answered at once', (pattern, text) => {
  const start = process.threadCpuUsage()
  expect(textPattern(pattern).find(text)).toBeNull()
  expect(textPattern(pattern).matches(text)).toBeNull()
  const { user, system } = process.threadCpuUsage(start)
  expect((user + system) / 1000).toBeLessThan(500)
})

test.each([
  ['b+', 'abbc', ['bb']],
  ['(a)(b)?', 'xa', ['a', 'a', '']],
  ['^\\d{2}-(?P<month>\\w+)', '07-May', ['07-May', 'May']],
  ['é.', 'caf\u00e9𝒳', ['é𝒳']],
  ['(?i)hello', 'HeLLo', ['HeLLo']],
])('%s in %s', (pattern, text, found) => {
  expect(textPattern(pattern).find(text)).toEqual(found)
})

describe('what is refused', () => {
  test.each([
    ['(', 'is no regular expression'],
    ['(a)\\1', 'backward references are not there'],
    ['a(?=b)', 'looking around'],
    ['(?<!b)a', 'looking around'],
    ['((a{100}){100}){100}', 'is no regular expression'],
  ])('%s', (pattern, words) => {
    expect(() => textPattern(pattern)).toThrow(expect.objectContaining({ kind: 'argument' }))
    expect(() => textPattern(pattern)).toThrow(words)
    const text = `[:find ?c :where [_ :customer/country ?c] [(re-find ${JSON.stringify(pattern)} ?c)]]`
    expect(errorOf(text)).toMatch(/^argument 1:45 /)
  })

  test('a text and a pattern that are too long for each other', () => {
    expect(() => textPattern('(x+x+){300}').find('x'.repeat(10_000))).toThrow('are too long for each other')
  })
})

test('a slow pattern ends with the time of its query, and equal texts are asked once', () => {
  const facts = Array.from({ length: 3000 }, (_, i) => ({
    e: `customer:${i}`,
    a: ':customer/country',
    v: 'x'.repeat(400 + (i % 1000)),
  }))
  const sources = new Map([['$', arrayStore({ schema: shopSchema(), facts })()]])
  const query = parseQuery('[:find (count ?e) . :where [?e :customer/country ?c] [(re-find "(x+x+){200}" ?c)]]')
  const start = performance.now()
  const stop = () => {
    if (performance.now() > start + 100) throw new FactError('timeout', 'too long')
  }
  expect(() => runQuery(query, { sources, stop })).toThrow('too long')
  let asked = 0
  const few = facts.map((fact, i) => ({ ...fact, v: `text ${i % 3}` }))
  const again = new Map([['$', arrayStore({ schema: shopSchema(), facts: few })()]])
  const found = runQuery(parseQuery('[:find (count ?e) . :where [?e :customer/country ?c] [(re-find "1$" ?c)]]'), {
    sources: again,
    stop: () => {
      asked++
    },
  })
  expect(found.columns[0].v.values[0]).toBe(1000)
  expect(asked).toBeLessThan(100)
})
