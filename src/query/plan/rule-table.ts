import { equalRows, filterByConstant } from '../columns/filter.ts'
import { project, type Relation, type Run, takeRows } from '../columns/relation.ts'
import { constantVector, type Vector } from '../columns/vector.ts'
import type { RelationCall, RuleBranch, RuleRelation, Variable } from '../language/ast.ts'
import type { AskedTable } from '../operators/asked.ts'
import { join } from '../operators/join.ts'
import { RowSet } from '../operators/row-set.ts'
import { type Block, type Part, runBlock } from '../operators/step.ts'
import { Closure, reachedByOne } from './closure.ts'
import { type Planner, type Source, sourceWith } from './planning.ts'

/**
 * What one rule was asked and has found in one run, for one choice of bound places of its head (`mask`, a bit for each): the rows of bound
 * places are its seeds, and only what they need is found (magic sets; Bancilhon, Maier, Sagiv, Ullman 1986). Of a branch, what is new
 * meets what is known, so that no row is found twice from the same rows (semi-naive evaluation; Bancilhon and Ramakrishnan 1986).
 */
export class RuleTable {
  readonly relation: RuleRelation
  readonly mask: number
  /** Places of the head that are bound, ascending. */
  readonly bound: readonly number[]
  readonly seeds: RowSet
  readonly facts: RowSet
  #branches: readonly Branch[] | null = null
  #closure: Closure | null | undefined
  readonly #origins: RowSet
  /** Seeds that every branch has seen. */
  #seeded = 0

  constructor(relation: RuleRelation, mask: number) {
    this.relation = relation
    this.mask = mask
    this.bound = relation.head.flatMap((_, i) => (isBit(mask, i) ? [i] : []))
    this.seeds = new RowSet(this.bound.map(i => relation.types[i]))
    this.facts = new RowSet(relation.types)
    this.#origins = new RowSet([relation.types[0]])
  }

