import { type RecordBatch, RecordBatchReader, type Schema } from 'apache-arrow'
import type { Column } from './cells.ts'
import { shardBatches } from './shard-batches.ts'

/** The plan of an extract: one moment, and a complete link for every shard. */
export interface Plan {
  readonly query: string
  readonly version: string | null
  readonly args: Readonly<Record<string, unknown>>
  readonly t: number
  readonly instant: string
  readonly settled: boolean
  readonly columns: readonly Column[]
  /** The schema as an encapsulated message of Arrow's, in base64. */
  readonly arrowSchema: string
  readonly totalRecords: number | null
  readonly shards: readonly {
    readonly shard: number
    readonly of: number
    readonly uri: string
    readonly rows: number | null
  }[]
}

/** A planned extract; it reads as often as it is asked to. */
export class Extract {
  readonly plan: Plan
  readonly #base: string
  readonly #retries: number

  constructor(plan: Plan, base: string, retries: number) {
    this.plan = plan
    this.#base = base
    this.#retries = retries
  }

  /** Names and types of the columns as the batches have them; its metadata says of which query, version, arguments and moment. */
  get schema(): Schema {
    const bytes = Uint8Array.from(atob(this.plan.arrowSchema), character => character.charCodeAt(0))
    return RecordBatchReader.from(bytes).open().schema
  }

  /** Batches of Arrow of one shard, in order of its entities. A long is a bigint in them. */
  shard(index: number, signal?: AbortSignal): AsyncGenerator<RecordBatch> {
    const shard = this.plan.shards[index]
    if (shard === undefined) throw new RangeError(`there are ${this.plan.shards.length} shards, and none is ${index}`)
    const url = String(new URL(shard.uri, this.#base))
    return shardBatches(url, { signal, retries: this.#retries, expected: shard.rows })
  }

  /** Batches of all shards, one shard after the other; the next one is asked for while one is read. */
  async *batches(signal?: AbortSignal): AsyncGenerator<RecordBatch> {
    const { shards } = this.plan
    const open = (index: number) => {
      const batches = this.shard(index, signal)
      const first = batches.next()
      // looked at when it is its turn
      first.catch(() => {})
      return { batches, first }
    }
    let next = shards.length > 0 ? open(0) : null
    try {
      for (let index = 0; next !== null; index++) {
        const { batches, first } = next
        next = index + 1 < shards.length ? open(index + 1) : null
        try {
          for (let step = await first; !step.done; step = await batches.next()) yield step.value
        } finally {
          await batches.return(undefined)
        }
      }
    } finally {
      if (next !== null) await next.batches.return(undefined)
    }
  }
}
