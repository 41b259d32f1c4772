import { LONG, showType } from '../../model/type.ts'
import { isAscendingSet, mergeSets } from '../columns/merge.ts'
import { BLOCK, type Relation, type Run, takeRows } from '../columns/relation.ts'
import { cast, concatenate, type Vector } from '../columns/vector.ts'
import { wider } from '../functions/comparable.ts'
import { ascending } from './facts.ts'
import { distinct, groupRows, join } from './join.ts'

/** The variable that numbers the rows that a nested clause list was given, by depth of nesting. No query can write it. */
export const rowVariable = (depth: number): string => `#row${depth}`

/** What a nested clause list shares with its surroundings: variables, and the one that numbers its rows. */
export interface Sharing {
  readonly shared: readonly string[]
  readonly row: string
}

/** Runs a nested clause list on given rows. */
export type Nested = (given: Relation) => Relation

/**
 * What a nested clause list gets to see: the different combinations of the shared variables, numbered in `row`;
 * and which of them each row of the relation has.
 */
function seeds(relation: Relation, { shared, row }: Sharing, run: Run): { given: Relation; ids: Int32Array | null } {
  const names = new Set(shared)
  const columns = new Map([...relation.columns].filter(([name]) => names.has(name)))
  const unique = relation.key !== null && [...relation.key].every(name => names.has(name))
  const groups = unique ? null : groupRows([...columns.values()], relation.rows, run)
  const narrow: Relation = { rows: relation.rows, columns, key: null }
  const given = groups === null ? narrow : takeRows(narrow, groups.first, run)
  const numbers: Vector = { type: LONG, as: 'i32', values: ascending(given.rows) }
  return {
    given: { rows: given.rows, columns: new Map([...given.columns, [row, numbers]]), key: new Set([row]) },
    ids: groups?.ids ?? null,
  }
}

/** Rows for which the nested clauses find nothing. */
export function negate(relation: Relation, sharing: Sharing, nested: Nested, run: Run): Relation {
  if (relation.rows === 0) return relation
  const { given, ids } = seeds(relation, sharing, run)
  const found = nested(given)
  const numbers = (found.columns.get(sharing.row) as Vector).values as Int32Array
  const hit = new Uint8Array(given.rows)
  for (let i = 0; i < found.rows; i++) hit[numbers[i]] = 1
  const kept = new Int32Array(relation.rows)
  let count = 0
  for (let start = 0; start < relation.rows; start += BLOCK) {
    run.stop()
    const end = Math.min(relation.rows, start + BLOCK)
    for (let row = start; row < end; row++) {
      kept[count] = row
      count += 1 - hit[ids === null ? row : ids[row]]
    }
  }
  const rows = kept.subarray(0, count)
  return rows.length === relation.rows ? relation : takeRows(relation, rows, run)
}

/** Each row together with what any of the branches finds for it. `made` are the variables that the branches bind. */
export function unite(
  relation: Relation,
  sharing: Sharing,
  made: readonly string[],
  branches: readonly Nested[],
  run: Run,
): Relation {
  if (relation.rows === 1 && relation.columns.size === 0 && made.length > 0) {
    // the only row needs no number
    const names = new Set(made)
    const parts = branches.map(branch => distinct(branch(relation), names, run))
    const merged = made.length === 1 ? mergedSets(parts, made[0], run) : undefined
    if (merged !== undefined) return merged
    return distinct(stack(parts, made, run), names, run)
  }
  const { given, ids } = seeds(relation, sharing, run)
  const wanted = new Set([sharing.row, ...made])
  const parts = branches.map(branch => distinct(branch(given), wanted, run))
  const found = distinct(stack(parts, [...wanted], run), wanted, run)
  const numbers: Vector = { type: LONG, as: 'i32', values: ids ?? ascending(relation.rows) }
  const numbered: Relation = { ...relation, columns: new Map([...relation.columns, [sharing.row, numbers]]) }
  const joined = made.length === 0 ? keepNumbered(numbered, found, sharing.row, run) : join(numbered, found, run)
  const columns = new Map([...joined.columns].filter(([name]) => name !== sharing.row))
  const key = relation.key === null ? null : new Set([...relation.key, ...made])
  return { rows: joined.rows, columns, key }
}

/** Sets of numbers of one type that stand in order need no table to be one set in order. */
function mergedSets(parts: readonly Relation[], name: string, run: Run): Relation | undefined {
  const first = parts[0].columns.get(name) as Vector
  const type = showType(first.type)
  let values: Int32Array | undefined
  for (const { columns, rows } of parts) {
    const vector = columns.get(name) as Vector
    if (vector.as !== 'i32' || showType(vector.type) !== type || !isAscendingSet(vector.values, rows)) return undefined
    const part = vector.values.subarray(0, rows)
    values = values === undefined ? part : mergeSets(values, part, run)
  }
  if (values === undefined) return undefined
  return {
    rows: values.length,
    columns: new Map([[name, { type: first.type, as: 'i32', values }]]),
    key: new Set([name]),
  }
}

/** Rows whose number was found, in their order. */
function keepNumbered(relation: Relation, found: Relation, row: string, run: Run): Relation {
  const numbers = (relation.columns.get(row) as Vector).values as Int32Array
  const hits = (found.columns.get(row) as Vector).values as Int32Array
  let most = -1
  for (let i = 0; i < relation.rows; i++) if (numbers[i] > most) most = numbers[i]
  const hit = new Uint8Array(most + 1)
  for (let i = 0; i < found.rows; i++) hit[hits[i]] = 1
  const kept = new Int32Array(relation.rows)
  let count = 0
  for (let start = 0; start < relation.rows; start += BLOCK) {
    run.stop()
    const end = Math.min(relation.rows, start + BLOCK)
    for (let i = start; i < end; i++) {
      kept[count] = i
      count += hit[numbers[i]]
    }
  }
  const rows = kept.subarray(0, count)
  return takeRows(relation, rows, run)
}

/** The rows of all parts, over the same variables, brought to types that hold all of their values. */
export function stack(parts: readonly Relation[], names: readonly string[], run: Run): Relation {
  const columns = new Map<string, Vector>()
  for (const name of names) {
    const vectors = parts.map(part => part.columns.get(name) as Vector)
    const type = vectors.map(vector => vector.type).reduce(wider)
    columns.set(
      name,
      concatenate(
        vectors.map((vector, i) => ({ vector: cast(vector, type, parts[i].rows, run), rows: parts[i].rows })),
        run,
      ),
    )
  }
  return {
    rows: parts.reduce((sum, part) => sum + part.rows, 0),
    columns,
    key: parts.length === 1 ? parts[0].key : null,
  }
}
