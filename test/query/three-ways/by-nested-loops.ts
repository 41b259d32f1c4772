import { type AnyValue, PullMap } from '../../../src/model/answer.ts'
import { add, type Numeric } from '../../../src/model/arithmetic.ts'
import { Decimal } from '../../../src/model/decimal.ts'
import { entityNumber } from '../../../src/model/entity-id.ts'
import type { FactView } from '../../../src/model/fact-view.ts'
import { compareValues, EntityRef, type Value } from '../../../src/model/value.ts'
import { keyText } from '../../../src/query/columns/numbering.ts'
import type { FindElement } from '../../../src/query/language/ast.ts'
import { parseRules } from '../../../src/query/language/parse-clause.ts'
import { parseQuery, readEdn } from '../../../src/query/query.ts'
import { naiveRows, type World, withTables } from '../naive.ts'
import { naivePull } from '../naive-pull.ts'
import { canonical, type Opened } from './opened.ts'
import { type Question, STRATA, textOf } from './question.ts'

/** Rows in one go, and not more. */
const MOST = 500

/** What the definition gives: every clause against every fact, every group by itself. */
export function byNestedLoops(question: Question, { store, sources }: Opened): readonly string[] {
  const query = parseQuery(textOf(question))
  const views = new Map([...sources].filter(([name]) => name !== '$h'))
  const past = new Map([['$h', { store, t: question.now, since: 0, history: true }]])
  const base: World = { views, past, rules: parseRules(readEdn(`[${question.rules.join(' ')}]`)), most: MOST }
  const world = question.rules.length > 0 ? withTables(base, STRATA) : base
  const shown = [...query.find.map(element => element.variable.name), ...query.with.map(({ name }) => name)]
  const sets = new Map<string, readonly Value[]>()
  for (const given of givens(question.args, store()))
    for (const row of naiveRows(query, world, given)) {
      const values = shown.map(name => row.get(name) as Value)
      sets.set(values.map(keyText).join('|'), values)
    }
  const rows = [...sets.values()].map(values => values.slice(0, query.find.length))
  const whole = [...sets.values()]
  const found = query.find.some(({ find }) => find === 'aggregate') ? grouped(query.find, whole) : rows
  return found.map(values => values.map((value, i) => canonical(looked(query.find[i], value, world))).join(' | '))
}

/** Every choice of arguments. */
function givens(args: Question['args'], view: FactView): ReadonlyMap<string, Value>[] {
  const value = (name: string, given: unknown): Value => {
    if (typeof given === 'number') return BigInt(given)
    if (!name.startsWith('?p')) return given as Value
    const kind = view.schema.kind('p')
    return new EntityRef(entityNumber(kind.number, view.ordinal(kind, (given as string).slice(2))))
  }
  return Object.entries(args).reduce<ReadonlyMap<string, Value>[]>(
    (before, [key, given]) => {
      const names = key.match(/\?\w+/g) as string[]
      const rows: unknown[][] = (Array.isArray(given) ? given : [given]).map(row => (Array.isArray(row) ? row : [row]))
      return before.flatMap(known =>
        rows.map(row => new Map([...known, ...names.map((name, i): [string, Value] => [name, value(name, row[i])])])),
      )
    },
    [new Map()],
  )
}

function looked(element: FindElement, value: Value | AnyValue, world: World): AnyValue {
  if (element.find !== 'pull' || !('specs' in element.pattern)) return value
  const view = world.views.get('$')
  const pulled = view && naivePull(view, element.pattern, (value as EntityRef).number)
  return pulled instanceof PullMap ? pulled : null
}

function grouped(find: readonly FindElement[], rows: readonly (readonly Value[])[]): (readonly Value[])[] {
  const keys = find.flatMap(({ find: kind }, i) => (kind === 'aggregate' ? [] : [i]))
  const groups = Map.groupBy(rows, row => keys.map(i => keyText(row[i])).join('|'))
  return [...groups.values()].map(group =>
    find.map((element, i) =>
      element.find === 'aggregate'
        ? aggregate(
            element,
            group.map(row => row[i]),
          )
        : group[0][i],
    ),
  )
}

function aggregate({ name, amount }: Extract<FindElement, { find: 'aggregate' }>, values: readonly Value[]): Value {
  const sorted = [...values].sort(compareValues)
  const different = sorted.filter((value, i) => i === 0 || compareValues(value, sorted[i - 1]) !== 0)
  const n = amount?.term === 'constant' ? Number(amount.literal.value) : null
  const numbers = sorted.map(value => Number(String(value)))
  const mean = (list: readonly number[]) => list.reduce((sum, x) => sum + x, 0) / list.length
  const variance = () => mean(numbers.map(x => (x - mean(numbers)) ** 2))
  switch (name) {
    case 'count':
      return BigInt(values.length)
    case 'count-distinct':
      return BigInt(different.length)
    case 'sum':
      return values.reduce((sum, value) => add(sum as Numeric, value as Numeric), startOf(values[0]))
    case 'min':
      return n === null ? sorted[0] : sorted.slice(0, n)
    case 'max':
      return n === null ? sorted[sorted.length - 1] : sorted.slice(-n)
    case 'avg':
      return mean(numbers)
    case 'median':
      return (numbers[(numbers.length - 1) >> 1] + numbers[numbers.length >> 1]) / 2
    case 'variance':
      return variance()
    case 'stddev':
      return Math.sqrt(variance())
    case 'distinct':
      return different
    default:
      throw new Error(`no aggregate ${name}`)
  }
}

const startOf = (value: Value): Numeric =>
  typeof value === 'bigint' ? 0n : typeof value === 'number' ? 0 : new Decimal(0n, (value as Decimal).digits)
