import type { Pieces } from '../../base/lent-memory.ts'
import type { FactView } from '../../model/fact-view.ts'
import type { ValueType } from '../../model/type.ts'
import type { Library } from '../language/library.ts'
import type { Rows } from '../language/row-source.ts'
import type { Stated } from '../language/schema-source.ts'
import type { Transform } from '../pull/pull.ts'

/** Arguments by name (with or without `?`) or in the order of `:in`; values as JSON has them, or `{$edn: "…"}`. */
export type Arguments = Readonly<Record<string, unknown>> | readonly unknown[]

export interface ShardOf {
  /** `?c`, as `shardVariable` gives it. */
  readonly variable: string
  /** Entities whose number modulo `of` is `index`. */
  readonly index: number
  readonly of: number
  /** Only those of them whose ordinals lie from `low` to below `high`; all where absent. */
  readonly window?: { readonly low: number; readonly high: number }
}

export interface RunOptions {
  /** By name with the dollar: `$`, `$before`. One that the query names and that is not here is `$`. All views are of one store. */
  readonly sources: ReadonlyMap<string, FactView>
  /** Sources that have rows instead of facts, by name with the dollar; they win over `sources`. */
  readonly rows?: ReadonlyMap<string, Rows>
  /** What `$schema` says of owners and contracts; nothing by default. */
  readonly stated?: Stated
  /** Functions of `:xform` in pulls, by name. */
  readonly transforms?: ReadonlyMap<string, Transform>
  /** Rules that the query may call beside those of `%`. */
  readonly library?: Library
  readonly args?: Arguments
  /** Declared types of parameters by name with the question mark; they win over the types that follow from use. */
  readonly types?: ReadonlyMap<string, ValueType>
  /** Only the rows of one shard, ordered by the sharded entity and then by the other columns. */
  readonly shard?: ShardOf | null
  /** Beside the `:limit` and `:offset` of the query itself, which apply first. */
  readonly limit?: number
  readonly offset?: number
  /** Called at least once in 4,096 rows of work; ends the query by throwing (`timeout`). */
  readonly stop?: () => void
  /** Milliseconds that only grow, for `:timeout`; the machine's by default. */
  readonly clock?: () => number
  /** Bytes that the query may hold at a time; more ends it (`memory`). Without: as much as there is. */
  readonly memory?: number
  /** Where columns of the answer may be made that are used again for the next one; for whoever is done with this one by then. */
  readonly pieces?: Pieces
  /** Rows that the plan may be expected to look at; where it expects more, nothing is run (`timeout`). */
  readonly most?: number
}