  /** How the rule is walked as a graph, where it has that shape. */
  closure(tables: RuleTables): Closure | null {
    if (this.#closure === undefined)
      this.#closure = Closure.of(this.relation, this.mask, tables.source, tables.plan) ?? null
    return this.#closure
  }

  branches(tables: RuleTables): readonly Branch[] {
    this.#branches ??= this.relation.branches.map(branch => planBranch(this, branch, tables))
    return this.#branches
  }

  /** The plans of this table, for whoever shows them. */
  parts(tables: RuleTables): Part[] {
    const closure = this.closure(tables)
    if (closure !== null) return closure.parts
    const branches = this.branches(tables)
    return branches.flatMap(({ seed, calls }, i) => {
      const of = `${i + 1} of ${branches.length}`
      return [
        { op: 'branch', detail: of, block: seed },
        ...calls.map(({ clause, delta }) => ({
          op: 'again',
          detail: `${of}, with what is new of ${clause.relation.name}`,
          block: delta,
        })),
      ]
    })
  }

  /** One round: whatever is new since the last one meets everything else. True where there was something new. */
  advance(tables: RuleTables, run: Run): boolean {
    if (this.seeds.rows === 0) return false
    let moved = false
    const names = this.bound.map(i => this.relation.head[i].name)
    const [from, to] = [this.#seeded, this.seeds.rows]
    this.#seeded = to
    const closure = this.closure(tables)
    if (closure !== null) {
      if (from < to) this.#askClosure(closure, from, to, run)
      return false
    }
    for (const branch of this.branches(tables)) {
      if (from < to) {
        moved = true
        const given: Relation = {
          rows: to - from,
          columns: new Map(this.seeds.part(from, to, run).map((vector, i) => [names[i], vector])),
          key: new Set(names),
        }
        this.#keep(runBlock(branch.seed, given, run), run)
      }
      for (const call of branch.calls) {
        const { facts } = call.table
        const [known, now] = [call.done, facts.rows]
        if (known === now) continue
        call.done = now
        moved = true
        const given = matched(call.clause, facts.part(known, now, run), now - known, tables.source, run)
        this.#keep(runBlock(call.delta, given, run), run)
      }
    }
    return moved
  }

  /** Only one side is asked for, also where both are bound: the other one is for the join to compare. */
  #askClosure(closure: Closure, from: number, to: number, run: Run): void {
    if (this.mask === 0) return closure.ask(null, 1, run)
    const place = this.bound.length === 1 ? 0 : closure.from
    const asked = this.seeds.part(from, to, run)[place]
    const before = this.#origins.rows
    this.#origins.add([asked], to - from, run)
    const now = this.#origins.rows
    if (now > before) closure.ask(this.#origins.part(before, now, run)[0], now - before, run)
  }

  /** Everything found so far. */
  found(tables: RuleTables, run: Run): { vectors: Vector[]; rows: number } {
    const closure = this.closure(tables)
    return closure === null ? { vectors: this.facts.all(run), rows: this.facts.rows } : closure.result(run)
  }

  #keep(found: Relation, run: Run): void {
    this.facts.add(
      this.relation.head.map(({ name }) => found.columns.get(name) as Vector),
      found.rows,
      run,
    )
  }
}

export const isBit = (mask: number, place: number): boolean => (mask & (2 ** place)) !== 0

interface Branch {
  /** Given new seeds: how everything else is found. */
  readonly seed: Block
  /** Calls of the same component. */
  readonly calls: readonly BranchCall[]
}

interface BranchCall {
  readonly clause: RelationCall
  readonly table: RuleTable
  /** Given new rows of the call: how everything else is found. */
  readonly delta: Block
  /** Rows of its table that this call has seen. */
  done: number
}

function planBranch(table: RuleTable, branch: RuleBranch, tables: RuleTables): Branch {
  const { relation, bound } = table
  const source = sourceWith(tables.source, {
    types: branch.types,
    shard: null,
    inside: { component: relation.component, table },
  })
  const head = new Set(relation.head.map(variable => variable.name))
  const seeded = new Map(bound.map((i): [string, number] => [relation.head[i].name, 8]))
  const seed = tables.plan(branch.clauses, [], { rows: 8, bound: seeded }, head, source)
  const chosen = new Map<RelationCall, RuleTable>()
  for (const step of seed.steps) if (step.asks !== undefined) chosen.set(step.asks.clause, step.asks.table as RuleTable)
  const calls = branch.clauses.flatMap((clause): BranchCall[] => {
    if (clause.clause !== 'call' || clause.relation.component !== relation.component) return []
    const of = chosen.get(clause)
    if (of === undefined) throw new Error('bug: a call that no step asks')
    const others = branch.clauses.filter(other => other !== clause)
    const args = new Map(
      clause.args.filter(({ name }) => !source.constants.has(name)).map(({ name }): [string, number] => [name, 8]),
    )
    const inside = { component: relation.component, table, chosen }
    const seeds = { variables: bound.map(i => relation.head[i].name), set: table.seeds }
    const growing = bound.length === 0 ? [] : [seeds]
    const delta = tables.plan(others, growing, { rows: 8, bound: args }, head, sourceWith(source, { inside }))
    return [{ clause, table: of, delta, done: 0 }]
  })
  return { seed, calls }
}

/** Rows of a relation under the names of a call's arguments: those that agree with its constants and with each other. */
export function matched(
  clause: { readonly args: readonly Variable[] },
  vectors: readonly Vector[],
  rows: number,
  source: Source,
  run: Run,
): Relation {
  const columns = new Map<string, Vector>()
  let relation: Relation = { rows, columns, key: null }
  const twice: [string, string][] = []
  clause.args.forEach(({ name }, i) => {
    const own = columns.has(name) ? `${name}(${i}` : name
    if (own !== name) twice.push([name, own])
    columns.set(own, vectors[i])
  })
  for (const [name, own] of twice) {
    const [a, b] = [relation.columns.get(name) as Vector, relation.columns.get(own) as Vector]
    relation = takeRows(relation, equalRows(a, b, relation.rows, run), run)
  }
  for (const name of new Set(clause.args.map(arg => arg.name))) {
    const literal = source.constants.get(name)
    if (literal) relation = filterByConstant(relation, name, { comparison: '=', literal }, run)
  }
  const kept = new Set(clause.args.map(arg => arg.name).filter(name => !source.constants.has(name)))
  const distinct = twice.length === 0 || kept.size > 0
  const shown = project(relation, kept)
  return { ...shown, key: distinct ? kept : null }
}

/** The tables of one run, made as they are asked for. */
export class RuleTables {
  readonly source: Source
  readonly plan: Planner
  readonly #tables = new Map<RuleRelation, Map<number, RuleTable>>()

