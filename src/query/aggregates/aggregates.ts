import { FactError } from '../../base/error.ts'
import { hint, nearest } from '../../base/nearest.ts'
import type { Random } from '../../base/random.ts'
import { ANY, DOUBLE, LONG, showType, type ValueType } from '../../model/type.ts'
import { numberRows } from '../columns/numbering.ts'
import type { Run } from '../columns/relation.ts'
import type { Vector } from '../columns/vector.ts'
import { familyOf } from '../functions/comparable.ts'
import { isFunction } from '../functions/functions.ts'
import type { EdnPlace } from '../language/edn.ts'
import { distinctValues, extreme, extremes, listOf, manyByChance, oneByChance, sample } from './choice.ts'
import type { Groups } from './groups.ts'
import { average, sum } from './sums.ts'
import { deviation, median, variance } from './variance.ts'

/** What an aggregate may ask for beside the values. */
export interface Asked {
  /** The `n` of `(max n ?x)`. */
  readonly n: number | null
  /** Chance that follows from the query, its arguments, its moments and the group. */
  readonly chance: (group: number) => Random
}

export interface Aggregate {
  readonly doc: string
  /** Whether it is `(max ?x)`, `(sample n ?x)`, or both. */
  readonly amount: 'none' | 'needed' | 'allowed'
  /** The type of the result. Throws `wrong-type`. */
  readonly result: (type: ValueType, at: EdnPlace, several: boolean) => ValueType
  /** One value for each group. Throws `arithmetic`, `wrong-type`. */
  readonly over: (vector: Vector, groups: Groups, run: Run, asked: Asked) => Vector
}

const numbersOnly =
  (name: string, give: (type: ValueType) => ValueType) =>
  (type: ValueType, at: EdnPlace): ValueType => {
    if (type.base !== 'any' && familyOf(type) !== 'number') {
      throw new FactError('wrong-type', `(${name} …) takes numbers, not ${showType(type)}`, at)
    }
    return give(type)
  }

const toDouble = (): ValueType => DOUBLE
const oneOrList = (type: ValueType, _: EdnPlace, several: boolean): ValueType => (several ? listOf(type) : type)

const extremeOf =
  (sign: -1 | 1): Aggregate['over'] =>
  (vector, groups, run, { n }) =>
    n === null ? extreme(vector, groups, sign, run) : extremes(vector, groups, sign, n, run)

/** Every aggregate, by name. */
export const AGGREGATES: Readonly<Record<string, Aggregate>> = {
  count: {
    doc: 'How many rows.',
    amount: 'none',
    result: () => LONG,
    over: (_, groups, run) => longs(groups.sizes(run)),
  },
  'count-distinct': { doc: 'How many different values.', amount: 'none', result: () => LONG, over: countDistinct },
  sum: {
    doc: 'The exact sum of longs or decimals; of doubles the nearest to it.',
    amount: 'none',
    result: numbersOnly('sum', type => (type.base === 'any' ? ANY : type)),
    over: sum,
  },
  avg: { doc: 'The mean as a double.', amount: 'none', result: numbersOnly('avg', toDouble), over: average },
  median: {
    doc: 'The middle value, or the mean of the two in the middle, as a double.',
    amount: 'none',
    result: numbersOnly('median', toDouble),
    over: median,
  },
  variance: {
    doc: 'The variance of the whole population as a double.',
    amount: 'none',
    result: numbersOnly('variance', toDouble),
    over: variance,
  },
  stddev: {
    doc: 'The square root of the variance.',
    amount: 'none',
    result: numbersOnly('stddev', toDouble),
    over: deviation,
  },
  min: {
    doc: 'The least value; (min n ?x) a list of the n least, ascending.',
    amount: 'allowed',
    result: oneOrList,
    over: extremeOf(-1),
  },
  max: {
    doc: 'The greatest value; (max n ?x) a list of the n greatest, ascending.',
    amount: 'allowed',
    result: oneOrList,
    over: extremeOf(1),
  },
  distinct: {
    doc: 'A list of the different values, ascending.',
    amount: 'none',
    result: type => listOf(type),
    over: distinctValues,
  },
  rand: {
    doc: 'A value by chance; (rand n ?x) a list of n, the same one perhaps several times. Chance follows from query, arguments and t.',
    amount: 'allowed',
    result: oneOrList,
    over: (vector, groups, run, { n, chance }) =>
      n === null ? oneByChance(vector, groups, chance, run) : manyByChance(vector, groups, n, chance, run),
  },
  sample: {
    doc: '(sample n ?x) is a list of up to n different values by chance, ascending. Chance follows from query, arguments and t.',
    amount: 'needed',
    result: type => listOf(type),
    over: (vector, groups, run, { n, chance }) => sample(vector, groups, n as number, chance, run),
  },
}

/** Throws `unknown-function` with the nearest names, `arity`. */
export function aggregateNamed(name: string, several: boolean, at: EdnPlace): Aggregate {
  if (!Object.hasOwn(AGGREGATES, name)) {
    const names = Object.keys(AGGREGATES)
    const near = nearest(name, names)
    const words = isFunction(name)
      ? `${name} is a function, which stands in :where, as [(${name} …) ?x]; :find takes aggregates`
      : `there is no aggregate ${name}${near.length > 0 ? `.${hint(near)}` : `; there are ${names.join(' ')}`}`
    throw new FactError('unknown-function', words, { ...at, nearest: near })
  }
  const aggregate = AGGREGATES[name]
  if (several && aggregate.amount === 'none')
    throw new FactError('arity', `the aggregate ${name} takes one variable and nothing else: (${name} ?x)`, at)
  if (!several && aggregate.amount === 'needed')
    throw new FactError('arity', `the aggregate ${name} takes a number and a variable: (${name} 3 ?x)`, at)
  return aggregate
}

const longs = (counts: Float64Array): Vector => ({ type: LONG, as: 'f64', values: counts })

function countDistinct(vector: Vector, groups: Groups, run: Run): Vector {
  const group: Vector = { type: LONG, as: 'i32', values: groups.ids }
  const pairs = numberRows([group, vector], groups.rows, run)
  const counts = new Float64Array(groups.count)
  const seen = new Uint8Array(pairs.count)
  for (let i = 0; i < groups.rows; i++) {
    if (seen[pairs.ids[i]] === 0) {
      seen[pairs.ids[i]] = 1
      counts[groups.ids[i]]++
    }
  }
  return longs(counts)
}
