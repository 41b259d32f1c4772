import type { ValueType } from '../model/type.ts'
import type { Clause, RuleBranch, RuleRelation, Variable } from './ast.ts'
import { variablesOf } from './clause-terms.ts'
import type { Planner, Source } from './planning.ts'
import { BLOCK, type Relation, RowList, type Run, UNIT } from './relation.ts'
import { RowSet } from './row-set.ts'
import { canBind } from './scope.ts'
import { type Block, type Part, runBlock } from './step.ts'
import { take, type Vector } from './vector.ts'

/**
 * The shape `p(s, u) <- base(s, u)` and `p(s, u) <- step(s, t), p(t, u)`, to which most rules that reach themselves come down, mirrored or
 * not. Such a rule is a walk over a graph: steps are found once for each node, and walks visit each node once for each origin.
 */
export interface ClosureShape {
  /** Places of s and u in the head. */
  readonly from: number
  readonly to: number
  readonly bases: readonly RuleBranch[]
  readonly steps: readonly {
    readonly branch: RuleBranch
    readonly clauses: readonly Clause[]
    readonly via: Variable
  }[]
  /** `p(s, u) <- p(s, t), p(t, u)`: a step is a base. */
  readonly stepIsBase: boolean
}

/** The shape of a rule, or undefined where it has another one. */
export function closureShape(relation: RuleRelation): ClosureShape | undefined {
  if (relation.head.length !== 2) return undefined
  const bases: RuleBranch[] = []
  const steps: { branch: RuleBranch; clauses: readonly Clause[]; via: Variable; from: number }[] = []
  let both = false
  for (const branch of relation.branches) {
    const calls = branch.clauses.filter(
      clause => clause.clause === 'call' && clause.relation.component === relation.component,
    )
    if (calls.length === 0) bases.push(branch)
    else if (calls.length === 1) {
      const [call] = calls
      if (call.clause !== 'call' || call.relation !== relation) return undefined
      const clauses = branch.clauses.filter(clause => clause !== call)
      const used = new Set(clauses.flatMap(variablesOf).map(({ name }) => name))
      const from = [0, 1].find(place => {
        const kept = relation.head[1 - place].name
        const via = call.args[place].name
        return call.args[1 - place].name === kept && !used.has(kept) && used.has(via) && !isHead(relation, via)
      })
      if (from === undefined) return undefined
      steps.push({ branch, clauses, via: call.args[from], from })
    } else if (calls.length === 2 && branch.clauses.length === 2 && isChain(relation, branch.clauses)) both = true
    else return undefined
  }
  if (both ? steps.length > 0 : steps.length === 0 || steps.some(({ from }) => from !== steps[0].from)) return undefined
  const from = both ? 0 : steps[0].from
  return { from, to: 1 - from, bases, steps, stepIsBase: both }
}

const isHead = (relation: RuleRelation, name: string): boolean => relation.head.some(variable => variable.name === name)

function isChain(relation: RuleRelation, clauses: readonly Clause[]): boolean {
  const [x, y] = relation.head.map(variable => variable.name)
  return [clauses, [...clauses].reverse()].some(([a, b]) => {
    if (a.clause !== 'call' || b.clause !== 'call' || a.relation !== relation || b.relation !== relation) return false
    const via = a.args[1].name
    return a.args[0].name === x && b.args[1].name === y && b.args[0].name === via && !isHead(relation, via)
  })
}

/** What walks begin with: nodes of the side `s`, results of the side `u`, or everything. */
export type Given = 's' | 'u' | null

/** Pairs of a rule of that shape, for the origins asked for so far. */
export class Closure {
  readonly #relation: RuleRelation
  readonly #shape: ClosureShape
  readonly #given: Given
  /** What is walked over, and what is found at each node; numbered by row. Walking back from `u`, what is found is where walks begin. */
  readonly #nodes: RowSet
  readonly #ends: RowSet
  readonly #steps = new Edges()
  readonly #bases = new Edges()
  readonly #walked: { readonly block: Block; readonly from: string; readonly to: string }[] = []
  readonly #based: { readonly block: Block; readonly from: string; readonly to: string }[] = []
  #expanded = 0
  #origins = 0
  #left: RowList | null = null
  #right: RowList | null = null

