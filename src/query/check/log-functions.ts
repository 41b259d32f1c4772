import { FactError } from '../../base/error.ts'
import { INSTANT, LONG, type ValueType } from '../../model/type.ts'
import { Instant } from '../../model/value.ts'
import type { Clause, Computation, Pattern, Places, Predicate, Term, Variable } from '../language/ast.ts'

/** Functions that read the log. They say what patterns over transactions and over the history of their source say too. */
const LOG_FUNCTIONS = ['tx-ids', 'tx-data']

export const isLogFunction = (name: string): boolean => LOG_FUNCTIONS.includes(name)

/** The history of a source, by a name that no query can write. */
export const historyOf = (source: string): string => `${source}(history`
export const historyBase = (name: string): string | null =>
  name.endsWith('(history') ? name.slice(0, -'(history'.length) : null

/** A call of such a function as the patterns that it stands for; `typeOf` an input, as far as it is known. Throws `arity`, `parse-error`. */
export function logClauses(clause: Computation, typeOf: (variable: string) => ValueType | undefined): Clause[] {
  return clause.name === 'tx-ids' ? txIds(clause, typeOf) : txData(clause)
}

/** `[(tx-ids $ from to) [?tx ...]]`: transactions from one moment, up to and without another or without end; moments are `t` or instants. */
function txIds({ source, args, to, at }: Computation, typeOf: (variable: string) => ValueType | undefined): Clause[] {
  if (args.length < 1 || args.length > 2)
    throw new FactError(
      'arity',
      `(tx-ids $ from to) takes a source, which stands for its log, and one or two moments, not ${args.length}`,
      at,
    )
  if (to.bind !== 'collection')
    throw new FactError('parse-error', '(tx-ids …) is bound to a collection: [?tx ...]', to.at)
  const [entity] = to.variables
  return args.flatMap((arg, i): Clause[] => {
    const instant =
      arg.term === 'constant'
        ? arg.literal.value instanceof Instant
        : arg.term === 'variable' && typeOf(arg.name)?.base === 'instant'
    const moment: Variable = { term: 'variable', name: `${entity.name}(${instant ? INSTANT.base : LONG.base}${i}`, at }
    const pattern: Pattern = {
      clause: 'pattern',
      source: source ?? '$',
      entity,
      ident: instant ? ':tx/instant' : ':tx/t',
      identAt: at,
      value: moment,
      tx: blank(at),
      op: blank(at),
      at,
    }
    return [pattern, comparison(i === 0 ? '>=' : '<', moment, arg)]
  })
}

/** `[(tx-data $ ?tx) [[?e ?a ?v ?t ?op]]]`: what a transaction stated and ended. */
function txData({ source, args, to, at }: Computation): Clause[] {
  if (args.length !== 1)
    throw new FactError('arity', `(tx-data $ ?tx) takes a source and a transaction, not ${args.length} values`, at)
  if (to.bind !== 'relation' || to.variables.length > 5)
    throw new FactError(
      'parse-error',
      '(tx-data …) is bound to a relation of at most five: [[?e ?a ?v ?tx ?op]]',
      to.at,
    )
  const [tx] = args
  const [entity, attribute, value, again, op] = Array.from({ length: 5 }, (_, i): Term => to.variables[i] ?? blank(at))
  const places: Places = {
    clause: 'places',
    source: historyOf(source ?? '$'),
    terms: [entity, attribute, value, tx, op],
    at,
  }
  return again.term === 'variable'
    ? [{ ...places, terms: [entity, attribute, value, again, op] }, comparison('=', again, tx)]
    : [places]
}

const blank = (at: Term['at']): Term => ({ term: 'blank', at })

const comparison = (name: string, variable: Variable, other: Term): Predicate => ({
  clause: 'predicate',
  name,
  source: null,
  args: [variable, other],
  at: other.at,
})
