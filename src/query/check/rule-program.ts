import { FactError } from '../../base/error.ts'
import type { Schema } from '../../model/schema.ts'
import { ANY, showType, type ValueType } from '../../model/type.ts'
import { wider } from '../functions/comparable.ts'
import type { Clause, RelationCall, RuleRelation } from '../language/ast.ts'
import type { EdnPlace } from '../language/edn.ts'
import { inferTypes, type Types } from './infer.ts'

/** Rounds after which a type that still grows (each round of `(* ?x 1.5)` has one digit more) is left open. */
const ROUNDS = 8

/**
 * Completes the relations of a query: strata, branches without `or` around what reaches itself, types. `bodies` are their branches with
 * scopes resolved. Throws `unstratified`, and `unbound-variable` for a rule without base.
 */
export function completeRelations(
  bodies: ReadonlyMap<RuleRelation, readonly (readonly Clause[])[]>,
  clauses: readonly Clause[],
  known: Types,
  schema: Schema,
): void {
  const edges = new Map(
    [...bodies].map(([relation, branches]) => [relation, branches.flatMap(body => callsOf(body, null))]),
  )
  numberComponents(edges)
  checkStrata(edges)
  checkBases(bodies)
  const flat = new Map(
    [...bodies].map(([relation, branches]) => [
      relation,
      branches.flatMap(body => withoutOr(body, relation.component)).map(list => ({ clauses: list, types: known })),
    ]),
  )
  for (const [relation, branches] of flat) relation.branches = branches
  inferRelations([...flat.keys()], clauses, known, schema)
}

interface Edge {
  readonly to: RuleRelation
  /** The `not` around the call, null where none is. */
  readonly not: EdnPlace | null
  readonly at: EdnPlace
}

function callsOf(clauses: readonly Clause[], not: EdnPlace | null): Edge[] {
  return clauses.flatMap((clause): Edge[] => {
    if (clause.clause === 'call') return [{ to: clause.relation, not, at: clause.at }]
    if (clause.clause === 'not') return callsOf(clause.clauses, clause.at)
    if (clause.clause === 'or') return clause.branches.flatMap(branch => callsOf(branch, not))
    return []
  })
}

/** Tarjan's strongly connected components, which come out with the called before its callers. */
function numberComponents(edges: ReadonlyMap<RuleRelation, readonly Edge[]>): void {
  const index = new Map<RuleRelation, number>()
  const low = new Map<RuleRelation, number>()
  const stack: RuleRelation[] = []
  let components = 0
  const visit = (relation: RuleRelation): void => {
    index.set(relation, index.size)
    low.set(relation, index.get(relation) as number)
    stack.push(relation)
    for (const { to } of edges.get(relation) as readonly Edge[]) {
      if (!index.has(to)) visit(to)
      if (stack.includes(to)) low.set(relation, Math.min(low.get(relation) as number, low.get(to) as number))
    }
    if (low.get(relation) !== index.get(relation)) return
    components++
    for (;;) {
      const member = stack.pop() as RuleRelation
      member.component = components
      if (member === relation) return
    }
  }
  for (const relation of edges.keys()) if (!index.has(relation)) visit(relation)
}

/** No rule may depend on what it does not find itself. */
function checkStrata(edges: ReadonlyMap<RuleRelation, readonly Edge[]>): void {
  for (const [relation, calls] of edges) {
    const edge = calls.find(({ to, not }) => not !== null && to.component === relation.component)
    if (edge === undefined) continue
    const way = cycle(edge.to, relation, edges).map(({ name }) => name)
    throw new FactError(
      'unstratified',
      `the rule ${relation.name} depends on not finding itself: ${relation.name} -> not ${way.join(' -> ')}; no order of evaluation gives that a meaning`,
      edge.not ?? edge.at,
    )
  }
}

/** The shortest way from one relation to another of its component, both included. */
function cycle(
  from: RuleRelation,
  to: RuleRelation,
  edges: ReadonlyMap<RuleRelation, readonly Edge[]>,
): readonly RuleRelation[] {
  const before = new Map<RuleRelation, RuleRelation | null>([[from, null]])
  for (const next of before.keys()) {
    if (next === to) break
    for (const edge of edges.get(next) as readonly Edge[])
      if (edge.to.component === from.component && !before.has(edge.to)) before.set(edge.to, next)
  }
  const way: RuleRelation[] = []
  for (let at: RuleRelation | null = to; at !== null; at = before.get(at) ?? null) way.unshift(at)
  return way
}