  /** Undefined where a part of the rule cannot be run by itself with what is given. */
  static of(relation: RuleRelation, mask: number, source: Source, plan: Planner): Closure | undefined {
    const shape = closureShape(relation)
    if (shape === undefined) return undefined
    const given: Given = (mask & (2 ** shape.from)) !== 0 ? 's' : mask === 0 ? null : 'u'
    const s = relation.head[shape.from]
    const u = relation.head[shape.to]
    // a constant in the place of what is walked over leaves no node to number
    const fixed = (clause: Clause): boolean =>
      clause.clause === 'call' &&
      clause.relation === relation &&
      clause.args.some(({ name }) => source.constants.has(name))
    if (relation.branches.some(({ clauses }) => clauses.some(fixed))) return undefined
    const runnable =
      shape.bases.every(({ clauses }) => canBind(clauses, given === 's' ? [s] : given === 'u' ? [u] : [], [s, u])) &&
      shape.steps.every(({ clauses, via }) =>
        canBind(clauses, given === 's' ? [s] : given === 'u' ? [via] : [], [s, via]),
      )
    return runnable ? new Closure(relation, shape, given, source, plan) : undefined
  }

  private constructor(relation: RuleRelation, shape: ClosureShape, given: Given, source: Source, plan: Planner) {
    this.#relation = relation
    this.#shape = shape
    this.#given = given
    const s = relation.head[shape.from].name
    const u = relation.head[shape.to].name
    const type = (place: number): ValueType => relation.types[place]
    this.#nodes = new RowSet([type(shape.from)])
    this.#ends = new RowSet([type(shape.to)])
    const planned = (clauses: readonly Clause[], types: RuleBranch['types'], bound: string | null, wanted: string[]) =>
      plan(
        clauses,
        [],
        bound === null ? { rows: 1, bound: new Map() } : { rows: 8, bound: new Map([[bound, 8]]) },
        new Set(wanted),
        { ...source, types, shard: null },
      )
    for (const { clauses, types } of shape.bases) {
      const bound = given === 's' ? s : given === 'u' ? u : null
      this.#based.push({ block: planned(clauses, types, bound, [s, u]), from: s, to: u })
    }
    for (const { branch, clauses, via } of shape.steps) {
      const bound = given === 's' ? s : given === 'u' ? via.name : null
      this.#walked.push({ block: planned(clauses, branch.types, bound, [s, via.name]), from: s, to: via.name })
    }
  }

  /** The place in the head at which walks begin. */
  get from(): number {
    return this.#shape.from
  }

