import { RE2JS } from 're2js'
import { FactError } from '../../base/error.ts'

/**
 * Regular expressions whose time grows with the text alone, whatever the pattern (RE2: Russ Cox, "Regular Expression Matching Can Be
 * Simple And Fast", 2007), so that no query hangs on one. What needs more than that, backward references and looking around, is refused.
 */
export interface TextPattern {
  /** As it was written. */
  readonly source: string
  /** How many groups it has. */
  readonly groups: number
  /** The first match and its groups, "" for a group that took no part; null where there is none. Throws `argument`. */
  find(text: string): readonly string[] | null
  /** The same where the whole text matches. */
  matches(text: string): readonly string[] | null
}

/** Steps of one match, as pattern and text multiply; so many take about a tenth of a second. */
const MOST_STEPS = 4_000_000

const KEPT = 1000
const known = new Map<string, TextPattern>()

/** Reads a pattern. Throws `argument` with what is wrong with it. */
export function textPattern(source: string): TextPattern {
  let pattern = known.get(source)
  if (pattern === undefined) {
    pattern = read(source)
    if (known.size >= KEPT) known.clear()
    known.set(source, pattern)
  }
  return pattern
}

function read(source: string): TextPattern {
  const compiled = compile(source)
  const size = compiled.programSize()
  const groups = compiled.groupCount()
  const result = (matcher: ReturnType<RE2JS['matcher']>, found: boolean): string[] | null =>
    found ? Array.from({ length: groups + 1 }, (_, i) => matcher.group(i) ?? '') : null
  const over = (text: string) => {
    if (text.length * size <= MOST_STEPS) return compiled.matcher(text)
    throw new FactError(
      'argument',
      `the regular expression ${JSON.stringify(source)} and a text of ${text.length} characters are too long for each other: take a shorter pattern, or a part of the text by (subs …)`,
    )
  }
  return {
    source,
    groups,
    find(text) {
      const matcher = over(text)
      return result(matcher, matcher.find())
    },
    matches(text) {
      const matcher = over(text)
      return result(matcher, matcher.matches())
    },
  }
}

function compile(source: string): RE2JS {
  try {
    return RE2JS.compile(source)
  } catch (error) {
    const words = (error as Error).message.replace(/^error parsing regexp: /, '')
    const advice = /\\[1-9]|\(\?<?[=!]/.test(source)
      ? '; looking around and backward references are not there, since their time has no bound'
      : ''
    throw new FactError('argument', `${JSON.stringify(source)} is no regular expression: ${words}${advice}`)
  }
}
