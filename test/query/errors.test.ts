import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { FactError } from '../../src/base/error.ts'
import { type Arguments, parseQuery, runQuery } from '../../src/query/query.ts'
import { ask, shop } from './worlds.ts'

/**
 * Mistakes as people make them, and what they are told: `mistakes.txt` has a query, `<=` its arguments, `=>` kind, place and all of the words.
 * A place begins with `%` or the name of an argument where it lies in that text.
 */
const MISTAKES = readFileSync(new URL('mistakes.txt', import.meta.url), 'utf8')
  .split('\n\n')
  .filter(block => !block.startsWith('#'))
  .map(block => {
    const [text, ...rest] = block.trimEnd().split(/\n(?=[<=][=>] )/)
    const part = (sign: string) => rest.find(line => line.startsWith(sign))?.slice(3)
    return { text, args: JSON.parse(part('<=') ?? '{}') as Arguments, said: part('=>') }
  })

function told(text: string, args: Arguments): string {
  try {
    runQuery(parseQuery(text), { sources: new Map([['$', shop()]]), args })
    return 'no error'
  } catch (error) {
    if (!(error instanceof FactError)) throw error
    const { file, line, column } = error.details
    const place = [file, line, column].filter(part => part !== undefined).join(':')
    return [error.kind, ...(place === '' ? [] : [place]), error.message].join(' ')
  }
}

test.each(MISTAKES.map(({ text, args, said }) => [text, args, said] as const))('%s', (text, args, said) => {
  expect(told(text, args)).toBe(said)
})

test('mistakes of every kind that a query can have are among them, and nothing else is', () => {
  const kinds = new Set(MISTAKES.map(({ said }) => said?.split(' ')[0]))
  expect([...kinds].sort()).toEqual([
    'argument',
    'arithmetic',
    'arity',
    'not-found',
    'parse-error',
    'unbound-variable',
    'unknown-attribute',
    'unknown-function',
    'unknown-rule',
    'unknown-source',
    'unstratified',
    'wrong-source',
    'wrong-type',
  ])
  // what a query text is wrong about has a place in it
  const placeless = MISTAKES.filter(
    ({ said }) => !/^\S+ \S*\d+:\d+ /.test(said ?? '') && !said?.startsWith('argument '),
  )
  expect(placeless).toEqual([])
})

test('errors carry the nearest names', () => {
  try {
    ask('[:find ?e :where [?e :customer/contry "France"]]')
    expect.unreachable()
  } catch (error) {
    expect((error as FactError).details.nearest).toEqual([':customer/country'])
  }
})

test('a query ends where its stop hook throws, also in the middle of a product', () => {
  const ages = Array.from({ length: 5000 }, (_, i) => i)
  let calls = 0
  const stop = () => {
    if (++calls > 200) throw new FactError('timeout', 'the query took too long')
  }
  const query = parseQuery('[:find (count ?a) . :in [?a ...] [?b ...] [?c ...]]')
  const options = { sources: new Map([['$', shop()]]), args: { a: ages, b: ages, c: ages }, stop }
  expect(() => runQuery(query, options)).toThrow(expect.objectContaining({ kind: 'timeout' }))
})