  /** The plans that this is made of, for whoever shows them. */
  get parts(): Part[] {
    const way =
      this.#given === null ? 'from everywhere' : this.#given === 's' ? 'from what is bound' : 'back from what is bound'
    return [
      ...this.#based.map(({ block }) => ({
        op: 'base',
        detail: this.#shape.stepIsBase ? `and step, ${way}` : way,
        block,
      })),
      ...this.#walked.map(({ block }) => ({ op: 'step', detail: way, block })),
    ]
  }

  /** Finds the pairs for further origins: values of the bound side, none twice. */
  ask(origins: Vector | null, rows: number, run: Run): void {
    this.#left ??= new RowList(rows, run)
    this.#right ??= new RowList(rows, run)
    if (this.#given === null) this.#whole(run)
    else if (this.#given === 's') this.#forwards(origins as Vector, rows, run)
    else this.#backwards(origins as Vector, rows, run)
  }

  /** All pairs found, in the order of the head. */
  result(run: Run): { vectors: Vector[]; rows: number } {
    const left = this.#left?.rows() ?? new Int32Array(0)
    const right = this.#right?.rows() ?? new Int32Array(0)
    const s = take(this.#nodes.part(0, this.#nodes.rows, run)[0], left, run)
    const u = take(this.#ends.part(0, this.#ends.rows, run)[0], right, run)
    return { vectors: this.#shape.from === 0 ? [s, u] : [u, s], rows: left.length }
  }

  #whole(run: Run): void {
    if (this.#origins > 0) return
    this.#origins = 1
    for (const { block, from, to } of this.#walked) {
      const found = runBlock(block, UNIT, run)
      this.#steps.add(
        this.#number(this.#nodes, found, from, run),
        this.#number(this.#nodes, found, to, run),
        found.rows,
      )
    }
    for (const { block, from, to } of this.#based) {
      const found = runBlock(block, UNIT, run)
      this.#bases.add(this.#number(this.#nodes, found, from, run), this.#number(this.#ends, found, to, run), found.rows)
      if (this.#shape.stepIsBase)
        this.#steps.add(
          this.#number(this.#nodes, found, from, run),
          this.#number(this.#nodes, found, to, run),
          found.rows,
        )
    }
    const all = new Int32Array(this.#nodes.rows)
    for (let i = 0; i < all.length; i++) all[i] = i
    this.#walk(all, run)
  }

  #forwards(origins: Vector, rows: number, run: Run): void {
    const asked = this.#nodes.number(origins, rows, run)
    this.#expand(run, (found, from, to) =>
      this.#steps.add(
        this.#number(this.#nodes, found, from, run),
        this.#number(this.#nodes, found, to, run),
        found.rows,
      ),
    )
    this.#walk(asked, run)
  }

  /** Runs the blocks on nodes that were not there before, until steps lead to none. */
  #expand(run: Run, step: (found: Relation, from: string, to: string) => void): void {
    while (this.#expanded < this.#nodes.rows) {
      run.stop()
      const given = this.#fresh(run)
      for (const { block, from, to } of this.#walked) step(runBlock(block, given(from), run), from, to)
      for (const { block, from, to } of this.#based) {
        const found = runBlock(block, given(from), run)
        this.#bases.add(
          this.#number(this.#nodes, found, from, run),
          this.#number(this.#ends, found, to, run),
          found.rows,
        )
        if (this.#shape.stepIsBase) step(found, from, to)
      }
    }
  }

  /** The nodes since the last time as a relation over one variable. */
  #fresh(run: Run): (name: string) => Relation {
    const rows = this.#nodes.rows - this.#expanded
    const [values] = this.#nodes.part(this.#expanded, this.#nodes.rows, run)
    this.#expanded = this.#nodes.rows
    return name => ({ rows, columns: new Map([[name, values]]), key: new Set([name]) })
  }

  /** From where each origin walks. */
  #walk(origins: Int32Array, run: Run): void {
    const left = this.#left as RowList
    const right = this.#right as RowList
    const steps = this.#steps.laid(this.#nodes.rows)
    const bases = this.#bases.laid(this.#nodes.rows)
    walk(origins, steps, bases, this.#nodes.rows, this.#ends.rows, left, right, run)
  }

  /** From results back: each base that ends there, and then steps backwards. */
  #backwards(origins: Vector, rows: number, run: Run): void {
    const asked = this.#ends.number(origins, rows, run)
    const { head } = this.#relation
    const u = head[this.#shape.to].name
    // where one walks back from, for each result
    for (const { block, from, to } of this.#based) {
      const found = runBlock(block, { rows, columns: new Map([[u, origins]]), key: new Set([u]) }, run)
      this.#bases.add(this.#number(this.#ends, found, to, run), this.#number(this.#nodes, found, from, run), found.rows)
    }
    while (this.#expanded < this.#nodes.rows) {
      run.stop()
      const given = this.#fresh(run)
      for (const { block, from, to } of this.#walked) {
        const found = runBlock(block, given(to), run)
        this.#steps.add(
          this.#number(this.#nodes, found, to, run),
          this.#number(this.#nodes, found, from, run),
          found.rows,
        )
      }
      if (!this.#shape.stepIsBase) continue
      for (const { block, from, to } of this.#based) {
        const found = runBlock(block, given(to), run)
        this.#steps.add(
          this.#number(this.#nodes, found, to, run),
          this.#number(this.#nodes, found, from, run),
          found.rows,
        )
      }
    }
    walkBack(
      asked,
      this.#bases.laid(this.#ends.rows),
      this.#steps.laid(this.#nodes.rows),
      this.#nodes.rows,
      this.#left as RowList,
      this.#right as RowList,
      run,
    )
  }

  #number(set: RowSet, found: Relation, name: string, run: Run): Int32Array {
    return set.number(found.columns.get(name) as Vector, found.rows, run)
  }
}

