import { assert } from '../../base/assert.ts'
import { FactError } from '../../base/error.ts'
import { ordinalOf } from '../../model/entity-id.ts'
import type { FactView } from '../../model/fact-view.ts'
import { refTo } from '../../model/type.ts'
import { EntityRef, type Value } from '../../model/value.ts'
import { constantsHold, filterByConstant, filterByPair } from '../columns/filter.ts'
import { project, type Relation, type Run, takeRows } from '../columns/relation.ts'
import { boxed, type Vector } from '../columns/vector.ts'
import { type CallType, callType } from '../functions/call.ts'
import { type Comparison, FLIPPED } from '../functions/comparison.ts'
import { located } from '../functions/function.ts'
import { comparisonOf, functionNamed } from '../functions/functions.ts'
import { entityRef } from '../functions/lookup.ts'
import type { Computation, Literal, LookupRef, Predicate, Term } from '../language/ast.ts'
import { bindComputed, type Computed } from '../operators/bind.ts'
import { callProcedure } from '../operators/call-procedure.ts'
import { compute } from '../operators/compute.ts'
import { lookUp } from '../operators/fact-lookup.ts'
import { ascending, type Cut, residue } from '../operators/facts.ts'
import type { Step } from '../operators/step.ts'
import type { Source, State } from './candidate.ts'

const NO_ROWS = new Int32Array(0)

const show = (term: Term): string => (term.term === 'variable' ? term.name : '…')

/** Rows for which a predicate holds. */
export function predicateStep(clause: Predicate, source: Source, estimatedRows: number): Step {
  const comparison = comparisonOf(clause)
  const detail = `(${clause.name} ${clause.args.map(show).join(' ')})`
  const run =
    comparison === undefined ? truthOf(clause, source) : comparing(comparison, clause.args[0], clause.args[1], source)
  return { op: 'filter', detail, estimatedRows, nested: [], run }
}

function comparing(comparison: Comparison, a: Term, b: Term, source: Source): Step['run'] {
  return (input, running) => {
    const [left, right] = [source.constant(a), source.constant(b)]
    if (left && right)
      return constantsHold(exactBeside(left, right), comparison, exactBeside(right, left))
        ? input
        : takeRows(input, NO_ROWS)
    if (right && a.term === 'variable') return filterByConstant(input, a.name, { comparison, literal: right }, running)
    if (left && b.term === 'variable')
      return filterByConstant(input, b.name, { comparison: FLIPPED[comparison], literal: left }, running)
    assert(a.term === 'variable' && b.term === 'variable', 'a comparison of terms that are neither')
    return filterByPair(input, a.name, comparison, b.name, running)
  }
}

/** Rows for which any other function gives something, and that is not false. */
function truthOf(clause: Predicate, source: Source): Step['run'] {
  const call = callOf(clause, source)
  return (input, running) => {
    const { rows, vector } = call.run(input, running)
    const given = rows ?? ascending(input.rows)
    const kept =
      vector.type.base === 'boolean' || vector.as === 'any' ? given.filter((_, i) => isTrue(vector, i)) : given
    return kept.length === input.rows ? input : takeRows(input, kept, running)
  }
}

const isTrue = (vector: Vector, row: number): boolean =>
  vector.as === 'any' ? vector.values[row] !== false : Number(vector.values[row]) !== 0

/** A literal with a point is a double beside a double, and otherwise exactly what was written. */
const exactBeside = (literal: Literal, other: Literal): Literal['value'] =>
  literal.exact !== null && typeof other.value !== 'number' ? literal.exact : literal.value

export function computationStep(clause: Computation, source: Source, estimatedRows: number): Step {
  const { type, run: call } = callOf(clause, source)
  const names = clause.to.variables.map(show).join(' ')
  return {
    op: 'compute',
    detail: `(${clause.name} …) ${names}`,
    estimatedRows,
    nested: [],
    run: (input, running) =>
      located(
        () => bindComputed(input, call(input, running), clause.to, type, clause.name, source.constants, running),
        clause.at,
      ),
  }
}

