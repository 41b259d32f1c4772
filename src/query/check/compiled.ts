import type { Schema } from '../../model/schema.ts'
import type { Clause, ParsedQuery } from '../language/ast.ts'
import type { Library } from '../language/library.ts'
import type { RowsShape } from '../language/row-source.ts'
import type { Fixed } from './expand.ts'
import type { Types } from './infer.ts'

/** A query that makes sense: every name is known, every variable bound, every type fits. */
export interface Compiled {
  readonly query: ParsedQuery
  readonly schema: Schema
  /** Rules expanded, scopes resolved, comparisons in pairs, no variable twice in a pattern. */
  readonly clauses: readonly Clause[]
  /** Of the variables of the outermost list, as far as they are known. */
  readonly types: Types
  /** Constants that stand for variables. */
  readonly fixed: readonly Fixed[]
}

/** What a caller knows beside the text. */
export interface Given {
  /** EDN text of `%`, null where there are none. */
  readonly rules: string | null
  /** Declared types of parameters. */
  readonly types: Types
  /** Types that the values of arguments have where no use gives them one. */
  readonly natural?: Types
  /** Sources that have rows instead of facts. */
  readonly rows?: ReadonlyMap<string, RowsShape>
  /** Rules that need no `%`, and functions of the project. */
  readonly library?: Library
}
