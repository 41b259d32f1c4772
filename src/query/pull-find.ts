import { FactError } from '../base/error.ts'
import type { AnswerColumn } from '../model/answer.ts'
import { KIND_SIZE } from '../model/entity-id.ts'
import type { FactView } from '../model/fact-view.ts'
import type { Schema } from '../model/schema.ts'
import { EntityRef } from '../model/value.ts'
import type { Compiled } from './check/compiled.ts'
import type { Run } from './columns/relation.ts'
import { boxed, type Vector } from './columns/vector.ts'
import type { FindElement, ParsedQuery, PullPattern } from './language/ast.ts'
import { checkPull } from './language/pull-pattern.ts'
import type { RunOptions } from './operators/options.ts'
import { pullMany } from './pull/pull.ts'
import { transformsOf } from './pull-procedures.ts'
import type { Found } from './run.ts'

type Looking = Extract<FindElement, { find: 'pull' | 'maybe' }>

/** The view that a find element looks at. Throws `wrong-source` where it has no one value of an attribute, or has rows. */
export function sourceView({ source, text, at }: Looking, { sources, rows }: RunOptions): FactView {
  if (rows?.has(source)) throw new FactError('wrong-source', `${text} needs facts, but ${source} has rows`, at)
  const view = sources.get(source) ?? sources.get('$')
  if (view === undefined) throw new FactError('unknown-source', `there is no source ${source}`, at)
  if (view.history)
    throw new FactError('wrong-source', `${text} needs a source at one moment, but ${source} is a history`, at)
  return view
}

/** Throws `wrong-source` for elements of `:find` that look at a source that cannot tell, though there be no rows. */
export function checkLooking({ find }: ParsedQuery, options: RunOptions): void {
  for (const element of find) if (element.find === 'pull' || element.find === 'maybe') sourceView(element, options)
}

/** How the column of each pull is made from the entities in it; null for elements that are no pull. Throws `unknown-attribute` for a pattern that is an input. */
export function pullsOf(
  { query, schema }: Compiled,
  { bound, run }: Found,
  options: RunOptions,
): ((entities: Vector, rows: number) => Pick<AnswerColumn, 'v' | 'present'>)[] | null[] {
  if (!query.find.some(element => element.find === 'pull')) return query.find.map(() => null)
  const transforms = transformsOf(options.library?.procedures ?? new Map(), options.transforms)
  return query.find.map(element => {
    if (element.find !== 'pull') return null
    const view = sourceView(element, options)
    const pattern = patternOf(element.pattern, bound.patterns, schema)
    return (entities: Vector, rows: number) => {
      const maps = pullMany(view, pattern, entityNumbers(entities, rows, run), {
        pace: run,
        transforms,
      })
      const present = maps.includes(null) ? Uint8Array.from(maps, map => Number(map !== null)) : null
      return { v: { as: 'any', values: maps }, present }
    }
  }) as ((entities: Vector, rows: number) => Pick<AnswerColumn, 'v' | 'present'>)[]
}

function patternOf(
  pattern: PullPattern | { readonly input: string },
  given: ReadonlyMap<string, PullPattern>,
  schema: Schema,
): PullPattern {
  if ('specs' in pattern) return pattern
  const found = given.get(pattern.input)
  if (found === undefined) throw new Error(`bug: nobody read the pattern ${pattern.input}`)
  checkPull(found, schema)
  return found
}

/** Entity numbers; -1 where a row holds something else. */
function entityNumbers(vector: Vector, rows: number, run: Run): Float64Array {
  const numbers = new Float64Array(rows)
  const { type } = vector
  if (vector.as === 'i32' && type.base === 'ref' && type.kind !== null) {
    const start = run.schema.kind(type.kind).number * KIND_SIZE
    for (let i = 0; i < rows; i++) numbers[i] = start + vector.values[i]
    return numbers
  }
  boxed(vector, rows, run).forEach((value, i) => {
    numbers[i] = value instanceof EntityRef ? value.number : typeof value === 'bigint' ? Number(value) : -1
  })
  return numbers
}
