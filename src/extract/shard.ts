import { FactError } from '../base/error.ts'
import type { Shard } from '../database/api.ts'

/** More shards than this cost more than they bring. */
export const MOST_SHARDS = 4096

/** What a request says of the shard that it wants, as whole numbers. */
export interface ShardRequest {
  readonly shard: number | undefined
  readonly of: number | undefined
  readonly t: number | undefined
}

/** The shard of a request, null where it wants the whole. Throws `argument`: a shard needs `of` and the `t` that its plan named. */
export function shardOf({ shard, of, t }: ShardRequest): Shard | null {
  if (shard === undefined && of === undefined) return null
  if (shard === undefined || of === undefined)
    throw new FactError('argument', 'shard and of belong together: shard=0&of=8')
  if (t === undefined)
    throw new FactError(
      'argument',
      'a shard without t may be of another moment than its neighbours: take the links of the plan',
    )
  checkShards(of, 'of')
  if (shard >= of)
    throw new FactError('argument', `shard goes from 0 to ${of - 1} where of is ${of}, and ${shard} is beyond`)
  return { index: shard, of }
}

export function checkShards(count: number, name: string): void {
  if (count < 1 || count > MOST_SHARDS)
    throw new FactError('argument', `${name} goes from 1 to ${MOST_SHARDS}, and ${count} does not`)
}