/** A call with its constants in place. */
function callOf(
  clause: Predicate | Computation,
  source: Source,
): { type: CallType; run: (input: Relation, running: Run) => Computed } {
  const view = source.view(clause.source ?? '$')
  const type = callType(clause, source.types, view.schema)
  const { facts } = type
  if (clause.clause === 'computation' && clause.nested !== undefined)
    return { type, run: (input, running) => source.nested(clause, input, running) }
  if (facts !== undefined) {
    if (view.history)
      throw new FactError(
        'wrong-source',
        `(${clause.name} …) looks at one moment, and ${facts.source} is a history`,
        clause.at,
      )
    const constant = (term: Term): Value | undefined => source.constant(term)?.value
    return {
      type,
      run: (input, running) => lookUp(facts, type, input, source.view(clause.source ?? '$'), constant, running),
    }
  }
  const args = (): Term[] =>
    clause.args.map(arg => {
      const literal =
        arg.term === 'lookup' ? entityLiteral(arg, source.view(clause.source ?? '$')) : source.constant(arg)
      return literal ? { term: 'constant', literal, at: arg.at } : arg
    })
  // an entity that nobody ever knew is found out though there be no rows
  args()
  const { procedure } = clause
  if (procedure !== undefined)
    return { type, run: (input, running) => callProcedure(procedure, args(), input, clause.at, running) }
  const fn = functionNamed(clause.name, clause.args.length, clause.at)
  return {
    type,
    run: (input, running) => compute(clause.name, fn, args(), input, clause.at, source.naming, running),
  }
}

const entityLiteral = (term: LookupRef, view: FactView): Literal => ({
  value: entityRef(term, view),
  type: refTo(null),
  exact: null,
})

export function projectStep(kept: ReadonlySet<string>, state: State): Step {
  return {
    op: 'project',
    detail: [...kept].filter(name => state.bound.has(name)).join(' '),
    estimatedRows: state.rows,
    nested: [],
    run: input => project(input, kept),
  }
}

/** Leaves out entities of other shards, where no scan did so already. */
export function shardStep(source: Source, estimatedRows: number): Step {
  const { shard: planned } = source
  assert(planned !== null, 'a shard step without shard')
  const run = (input: Relation, running: Run): Relation => {
    const shard = source.shard ?? planned
    const vector = input.columns.get(shard.variable) as Vector
    const rows = shardRows(vector, input.rows, shard, running)
    return rows.length === input.rows ? input : takeRows(input, rows, running)
  }
  return {
    op: 'shard',
    detail: `${planned.variable} mod ${planned.of} = ${planned.index}`,
    estimatedRows,
    nested: [],
    run,
  }
}

function shardRows(vector: Vector, rows: number, shard: Cut, run: Run): Int32Array {
  const kept: number[] = []
  if (vector.as === 'i32' && vector.type.base === 'ref' && vector.type.kind !== null) {
    const first = residue(run.schema.kind(vector.type.kind).number, shard)
    const { low, high } = shard.window ?? { low: 0, high: Number.POSITIVE_INFINITY }
    for (let i = 0; i < rows; i++) {
      const ordinal = vector.values[i]
      if (ordinal % shard.of === first && ordinal >= low && ordinal < high) kept.push(i)
    }
  } else {
    const values = boxed(vector, rows, run)
    values.forEach((value, i) => {
      if (value instanceof EntityRef && inShard(value.number, shard)) kept.push(i)
    })
  }
  return Int32Array.from(kept)
}

/** Whether an entity number is of a shard, and of its window. */
export function inShard(entity: number, { index, of, window }: Cut): boolean {
  if (entity % of !== index) return false
  return window === undefined || (ordinalOf(entity) >= window.low && ordinalOf(entity) < window.high)
}
