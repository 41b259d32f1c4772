import { showType, type ValueType } from '../../model/type.ts'
import { canBind } from '../check/scope.ts'
import { NearNumbers } from '../columns/near-numbers.ts'
import { type Pairs, reachAll } from '../columns/reach.ts'
import { type Relation, RowList, type Run, UNIT } from '../columns/relation.ts'
import type { Vector } from '../columns/vector.ts'
import { Edges, type Laid, walk, walkBack } from '../columns/walk.ts'
import type { Clause, RuleBranch, RuleRelation } from '../language/ast.ts'
import { RowSet } from '../operators/row-set.ts'
import { isLasting, type Part, runBlock, stillHolds } from '../operators/step.ts'
import { type ClosureShape, closureShape } from './closure-shape.ts'
import { type Given, type Planner, type Source, sourceWith, type WalkPlan, type Way } from './planning.ts'

const shapes = new WeakMap<
  RuleRelation,
  { readonly shape: ClosureShape | undefined; readonly runnable: Map<Given, boolean> }
>()

/** How nodes and steps are found, planned once for all runs of a query that is kept. */
function planned(relation: RuleRelation, shape: ClosureShape, given: Given, source: Source, plan: Planner): WalkPlan {
  const known = source.walks.get(relation)?.get(given)
  if (known !== undefined && [...known.based, ...known.walked].every(({ block }) => stillHolds(block))) return known
  const s = relation.head[shape.from].name
  const u = relation.head[shape.to].name
  const way = (clauses: readonly Clause[], types: RuleBranch['types'], bound: string, to: string): Way => {
    const seed = given === null ? { rows: 1, bound: new Map() } : { rows: 8, bound: new Map([[bound, 8]]) }
    const block = plan(clauses, [], seed, new Set([s, to]), sourceWith(source, { types, shard: null }))
    return { block, from: s, to }
  }
  const made: WalkPlan = {
    based: shape.bases.map(({ clauses, types }) => way(clauses, types, given === 's' ? s : u, u)),
    walked: shape.steps.map(({ branch, clauses, via }) =>
      way(clauses, branch.types, given === 's' ? s : via.name, via.name),
    ),
  }
  if ([...made.based, ...made.walked].every(({ block }) => isLasting(block))) {
    const plans = source.walks.get(relation) ?? new Map<Given, WalkPlan>()
    source.walks.set(relation, plans.set(given, made))
  }
  return made
}

/** How a rule is walked with what is given; undefined where a part of it cannot be run by itself. */
function runnable(
  relation: RuleRelation,
  mask: number,
  source: Source,
): { readonly shape: ClosureShape; readonly given: Given } | undefined {
  let known = shapes.get(relation)
  if (known === undefined) shapes.set(relation, (known = { shape: closureShape(relation), runnable: new Map() }))
  const { shape } = known
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
  let runs = known.runnable.get(given)
  runs ??=
    shape.bases.every(({ clauses }) => canBind(clauses, given === 's' ? [s] : given === 'u' ? [u] : [], [s, u])) &&
    shape.steps.every(({ clauses, via }) =>
      canBind(clauses, given === 's' ? [s] : given === 'u' ? [via] : [], [s, via]),
    )
  known.runnable.set(given, runs)
  return runs ? { shape, given } : undefined
}

/** What one value reaches in one step or more, each once, where bases are all the steps there are: what is found is where the next steps begin. */
function reachedFrom(origin: Vector, based: readonly Way[], forwards: boolean, type: ValueType, run: Run): Vector {
  const reached = new RowSet([type])
  let given = origin
  let rows = 1
  let known = 0
  while (rows > 0) {
    run.stop()
    for (const { block, from, to } of based) {
      const [begin, end] = forwards ? [from, to] : [to, from]
      const next = runBlock(block, { rows, columns: new Map([[begin, given]]), key: new Set([begin]) }, run)
      reached.add([next.columns.get(end) as Vector], next.rows, run)
    }
    given = reached.part(known, reached.rows, run)[0]
    rows = reached.rows - known
    known = reached.rows
  }
  return reached.part(0, known, run)[0]
}

/** What one value of the bound side of a rule reaches, without a table of what else was asked; undefined of rules that are no such walk. */
export function reachedByOne(
  relation: RuleRelation,
  mask: number,
  origin: Vector,
  source: Source,
  plan: Planner,
  run: Run,
): Vector | undefined {
  const way = runnable(relation, mask, source)
  if (way === undefined || way.given === null || !way.shape.stepIsBase) return undefined
  const { shape, given } = way
  const { based } = planned(relation, shape, given, source, plan)
  const forwards = given === 's'
  return reachedFrom(origin, based, forwards, relation.types[forwards ? shape.to : shape.from], run)
}

