import type { Table } from '../check/arguments.ts'
import { filterByConstant } from '../columns/filter.ts'
import { project } from '../columns/relation.ts'
import type { Ground } from '../language/ast.ts'
import { distinct, join } from '../operators/join.ts'
import type { Step } from '../operators/step.ts'
import { type Candidate, first, type Source, type State, thin } from './planning.ts'
import { tableRelation } from './table.ts'

/** What a step does that joins the rows of now. */
const joining =
  (tableOf: () => Table, names: readonly string[], source: Source): Step['run'] =>
  (input, running) => {
    const table = tableOf()
    let given = tableRelation(table, source.types, running)
    for (const name of table.variables) {
      const literal = source.constants.get(name)
      if (literal) given = filterByConstant(given, name, { comparison: '=', literal }, running)
    }
    return join(thin(input, running), distinct(project(given, new Set(names)), new Set(names), running), running)
  }

/** The same for further runs, while an argument brings about as many rows. It holds no rows of this one. */
const lasting = (
  place: number,
  size: number,
  names: readonly string[],
  source: Source,
): Pick<Step, 'holds' | 'run'> => ({
  holds: () => {
    const now = source.input(place).rows.length
    return now <= 4 * size + 16 && size <= 4 * now + 16
  },
  run: joining(() => source.input(place), names, source),
})

/** Rows that stand in the query or in its arguments. */
export function tableCandidate(table: Table, state: State, source: Source, clause?: Ground): Candidate {
  const names = table.variables.filter(name => !source.constants.has(name))
  const shared = names.filter(name => state.bound.has(name))
  const size = table.rows.length
  const rows = shared.reduce((sum, name) => sum / Math.max(1, state.bound.get(name) ?? 1), state.rows * size)
  const bound = new Map(state.bound)
  for (const name of names) bound.set(name, Math.max(1, Math.min(size, bound.get(name) ?? size)))
  const place = source.inputAt(table)
  return {
    step: {
      op: clause ? 'ground' : 'input',
      detail: table.variables.join(' '),
      estimatedRows: rows,
      nested: [],
      ...(place >= 0
        ? lasting(place, size, names, source)
        : // also what stands in the text: it may name entities that nobody knows yet
          { once: true as const, run: joining(() => table, names, source) }),
    },
    after: { rows, bound },
    cost: size + state.rows,
    cross: !first(state) && shared.length === 0,
    shards: false,
    fused: [],
  }
}
