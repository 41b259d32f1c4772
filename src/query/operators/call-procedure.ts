import { FactError } from '../../base/error.ts'
import { Decimal, rescale } from '../../model/decimal.ts'
import { showType, type ValueType } from '../../model/type.ts'
import type { Value } from '../../model/value.ts'
import { type Relation, RowList, type Run } from '../columns/relation.ts'
import { rawOf, type Vector, valueAt, vectorFrom } from '../columns/vector.ts'
import { located } from '../functions/function.ts'
import type { Term } from '../language/ast.ts'
import type { EdnPlace } from '../language/edn.ts'
import type { Procedure } from '../language/procedure.ts'
import type { Computed } from './bind.ts'

/** Rows that a procedure is given at first and at most; as many as take about so long, so that a slow one is not taken for one that loops. */
const FIRST = 16
const MOST = 1024
const QUICK_MS = 20

/** What a procedure gives for each row, once for rows whose arguments are equal and follow each other. Throws `procedure`, `wrong-type`. */
export function callProcedure(
  procedure: Procedure,
  args: readonly Term[],
  relation: Relation,
  at: EdnPlace,
  run: Run,
): Computed {
  const values: Value[] = []
  const rows = new RowList(relation.rows)
  const kept = rows.room(relation.rows)
  let size = FIRST
  for (let start = 0, end = 0; start < relation.rows; start = end) {
    run.stop()
    const begin = performance.now()
    end = Math.min(relation.rows, start + size)
    const asked: Value[][] = []
    for (let row = start; row < end; row++)
      asked.push(args.map((arg, i) => asArgument(procedure, i, given(arg, relation, row, run), at)))
    located(() => procedure.call(asked), at).forEach((value, i) => {
      if (value === null) return
      values.push(value)
      kept[rows.length++] = start + i
    })
    size = performance.now() - begin < QUICK_MS ? Math.min(MOST, 2 * size) : Math.max(1, size >> 1)
  }
  for (const value of values)
    if (procedure.returns.base !== 'list' && rawOf(value, procedure.returns, run) === undefined)
      throw new FactError(
        'procedure',
        `(${procedure.name} …) gave a value that is no ${showType(procedure.returns)}`,
        at,
      )
  return {
    rows: rows.length === relation.rows ? null : rows.rows(),
    vector: vectorFrom(procedure.returns, values, run),
  }
}

function given(arg: Term, relation: Relation, row: number, run: Run): Value {
  if (arg.term === 'constant') return arg.literal.exact ?? arg.literal.value
  return valueAt(relation.columns.get((arg as { name: string }).name) as Vector, row, run)
}

/** A number as the declared type has it, exactly. Throws `wrong-type`. */
export function asArgument({ name, args }: Procedure, i: number, value: Value, at?: EdnPlace): Value {
  const type = args[i]
  const exact = inType(value, type)
  if (exact === undefined)
    throw new FactError(
      'wrong-type',
      `argument ${i + 1} of (${name} …) is ${showType(type)}, and ${String(value)} is none`,
      at,
    )
  return exact
}

function inType(value: Value, type: ValueType): Value | undefined {
  switch (type.base) {
    case 'decimal': {
      const decimal = typeof value === 'bigint' ? new Decimal(value, 0) : value
      const unscaled = decimal instanceof Decimal ? rescale(decimal, type.digits) : undefined
      return unscaled === undefined ? undefined : new Decimal(unscaled, type.digits)
    }
    case 'double':
      // a constant with a point stands here as it was written
      return value instanceof Decimal ? Number(value.toString()) : typeof value === 'number' ? value : undefined
    case 'long':
      return typeof value === 'bigint' ? value : undefined
    case 'boolean':
      return typeof value === 'boolean' ? value : undefined
    default:
      return value
  }
}