/** What gives values dense numbers. */
interface Numbers {
  /** All numbers are below. */
  readonly rows: number
  number(vector: Vector, rows: number, run: Run): Int32Array
  /** The values of numbers; the array may be used for them. */
  values(numbers: Int32Array, run: Run): Vector
}

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
  readonly #walked: readonly Way[]
  readonly #based: readonly Way[]
  #expanded = 0
  /** All pairs there are, once everything was asked for. */
  #all: readonly [Vector, Vector] | null = null
  #left: RowList | null = null
  #right: RowList | null = null

  /** Undefined where a part of the rule cannot be run by itself with what is given. */
  static of(relation: RuleRelation, mask: number, source: Source, plan: Planner): Closure | undefined {
    const way = runnable(relation, mask, source)
    return way && new Closure(relation, way.shape, way.given, source, plan)
  }

  private constructor(relation: RuleRelation, shape: ClosureShape, given: Given, source: Source, plan: Planner) {
    this.#relation = relation
    this.#shape = shape
    this.#given = given
    const type = (place: number): ValueType => relation.types[place]
    this.#nodes = new RowSet([type(shape.from)])
    this.#ends = new RowSet([type(shape.to)])
    const { based, walked } = planned(relation, shape, given, source, plan)
    this.#based = based
    this.#walked = walked
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
    else if (rows === 1 && this.#shape.stepIsBase && this.#walked.length === 0) this.#reach(origins as Vector, run)
    else if (this.#given === 's') this.#forwards(origins as Vector, rows, run)
    else this.#backwards(origins as Vector, rows, run)
  }

  /** All pairs found, in the order of the head. */
  result(run: Run): { vectors: Vector[]; rows: number } {
    const left = this.#left?.rows() ?? new Int32Array(0)
    const right = this.#right?.rows() ?? new Int32Array(0)
    const [s, u] = this.#all ?? [this.#nodes.values(left, run), this.#ends.values(right, run)]
    return { vectors: this.#shape.from === 0 ? [s, u] : [u, s], rows: this.#all?.[0].values.length ?? left.length }
  }

  #whole(run: Run): void {
    if (this.#all !== null) return
    const { stepIsBase } = this.#shape
    const found = ({ block, from, to }: Way) => {
      const { rows, columns } = runBlock(block, UNIT, run)
      const part = (name: string) => ({ vector: columns.get(name) as Vector, rows })
      return { rows, from: part(from), to: part(to) }
    }
    const walked = this.#walked.map(found)
    const based = this.#based.map(found)
    const { types } = this.#relation
    const alike = stepIsBase && showType(types[0]) === showType(types[1])
    const sides = [...walked.flatMap(({ from, to }) => [from, to]), ...based.map(({ from }) => from)]
    const last = based.map(({ to }) => to)
    // numbers that ascend as values do bring pairs in their order
    const nodes: Numbers = NearNumbers.over(stepIsBase ? [...sides, ...last] : sides, run) ?? this.#nodes
    const ends: Numbers = alike ? nodes : (NearNumbers.over(last, run) ?? this.#ends)
    for (const { from, to, rows } of walked)
      this.#steps.add(nodes.number(from.vector, rows, run), nodes.number(to.vector, rows, run), rows)
    for (const { from, to, rows } of based) {
      const begin = nodes.number(from.vector, rows, run)
      this.#bases.add(begin, ends.number(to.vector, rows, run), rows)
      if (stepIsBase && !alike) this.#steps.add(begin, nodes.number(to.vector, rows, run), rows)
    }
    const bases = this.#bases.laid(nodes.rows)
    const steps = alike ? bases : this.#steps.laid(nodes.rows)
    const { left, right } =
      reachAll(steps, bases, nodes.rows, ends.rows, run) ?? this.#walkAll(steps, bases, nodes, ends, run)
    this.#all = [nodes.values(left, run), ends.values(right, run)]
  }

  #walkAll(steps: Laid, bases: Laid, nodes: Numbers, ends: Numbers, run: Run): Pairs {
    const all = new Int32Array(nodes.rows)
    for (let i = 0; i < all.length; i++) all[i] = i
    const [left, right] = [new RowList(all.length, run), new RowList(all.length, run)]
    walk(all, steps, bases, nodes.rows, ends.rows, left, right, run)
    return { left: left.rows(), right: right.rows() }
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

  #reach(origin: Vector, run: Run): void {
    const forwards = this.#given === 's'
    const [asked, found] = forwards ? [this.#nodes, this.#ends] : [this.#ends, this.#nodes]
    const [start] = asked.number(origin, 1, run)
    // by itself: what was found for other origins is not all that they reach
    const type = this.#relation.types[forwards ? this.#shape.to : this.#shape.from]
    const reached = reachedFrom(origin, this.#based, forwards, type, run)
    const rows = reached.values.length
    const numbers = found.number(reached, rows, run)
    const [left, right] = [this.#left as RowList, this.#right as RowList]
    const [ones, others] = forwards ? [left, right] : [right, left]
    ones.room(rows).fill(start, ones.length, ones.length + rows)
    others.room(rows).set(numbers, others.length)
    ones.length += rows
    others.length += rows
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
