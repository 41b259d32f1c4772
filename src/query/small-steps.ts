import { assert } from '../base/assert.ts'
import { EntityRef } from '../model/value.ts'
import type { Computation, Literal, Predicate, Term } from './ast.ts'
import type { Source, State } from './candidate.ts'
import { compute } from './compute.ts'
import { residue } from './facts.ts'
import { constantsHold, equalRows, filterByConstant, filterByPair } from './filter.ts'
import { COMPARISONS, type Comparison, functionNamed } from './functions.ts'
import { project, type Relation, type Run, takeRows, withColumn } from './relation.ts'
import type { Step } from './step.ts'
import { boxed, type Vector } from './vector.ts'

const FLIPPED: Readonly<Record<Comparison, Comparison>> = {
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
  '=': '=',
  '!=': '!=',
}
const NO_ROWS = new Int32Array(0)

const show = (term: Term): string => (term.term === 'variable' ? term.name : '…')

export function predicateStep(clause: Predicate, source: Source, estimatedRows: number): Step {
  const comparison = COMPARISONS[clause.name]
  const [a, b] = clause.args
  const [left, right] = [source.constant(a), source.constant(b)]
  const run = (input: Relation, running: Run): Relation => {
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
  return { op: 'filter', detail: `(${clause.name} ${show(a)} ${show(b)})`, estimatedRows, nested: [], run }
}

/** A literal with a point is a double beside a double, and otherwise exactly what was written. */
const exactBeside = (literal: Literal, other: Literal): Literal['value'] =>
  literal.exact !== null && typeof other.value !== 'number' ? literal.exact : literal.value

export function computationStep(clause: Computation, source: Source, estimatedRows: number): Step {
  const fn = functionNamed(clause.name, clause.args.length, clause.at)
  const args = clause.args.map((arg): Term => {
    const literal = source.constant(arg)
    return literal ? { term: 'constant', literal, at: arg.at } : arg
  })
  const run = (input: Relation, running: Run): Relation => {
    const result = compute(fn, args, input, clause.at, source.naming, running)
    const literal = source.constants.get(clause.to.name)
    if (literal) {
      const kept = filterByConstant(
        withColumn(input, '#result', result),
        '#result',
        { comparison: '=', literal },
        running,
      )
      return project(kept, new Set(input.columns.keys()))
    }
    const before = input.columns.get(clause.to.name)
    if (before === undefined) return withColumn(input, clause.to.name, result)
    const rows = equalRows(before, result, input.rows, running)
    return rows.length === input.rows ? input : takeRows(input, rows)
  }
  return { op: 'compute', detail: `(${clause.name} …) ${clause.to.name}`, estimatedRows, nested: [], run }
}

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
  const { shard } = source
  assert(shard !== null, 'a shard step without shard')
  const run = (input: Relation, running: Run): Relation => {
    const vector = input.columns.get(shard.variable) as Vector
    const rows = shardRows(vector, input.rows, shard, running)
    return rows.length === input.rows ? input : takeRows(input, rows)
  }
  return { op: 'shard', detail: `${shard.variable} mod ${shard.of} = ${shard.index}`, estimatedRows, nested: [], run }
}

function shardRows(vector: Vector, rows: number, shard: { index: number; of: number }, run: Run): Int32Array {
  const kept: number[] = []
  if (vector.as === 'i32' && vector.type.base === 'ref' && vector.type.kind !== null) {
    const first = residue(run.schema.kind(vector.type.kind).number, shard)
    for (let i = 0; i < rows; i++) if (vector.values[i] % shard.of === first) kept.push(i)
  } else {
    const values = boxed(vector, rows, run)
    values.forEach((value, i) => {
      if (value instanceof EntityRef && inShard(value.number, shard)) kept.push(i)
    })
  }
  return Int32Array.from(kept)
}

/** Whether an entity number is of a shard. */
export const inShard = (entity: number, shard: { index: number; of: number }): boolean =>
  entity % shard.of === shard.index
