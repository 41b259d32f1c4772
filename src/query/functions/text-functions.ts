import { FactError } from '../../base/error.ts'
import { plainText } from '../../model/entity-text.ts'
import { ANY, BOOLEAN, KEYWORD, STRING, type ValueType } from '../../model/type.ts'
import { isList, Keyword, type Value, ValueMap } from '../../model/value.ts'
import { showEdn } from '../language/edn-text.ts'
import { literalText, type QueryFunction } from './function.ts'
import { textPattern } from './text-pattern.ts'

const LIST_OF_STRINGS: ValueType = { base: 'list', of: STRING }

const text = (doc: string, value: (text: string) => string): QueryFunction => ({
  takes: ['text'],
  doc,
  gives: () => STRING,
  value: ([a]) => value(a as string),
})

const test = (doc: string, value: (text: string, part: string) => boolean): QueryFunction => ({
  takes: ['text', 'text'],
  doc,
  gives: () => BOOLEAN,
  value: ([a, b]) => value(a as string, b as string),
})

/** What a value is inside of a text: a string without quotes, the rest as ids and CSV write it. */
const shown = (value: Value): string => (isList(value) || value instanceof ValueMap ? showEdn(value) : plainText(value))

const SURROGATE = /[\ud800-\udfff]/

/** How many characters (code points) a text has. */
export const characters = (text: string): number => (SURROGATE.test(text) ? [...text].length : text.length)

/** Characters from `start`, counted from 0, up to but without `end`. */
function slice(text: string, start: bigint, end: bigint | undefined): string {
  const units = SURROGATE.test(text) ? [...text] : undefined
  const length = (units ?? text).length
  const [from, to] = [Number(start), end === undefined ? length : Number(end)]
  if (from < 0 || to < from || to > length) {
    throw new FactError(
      'argument',
      `(subs …) from ${from} to ${to} lies outside of a text of ${length} characters: ${JSON.stringify(text)}`,
    )
  }
  return units === undefined ? text.slice(from, to) : units.slice(from, to).join('')
}

/** The match, or where the pattern has groups a list of the match and each group. */
const matched = (found: readonly string[] | null): Value | null =>
  found === null || found.length > 1 ? found : found[0]

/** With a constant pattern it is known whether there are groups. */
function matchType(source: string | undefined): ValueType {
  if (source === undefined) return ANY
  return textPattern(source).groups === 0 ? STRING : LIST_OF_STRINGS
}

export const TEXT_FUNCTIONS: Readonly<Record<string, QueryFunction>> = {
  str: {
    takes: ['any'],
    optional: 1,
    repeats: true,
    doc: 'The texts of some values one after the other.',
    gives: () => STRING,
    value: args => args.map(shown).join(''),
  },
  subs: {
    takes: ['text', 'long', 'long'],
    optional: 1,
    doc: 'The characters from one place, counted from 0, up to another or the end; an error where the text is shorter.',
    gives: () => STRING,
    value: ([a, start, end]) => slice(a as string, start as bigint, end as bigint | undefined),
  },
  'upper-case': text('In capitals, whatever the language.', a => a.toUpperCase()),
  'lower-case': text('In small letters, whatever the language.', a => a.toLowerCase()),
  trim: text('Without blank space at either end.', a => a.trim()),
  split: {
    takes: ['text', 'text'],
    doc: 'The parts of the first text between occurrences of the second, which is no pattern.',
    gives: () => LIST_OF_STRINGS,
    value: ([a, b]) => {
      if (b === '') throw new FactError('argument', '(split …) needs a separator that is not empty')
      return (a as string).split(b as string)
    },
  },
  join: {
    takes: ['text', 'list'],
    doc: 'The texts of a list with a separator, the first argument, between them.',
    gives: () => STRING,
    value: ([separator, list]) => (list as readonly Value[]).map(shown).join(separator as string),
  },
  'starts-with?': test('Whether the first text begins with the second.', (a, b) => a.startsWith(b)),
  'ends-with?': test('Whether the first text ends with the second.', (a, b) => a.endsWith(b)),
  'includes?': test('Whether the second text occurs in the first.', (a, b) => a.includes(b)),
  'blank?': {
    takes: ['text'],
    doc: 'Whether a text is empty or blank space.',
    gives: () => BOOLEAN,
    value: ([a]) => (a as string).trim() === '',
  },
  're-pattern': {
    takes: ['text'],
    doc: 'A text as a regular expression, which is that text.',
    gives: () => STRING,
    value: ([a]) => textPattern(a as string).source,
  },
  're-find': {
    takes: ['text', 'text'],
    doc: 'The first match of a regular expression (RE2, so no backward references and no looking around) in a text, or a list of it and its groups; no row where there is none.',
    gives: (_, [source]) => matchType(literalText(source)),
    value: ([source, a]) => matched(textPattern(source as string).find(a as string)),
    partial: true,
    costly: true,
  },
  're-matches': {
    takes: ['text', 'text'],
    doc: 'The same where the whole text matches.',
    gives: (_, [source]) => matchType(literalText(source)),
    value: ([source, a]) => matched(textPattern(source as string).matches(a as string)),
    partial: true,
    costly: true,
  },
  keyword: {
    takes: ['text', 'text'],
    optional: 1,
    doc: 'The keyword of a name, or of a namespace and a name.',
    gives: () => KEYWORD,
    value: ([a, b]) => new Keyword(b === undefined ? `:${(a as string).replace(/^:/, '')}` : `:${a}/${b}`),
  },
  name: {
    takes: ['keyword'],
    doc: 'The name of a keyword, what follows its slash.',
    gives: () => STRING,
    value: ([a]) => (a as Keyword).name.replace(/^:([^/]+\/)?/, ''),
  },
  namespace: {
    takes: ['keyword'],
    doc: 'The namespace of a keyword; no row where it has none.',
    gives: () => STRING,
    value: ([a]) => /^:([^/]+)\//.exec((a as Keyword).name)?.[1] ?? null,
    partial: true,
  },
}
