import { AGGREGATES } from './aggregates/aggregates.ts'
import { FACT_FUNCTIONS } from './functions/fact-functions.ts'
import { arityOf, type QueryFunction } from './functions/function.ts'
import { NUMBER_FUNCTIONS } from './functions/number-functions.ts'
import { TEXT_FUNCTIONS } from './functions/text-functions.ts'
import { TIME_FUNCTIONS } from './functions/time-functions.ts'
import { VALUE_FUNCTIONS } from './functions/value-functions.ts'

/** A function or aggregate as a list for users shows it. */
export interface BuiltIn {
  readonly name: string
  readonly group: 'numbers' | 'strings' | 'time' | 'values' | 'facts' | 'aggregates'
  /** What it takes, in order: `string long [long]`, `number…`. */
  readonly takes: string
  /** One sentence. */
  readonly doc: string
}

/** Everything that a query can call, from the tables that the engine itself uses. */
export function builtIns(): readonly BuiltIn[] {
  const plain = (group: BuiltIn['group'], table: Readonly<Record<string, QueryFunction>>): BuiltIn[] =>
    Object.entries(table).map(([name, fn]) => ({ name, group, takes: takes(fn), doc: fn.doc }))
  return [
    ...plain('numbers', NUMBER_FUNCTIONS),
    ...plain('strings', TEXT_FUNCTIONS),
    ...plain('time', TIME_FUNCTIONS),
    ...plain('values', VALUE_FUNCTIONS),
    ...Object.entries(FACT_FUNCTIONS).map(([name, { takes, doc }]): BuiltIn => ({ name, group: 'facts', takes, doc })),
    {
      name: 'q',
      group: 'facts',
      takes: 'query input…',
      doc: 'What a query inside of the query gives for these inputs: sources, % or values.',
    },
    {
      name: 'tx-ids',
      group: 'facts',
      takes: '$ moment [moment]',
      doc: 'Transactions from a moment (a t or an instant), up to and without another, bound to [?tx ...].',
    },
    {
      name: 'tx-data',
      group: 'facts',
      takes: '$ ?tx',
      doc: 'What a transaction stated and ended, bound to [[?e ?a ?v ?tx ?op]]; what it ended has false as ?op.',
    },
    ...Object.entries(AGGREGATES).map(
      ([name, { amount, doc }]): BuiltIn => ({
        name,
        group: 'aggregates',
        takes: { none: '?x', allowed: '[n] ?x', needed: 'n ?x' }[amount],
        doc,
      }),
    ),
  ]
}

const SHOWN: Readonly<Record<string, string>> = { any: 'value', text: 'string', moment: 'instant|date' }

function takes(fn: QueryFunction): string {
  const [least] = arityOf(fn)
  return fn.takes
    .map((taken, i) => {
      const word = `${SHOWN[taken] ?? taken}${fn.repeats && i === fn.takes.length - 1 ? '…' : ''}`
      return i >= least ? `[${word}]` : word
    })
    .join(' ')
}