/** Pairs of numbers, laid out by the first. */
class Edges {
  #from = new RowList(64)
  #to = new RowList(64)
  #first = new Int32Array(1)
  #laid = new Int32Array(0)
  #done = -1

  add(from: Int32Array, to: Int32Array, rows: number): void {
    this.#from.room(rows).set(from.subarray(0, rows), this.#from.length)
    this.#to.room(rows).set(to.subarray(0, rows), this.#to.length)
    this.#from.length += rows
    this.#to.length += rows
  }

  /** Those of `n` stand from first[n] to first[n + 1]. */
  laid(nodes: number): { readonly first: Int32Array; readonly to: Int32Array } {
    if (this.#done !== this.#from.length || this.#first.length !== nodes + 1) {
      const [from, to] = [this.#from.rows(), this.#to.rows()]
      const first = new Int32Array(nodes + 1)
      for (let i = 0; i < from.length; i++) first[from[i] + 1]++
      for (let i = 1; i <= nodes; i++) first[i] += first[i - 1]
      const at = first.slice()
      const laid = new Int32Array(from.length)
      for (let i = 0; i < from.length; i++) laid[at[from[i]]++] = to[i]
      this.#first = first
      this.#laid = laid
      this.#done = from.length
    }
    return { first: this.#first, to: this.#laid }
  }
}

interface Laid {
  readonly first: Int32Array
  readonly to: Int32Array
}

/** Depth first from each origin; a stamp says for which origin a node was visited last, so that nothing is cleared between origins. */
function walk(
  origins: Int32Array,
  steps: Laid,
  bases: Laid,
  nodes: number,
  ends: number,
  left: RowList,
  right: RowList,
  run: Run,
): void {
  const visited = new Int32Array(nodes).fill(-1)
  const met = new Int32Array(ends).fill(-1)
  const stack = new Int32Array(nodes)
  let work = 0
  for (let k = 0; k < origins.length; k++) {
    const origin = origins[k]
    let depth = 0
    stack[depth++] = origin
    visited[origin] = k
    while (depth > 0) {
      const node = stack[--depth]
      const end = bases.first[node + 1]
      const found = end - bases.first[node]
      const a = left.room(found)
      const b = right.room(found)
      let at = left.length
      for (let i = bases.first[node]; i < end; i++) {
        const to = bases.to[i]
        if (met[to] === k) continue
        met[to] = k
        a[at] = origin
        b[at++] = to
      }
      left.length = right.length = at
      const last = steps.first[node + 1]
      for (let i = steps.first[node]; i < last; i++) {
        const next = steps.to[i]
        if (visited[next] === k) continue
        visited[next] = k
        stack[depth++] = next
      }
      work += 1 + found + last - steps.first[node]
      if (work >= BLOCK) {
        run.stop()
        work = 0
      }
    }
  }
}

/** The same from results: every node from which some base of the result is reached. */
function walkBack(
  results: Int32Array,
  bases: Laid,
  back: Laid,
  nodes: number,
  left: RowList,
  right: RowList,
  run: Run,
): void {
  const visited = new Int32Array(nodes).fill(-1)
  const stack = new Int32Array(nodes)
  let work = 0
  for (let k = 0; k < results.length; k++) {
    const result = results[k]
    let depth = 0
    for (let i = bases.first[result]; i < bases.first[result + 1]; i++) {
      const node = bases.to[i]
      if (visited[node] === k) continue
      visited[node] = k
      stack[depth++] = node
    }
    while (depth > 0) {
      const node = stack[--depth]
      left.room(1)[left.length++] = node
      right.room(1)[right.length++] = result
      const last = back.first[node + 1]
      for (let i = back.first[node]; i < last; i++) {
        const next = back.to[i]
        if (visited[next] === k) continue
        visited[next] = k
        stack[depth++] = next
      }
      work += 1 + last - back.first[node]
      if (work >= BLOCK) {
        run.stop()
        work = 0
      }
    }
  }
}
