/** What files of an extract may be. */
export const SHARD_FORMATS = ['parquet', 'arrow', 'csv'] as const
export type ShardFormat = (typeof SHARD_FORMATS)[number]