  constructor(source: Source, plan: Planner) {
    this.source = source
    this.plan = plan
  }

  table(relation: RuleRelation, mask: number): RuleTable {
    const known = this.#tables.get(relation) ?? new Map<number, RuleTable>()
    this.#tables.set(relation, known)
    let table = known.get(mask)
    if (table === undefined) known.set(mask, (table = new RuleTable(relation, mask)))
    return table
  }

  fromOne(relation: RuleRelation, mask: number, value: Vector, run: Run): Vector | undefined {
    return reachedByOne(relation, mask, value, this.source, this.plan, run)
  }

  /** Runs the rules of a component until none of them finds anything new. */
  complete(component: number, run: Run): void {
    // asking may make another table of the component, so the list is read again
    for (let moved = true; moved; ) {
      moved = false
      for (const [relation, tables] of this.#tables) {
        if (relation.component !== component) continue
        for (const table of tables.values()) {
          run.stop()
          if (table.advance(this, run)) moved = true
        }
      }
    }
  }
}

/** Puts what the rows so far have in the bound places of a call among the seeds of its table. */
export function ask(clause: RelationCall, table: AskedTable, input: Relation, source: Source, run: Run): void {
  if (input.rows === 0) return
  const vectors = table.bound.map(i => {
    const { name } = clause.args[i]
    const literal = source.constants.get(name)
    return literal === undefined
      ? (input.columns.get(name) as Vector)
      : constantVector(literal.type, literal.value, input.rows, run)
  })
  table.seeds.add(vectors, input.rows, run)
}

/** Rows together with the rows of a table that agree with them. */
export function joinTable(
  clause: RelationCall,
  table: AskedTable,
  input: Relation,
  source: Source,
  run: Run,
): Relation {
  const { facts } = table
  const names = clause.args.map(arg => arg.name)
  const shared = names.flatMap((name, i) => (input.columns.has(name) ? [i] : []))
  const plain = new Set(names).size === names.length && names.every(name => !source.constants.has(name))
  if (plain && shared.length > 0 && facts.rows > 4 * input.rows) {
    const found = facts.probe(
      shared,
      shared.map(i => input.columns.get(names[i]) as Vector),
      input.rows,
      run,
    )
    if (found !== undefined) return gather(input, names, facts, found, run)
  }
  const { vectors, rows } = table.found(source.rules, run)
  return join(input, matched(clause, vectors, rows, source, run), run)
}

function gather(
  input: Relation,
  names: readonly string[],
  facts: RowSet,
  { left, right }: { left: Int32Array; right: Int32Array },
  run: Run,
): Relation {
  const met = takeRows(input, left, run)
  const columns = new Map(met.columns)
  const all = takeRows(
    { rows: facts.rows, columns: new Map(facts.part(0, facts.rows, run).map((v, i) => [names[i], v])), key: null },
    right,
    run,
  )
  for (const [name, vector] of all.columns) if (!columns.has(name)) columns.set(name, vector)
  return { rows: met.rows, columns, key: input.key === null ? null : new Set([...input.key, ...names]) }
}
