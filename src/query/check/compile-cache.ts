import type { Schema } from '../../model/schema.ts'
import { showType } from '../../model/type.ts'
import type { ParsedQuery } from '../language/ast.ts'
import type { Library } from '../language/library.ts'
import { compile } from './compile.ts'
import type { Compiled, Given } from './compiled.ts'

interface Kept {
  readonly schema: Schema
  readonly attributes: number
  readonly given: string
  readonly library: Library | undefined
  readonly compiled: Compiled
}

/** The last one of each parsed query: a program asks the same thing again and again, with other values of the same types. */
const kept = new WeakMap<ParsedQuery, Kept>()

/** As `compile`, which checks a query anew only where something that it depends on has changed. */
export function compileOnce(query: ParsedQuery, schema: Schema, given: Given): Compiled {
  const attributes = schema.attributes.length
  const key = keyOf(given)
  const known = kept.get(query)
  // a schema only grows, so its size tells whether it changed
  if (
    known !== undefined &&
    known.schema === schema &&
    known.attributes === attributes &&
    known.given === key &&
    known.library === given.library
  )
    return known.compiled
  const compiled = compile(query, schema, given)
  kept.set(query, { schema, attributes, given: key, library: given.library, compiled })
  return compiled
}

function keyOf({ rules, types, natural, rows }: Given): string {
  let key = rules ?? ''
  for (const [name, type] of types) key += `\n${name} ${showType(type)}`
  for (const [name, type] of natural ?? []) key += `\r${name} ${showType(type)}`
  for (const [name, { declared, natural: each }] of rows ?? [])
    key += `\f${name} ${declared?.map(showType).join()} ${each.map(showType).join()}`
  return key
}
