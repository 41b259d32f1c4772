import type { Random } from '../../base/random.ts'
import type { ValueType } from '../../model/type.ts'
import { compareValues, type Value } from '../../model/value.ts'
import { ordered } from '../columns/filter.ts'
import { keyText } from '../columns/numbering.ts'
import type { Run } from '../columns/relation.ts'
import { boxed, cast, take, type Vector, vectorFrom } from '../columns/vector.ts'
import { eachGroup, type Groups } from './groups.ts'

export const listOf = (type: ValueType): ValueType => ({ base: 'list', of: type })

/** The least (-1) or greatest (1) value of each group. */
export function extreme(vector: Vector, groups: Groups, sign: -1 | 1, run: Run): Vector {
  run.stop()
  const best = new Int32Array(groups.count).fill(-1)
  const raw = vector.as !== 'any' && ordered(vector.type)
  const values = raw ? vector.values : boxed(vector, groups.rows, run)
  for (let i = 0; i < groups.rows; i++) {
    const group = groups.ids[i]
    const leader = best[group]
    if (leader < 0) best[group] = i
    else if (raw) {
      const [x, y] = [values[i] as number, values[leader] as number]
      if (sign > 0 ? x > y : x < y) best[group] = i
    } else if (compareValues(values[i] as Value, values[leader] as Value) * sign > 0) best[group] = i
  }
  return cast(take(vector, best), vector.type, groups.count, run)
}

/** The values of each group in the total order, whatever order the plan brought them in. */
function sortedValues(vector: Vector, groups: Groups, run: Run): Value[][] {
  const values = boxed(vector, groups.rows, run)
  return eachGroup(groups, rows => {
    run.stop()
    return Array.from(rows, row => values[row]).sort(
      (a, b) => compareValues(a, b) || (keyText(a) < keyText(b) ? -1 : 0),
    )
  })
}

const lists = (vector: Vector, each: readonly (readonly Value[])[], run: Run): Vector =>
  vectorFrom(listOf(vector.type), each, run)

/** Up to `n` least (-1) or greatest (1) values of each group, ascending. */
export function extremes(vector: Vector, groups: Groups, sign: -1 | 1, n: number, run: Run): Vector {
  const each = sortedValues(vector, groups, run)
  return lists(
    vector,
    each.map(values => (sign < 0 ? values.slice(0, n) : values.slice(Math.max(0, values.length - n)))),
    run,
  )
}

const different = (sorted: readonly Value[]): Value[] =>
  sorted.filter((value, i) => i === 0 || compareValues(sorted[i - 1], value) !== 0)

/** The different values of each group, ascending. */
export function distinctValues(vector: Vector, groups: Groups, run: Run): Vector {
  return lists(vector, sortedValues(vector, groups, run).map(different), run)
}

/** One value of each group by chance. */
export function oneByChance(vector: Vector, groups: Groups, chance: (group: number) => Random, run: Run): Vector {
  const each = sortedValues(vector, groups, run)
  return vectorFrom(
    vector.type,
    each.map((values, group) => chance(group).pick(values)),
    run,
  )
}

/** `n` values of each group by chance, the same one perhaps several times. */
export function manyByChance(
  vector: Vector,
  groups: Groups,
  n: number,
  chance: (group: number) => Random,
  run: Run,
): Vector {
  const each = sortedValues(vector, groups, run)
  return lists(
    vector,
    each.map((values, group) => {
      const random = chance(group)
      return Array.from({ length: n }, () => random.pick(values))
    }),
    run,
  )
}

/** Up to `n` different values of each group by chance, ascending. */
export function sample(vector: Vector, groups: Groups, n: number, chance: (group: number) => Random, run: Run): Vector {
  const each = sortedValues(vector, groups, run).map(different)
  return lists(
    vector,
    each.map((values, group) => {
      const random = chance(group)
      // the first places of a shuffle (Fisher and Yates)
      for (let i = 0; i < Math.min(n, values.length); i++) {
        const j = i + random.below(values.length - i)
        ;[values[i], values[j]] = [values[j], values[i]]
      }
      return values.slice(0, n).sort(compareValues)
    }),
    run,
  )
}
