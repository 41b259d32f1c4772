import { attributeOf } from '../check/infer.ts'
import { callable } from '../check/scope.ts'
import type { Relation, Run } from '../columns/relation.ts'
import { constantVector } from '../columns/vector.ts'
import type { Literal, RelationCall, RuleRelation, Variable } from '../language/ast.ts'
import type { Growing } from '../operators/asked.ts'
import { join } from '../operators/join.ts'
import { type Candidate, first, type Source, type State } from './planning.ts'
import { ask, isBit, joinTable } from './rule-table.ts'

const isBound = (variable: Variable, state: State, source: Source): boolean =>
  state.bound.has(variable.name) || source.constants.has(variable.name)

const boundMask = (clause: RelationCall, state: State, source: Source): number =>
  clause.args.reduce((mask, variable, i) => mask + (isBound(variable, state, source) ? 2 ** i : 0), 0)

/** Whether a call can come next: the places by which its table is asked are bound. */
export function askable(clause: RelationCall, state: State, source: Source): boolean {
  const chosen = source.inside?.chosen?.get(clause)
  if (chosen !== undefined) return chosen.bound.every(i => isBound(clause.args[i], state, source))
  return callable(clause.relation, boundMask(clause, state, source))
}

export function callCandidate(clause: RelationCall, state: State, source: Source): Candidate {
  const { relation } = clause
  const within = source.inside?.component === relation.component
  const bound = boundMask(clause, state, source)
  const whole = estimate(relation, source)
  const chosen = source.inside?.chosen?.get(clause)
  const mask = chosen?.mask ?? chooseMask(relation, bound, whole, within, state, source)
  const names = [...new Set(clause.args.map(arg => arg.name))].filter(name => !source.constants.has(name))
  const shared = names.filter(name => state.bound.has(name))
  const fanOut = Math.max(1, Math.sqrt(whole))
  const rows =
    bound === 0
      ? state.rows * whole
      : shared.length === names.length
        ? state.rows * 0.5
        : state.rows * Math.min(fanOut, 4)
  const after = new Map(state.bound)
  for (const name of names) if (!after.has(name)) after.set(name, Math.max(1, rows))
  const one = within ? undefined : oneAsked(clause, mask, state, source)
  const run = (input: Relation, running: Run): Relation => {
    // who explains a plan wants to see the table
    if (one !== undefined && input.rows === 1 && running.trace === undefined) {
      const { type, value } = source.constants.get(one.asked) as Literal
      const found = source.rules.fromOne(relation, mask, constantVector(type, value, 1, running), running)
      if (found !== undefined)
        return { rows: found.values.length, columns: new Map([[one.found, found]]), key: new Set([one.found]) }
    }
    const table = source.rules.table(relation, mask)
    ask(clause, table, input, source, running)
    // within a component the rounds around this step do the rest
    if (!within && input.rows > 0) source.rules.complete(relation.component, running)
    return joinTable(clause, table, input, source, running)
  }
  const places = relation.head.map(({ name }, i) => `${name.replace(/\(.*$/, '')}${isBit(mask, i) ? ' bound' : ''}`)
  return {
    step: {
      op: 'rule',
      detail: `${relation.name} (${places.join(', ')})`,
      estimatedRows: rows,
      nested: [],
      run,
      get asks() {
        return { clause, table: source.rules.table(relation, mask) }
      },
    },
    after: { rows, bound: after },
    cost: (mask === 0 ? whole : 16 * state.rows) + state.rows,
    cross: !first(state) && shared.length === 0 && bound === 0,
    shards: false,
    fused: [],
  }
}

/** The variables of a call from which a query begins, where one of two places is a constant. */
function oneAsked(
  { relation, args }: RelationCall,
  mask: number,
  state: State,
  source: Source,
): { readonly asked: string; readonly found: string } | undefined {
  if (relation.head.length !== 2 || (mask !== 1 && mask !== 2) || !first(state)) return undefined
  const [asked, found] = [args[mask - 1].name, args[2 - mask].name]
  return source.constants.has(asked) && !source.constants.has(found) ? { asked, found } : undefined
}

/** Whether to ask for what is bound or for everything: the former unless nearly everything would be asked for, or the caller is itself asked for everything. */
function chooseMask(
  relation: RuleRelation,
  bound: number,
  whole: number,
  within: boolean,
  state: State,
  source: Source,
): number {
  if (bound === 0 || !callable(relation, 0)) return bound
  if (within) return source.inside?.table.mask === 0 ? 0 : bound
  return state.rows > whole / 4 ? 0 : bound
}

const estimates = new WeakMap<RuleRelation, number>()

/** About how many rows a rule has in all: the facts that its bases read. */
function estimate(relation: RuleRelation, source: Source): number {
  const known = estimates.get(relation)
  if (known !== undefined) return known
  let rows = 1
  for (const { clauses } of relation.branches) {
    for (const clause of clauses) {
      if (clause.clause !== 'pattern') continue
      const view = source.view(clause.source)
      rows = Math.max(rows, view.count(attributeOf(clause, view.schema)))
    }
  }
  estimates.set(relation, 4 * rows)
  return 4 * rows
}

/** The rows of a set as they are when the step runs. */
export function growingCandidate(growing: Growing, state: State): Candidate {
  const { variables, set } = growing
  const shared = variables.filter(name => state.bound.has(name))
  const rows = shared.length === 0 ? state.rows * 8 : state.rows * 0.9
  const bound = new Map(state.bound)
  for (const name of variables) if (!bound.has(name)) bound.set(name, 8)
  const run = (input: Relation, running: Run): Relation => {
    const columns = new Map(set.part(0, set.rows, running).map((vector, i) => [variables[i], vector]))
    return join(input, { rows: set.rows, columns, key: new Set(variables) }, running)
  }
  return {
    step: {
      op: 'seeds',
      detail: variables.map(name => name.replace(/\(.*$/, '')).join(' '),
      estimatedRows: rows,
      nested: [],
      once: true,
      run,
    },
    after: { rows, bound },
    cost: state.rows,
    cross: !first(state) && shared.length === 0,
    shards: false,
    fused: [],
  }
}