/** A rule all of whose branches need the rule itself never finds anything. */
function checkBases(bodies: ReadonlyMap<RuleRelation, readonly (readonly Clause[])[]>): void {
  const based = new Set<RuleRelation>()
  const holds = (clause: Clause): boolean =>
    clause.clause === 'call'
      ? based.has(clause.relation)
      : clause.clause !== 'or' || clause.branches.some(branch => branch.every(holds))
  for (let before = -1; before !== based.size; ) {
    before = based.size
    for (const [relation, branches] of bodies) if (branches.some(body => body.every(holds))) based.add(relation)
  }
  for (const relation of bodies.keys()) {
    if (based.has(relation)) continue
    throw new FactError(
      'unbound-variable',
      `the rule ${relation.name} has no base: each of its branches needs ${relation.name} itself, so nothing ever binds ${relation.head[0].name.replace(/\(.*$/, '')}; add a branch that does not`,
      relation.at,
    )
  }
}

/** Lists without an `or` around a call of this component: one for each way through. Names are unique, so branches need no renaming. */
function withoutOr(clauses: readonly Clause[], component: number): Clause[][] {
  let lists: Clause[][] = [[]]
  for (const clause of clauses) {
    const split = clause.clause === 'or' && callsOf([clause], null).some(({ to }) => to.component === component)
    const ways = split ? clause.branches.flatMap(branch => withoutOr(branch, component)) : [[clause]]
    lists = lists.flatMap(list => ways.map(way => [...list, ...way]))
  }
  return lists
}

/** Types of heads and bodies, the ones following from the others until nothing changes. */
function inferRelations(
  relations: readonly RuleRelation[],
  clauses: readonly Clause[],
  known: Types,
  schema: Schema,
): void {
  for (let round = 0; ; round++) {
    const before = relations.map(relation => relation.types.map(type => type && showType(type)).join()).join(';')
    const asked = new Map<RuleRelation, (ValueType | undefined)[]>()
    noteArguments(clauses, attempt(clauses, known, schema) ?? known, asked)
    for (const relation of relations) {
      for (const branch of relation.branches)
        noteArguments(branch.clauses, attempt(branch.clauses, known, schema) ?? known, asked)
    }
    for (const relation of relations) {
      // what must be bound has the type that callers give it, unless the rule itself says more
      const given = new Map(known)
      relation.head.slice(0, relation.required).forEach(({ name }, i) => {
        const type = asked.get(relation)?.[i]
        if (type !== undefined && type.base !== 'any') given.set(name, type)
      })
      const branches = relation.branches.map(({ clauses: body }) => ({
        clauses: body,
        types: attempt(body, given, schema) ?? attempt(body, known, schema) ?? known,
      }))
      relation.branches = branches
      relation.types = relation.head.map(({ name }, i) => {
        const each = branches.flatMap(({ types }) => types.get(name) ?? [])
        const type = each.length === 0 ? (undefined as unknown as ValueType) : each.reduce(wider)
        const earlier = relation.types[i]
        return round > ROUNDS && earlier !== undefined && showType(earlier) !== showType(type) ? ANY : type
      })
    }
    const after = relations.map(relation => relation.types.map(type => type && showType(type)).join()).join(';')
    if (after === before || round > 3 * ROUNDS) break
  }
  for (const relation of relations) {
    relation.types = relation.types.map(type => type ?? ANY)
    // by now a mistake is one, and not a type that was still to come
    relation.branches = relation.branches.map(branch => ({
      ...branch,
      types: inferTypes(branch.clauses, new Map([...known, ...headTypes(relation, branch.types)]), schema),
    }))
  }
}

const headTypes = (relation: RuleRelation, types: Types): [string, ValueType][] =>
  relation.head.slice(0, relation.required).flatMap(({ name }): [string, ValueType][] => {
    const type = types.get(name)
    return type === undefined ? [] : [[name, type]]
  })

/** The types of a list, or undefined where they contradict each other, which may be for the moment only. */
function attempt(clauses: readonly Clause[], known: Types, schema: Schema): Types | undefined {
  try {
    return inferTypes(clauses, known, schema)
  } catch (error) {
    if (error instanceof FactError && error.kind === 'wrong-type') return undefined
    throw error
  }
}

/** Adds the types with which relations are called in a list. */
function noteArguments(
  clauses: readonly Clause[],
  types: Types,
  asked: Map<RuleRelation, (ValueType | undefined)[]>,
): void {
  const note = (call: RelationCall): void => {
    const each = asked.get(call.relation) ?? []
    asked.set(call.relation, each)
    call.args.forEach(({ name }, i) => {
      const [type, before] = [types.get(name), each[i]]
      if (type !== undefined) each[i] = before === undefined ? type : wider(before, type)
    })
  }
  for (const clause of clauses) {
    if (clause.clause === 'call') note(clause)
    if (clause.clause === 'not') noteArguments(clause.clauses, types, asked)
    if (clause.clause === 'or') for (const branch of clause.branches) noteArguments(branch, types, asked)
  }
}
