import type { Compiled } from './check/compiled.ts'
import type { Trace } from './columns/trace.ts'
import { isEntityType } from './functions/comparable.ts'
import type { Block, Step } from './operators/step.ts'
import { writtenNames } from './plan/show-clause.ts'
import type { PartsOf } from './run.ts'

/** A plan as a tree. What was not run has no rows and no time. */
export interface PlanNode {
  readonly op: string
  readonly detail: string
  /** What the planner expected. */
  readonly estimatedRows: number
  /** Rows that came out, over all of its runs: a step below a rule runs once a round. */
  readonly rows: number | null
  /** Milliseconds, over all of its runs. */
  readonly ms: number | null
  readonly children: readonly PlanNode[]
}

export interface Explained {
  /** The same tree as lines, without times, so that the same question over the same facts gives the same text. */
  readonly text: string
  readonly plan: PlanNode
  readonly warnings: readonly string[]
}

/** Shapes the plan of a query; `trace` holds what its steps did, null where they did not run. */
export function explained(
  compiled: Compiled,
  block: Block,
  partsOf: PartsOf,
  trace: Trace | null,
  done: { readonly rows: number; readonly ms: number } | null,
): Explained {
  const seen = new Set<unknown>()
  const nodeOf = (step: Step): PlanNode => {
    const did = trace?.get(step)
    return {
      op: step.op,
      detail: writtenNames(step.detail),
      estimatedRows: round(step.estimatedRows),
      rows: trace === null ? null : (did?.rows ?? 0),
      ms: trace === null ? null : (did?.ms ?? 0),
      children: [...nested(step), ...ofRule(step)],
    }
  }
  const group = (op: string, detail: string, inner: Block): PlanNode => {
    const children = inner.steps.map(nodeOf)
    const last = children[children.length - 1]
    return {
      op,
      detail,
      estimatedRows: round(inner.rows),
      rows: last === undefined ? null : last.rows,
      ms: trace === null ? null : children.reduce((sum, child) => sum + (child.ms ?? 0), 0),
      children,
    }
  }
  const nested = ({ nested: blocks }: Step): PlanNode[] =>
    blocks.length === 1
      ? blocks[0].steps.map(nodeOf)
      : blocks.map((inner, i) => group('branch', `${i + 1} of ${blocks.length}`, inner))
  /** The branches of a rule's table, once in a plan. */
  const ofRule = ({ asks }: Step): PlanNode[] => {
    if (asks === undefined || seen.has(asks.table)) return []
    seen.add(asks.table)
    return partsOf(asks.table).map(({ op, detail, block: inner }) => group(op, detail, inner))
  }
  const root: PlanNode = {
    op: 'query',
    detail: compiled.query.find.map(({ text }) => text).join(' '),
    estimatedRows: round(block.rows),
    rows: done?.rows ?? null,
    ms: done?.ms ?? null,
    children: block.steps.map(nodeOf),
  }
  const warnings = [...crossings(block), ...aggregateWarnings(compiled)]
  const lines = [...linesOf(root, 0), ...warnings.map(words => `warning: ${words}`)]
  return { text: lines.join('\n'), plan: root, warnings }
}

/** Two digits are all that an estimate is worth. */
const round = (rows: number): number => (rows < 1 ? Number(rows.toPrecision(1)) : Number(rows.toPrecision(2)))

function linesOf({ op, detail, estimatedRows, rows, children }: PlanNode, depth: number): string[] {
  const counted = rows === null ? '' : `, ${rows} real`
  return [
    `${'  '.repeat(depth)}${op} ${detail}  (~${estimatedRows} rows${counted})`,
    ...children.flatMap(child => linesOf(child, depth + 1)),
  ]
}

/** Steps in which every row meets every row. */
function crossings(block: Block): string[] {
  return [
    ...block.crosses.map(
      step =>
        `nothing connects ${writtenNames(step.detail)} with the clauses before it, so every row meets every row: about ${round(step.estimatedRows)} rows`,
    ),
    ...block.steps.flatMap(step => step.nested.flatMap(crossings)),
  ]
}

/** Aggregates for which equal values of different entities are one. */
const COUNTING = new Set(['sum', 'count', 'avg', 'median', 'variance', 'stddev'])

function aggregateWarnings({ query, types }: Compiled): string[] {
  const entity = (name: string): boolean => {
    const type = types.get(name)
    return type !== undefined && isEntityType(type)
  }
  if ([...query.find.map(element => element.variable), ...query.with].some(({ name }) => entity(name))) return []
  return query.find.flatMap(element =>
    element.find === 'aggregate' && COUNTING.has(element.name)
      ? [
          `${element.text} sees each different value once, since no entity stands in :find or :with; name the entity in :with to see it once for each`,
        ]
      : [],
  )
}
