import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ROOT } from './given.ts'

/*
 * The store keeps 28 rules (src/store/README.md lists them). Each has a test whose title names its number, as in
 * `rule 7: …` or `store rules 1 and 2: …`, so that who breaks a rule reads which one.
 */

const RULES = 28

/** What is not built yet of rules that have a test for the rest, and what it waits for. */
const PARTLY: Readonly<Record<number, string>> = {
  27: 'rebuild, which makes a new id',
  28: 'erasure, the exception that an answer must name',
}

/** Rules of which nothing is built yet, so that they need no test. */
const UNBUILT: Readonly<Record<number, string>> = {}

/** Rules that a title names: `rules 1, 2 and 4`, `rules 1 to 5`, `store rule 13`. */
function rulesIn(title: string): number[] {
  const found: number[] = []
  for (const [, list] of title.matchAll(/\brules? (\d+(?:(?:, | and | to )\d+)*)/g)) {
    const numbers = [...list.matchAll(/( to )?(\d+)/g)]
    for (const [, range, text] of numbers) {
      const number = Number(text)
      if (range) for (let between = found[found.length - 1] + 1; between < number; between++) found.push(between)
      found.push(number)
    }
  }
  return found
}

/** Titles of the tests and groups of tests in a file, as they stand there. */
const titlesIn = (source: string): string[] =>
  [...source.matchAll(/^\s*(?:describe|test|it)(?:\.\w+(?:\([^)]*\))?)*\(\s*(['`])((?:\\.|(?!\1).)*)\1/gms)].map(
    ([, , title]) => title,
  )

const proofs = new Map<number, string[]>()
for (const name of readdirSync(join(ROOT, 'test'), { recursive: true, encoding: 'utf8' })) {
  if (!name.endsWith('.test.ts') || name === 'rules.test.ts') continue
  for (const title of titlesIn(readFileSync(join(ROOT, 'test', name), 'utf8')))
    for (const rule of rulesIn(title)) proofs.set(rule, [...(proofs.get(rule) ?? []), `${name}: ${title}`])
}

test.each(Array.from({ length: RULES }, (_, i) => i + 1))('store rule %i has a test that names it', rule => {
  if (UNBUILT[rule] === undefined) expect(proofs.get(rule) ?? []).not.toEqual([])
})

test('no title names a rule that there is not', () => {
  expect([...proofs].filter(([rule]) => rule < 1 || rule > RULES)).toEqual([])
  for (const rule of Object.keys({ ...PARTLY, ...UNBUILT })) expect(Number(rule)).toBeLessThanOrEqual(RULES)
})

test('the reader of titles finds rules, and nothing else', () => {
  expect(rulesIn('store rules 1, 2 and 4: so')).toEqual([1, 2, 4])
  expect(rulesIn('rules 1 to 5: so')).toEqual([1, 2, 3, 4, 5])
  expect(rulesIn('a frame (store rule 13)')).toEqual([13])
  expect(rulesIn('a rule without end, and 12 others')).toEqual([])
  const source =
    "describe('a rule 7', () => {\n  test.skipIf(x)(\n    `rule 8`,\n  it('not \\'rule 9', () => {})\n  const x = 'rule 10'\n"
  expect(titlesIn(source)).toEqual(['a rule 7', 'rule 8', "not \\'rule 9"])
})
