import { parentPort, workerData } from 'node:worker_threads'
import { machineClock } from '../../base/clock.ts'
import { FactError } from '../../base/error.ts'
import { openDatabase } from '../../database/database.ts'
import type { Place } from '../setting.ts'
import { type ShardJob, type WrittenShard, writeShard } from './shard-file.ts'

/** What a thread that writes shards is told, and tells. */
export interface Told {
  readonly place: Place
  readonly job: ShardJob
}
export type Telling =
  | { readonly rows: number }
  | { readonly done: WrittenShard }
  | { readonly failed: { readonly kind: FactError['kind'] | null; readonly message: string } }

/** Opens the store for itself, and writes one shard after the other as it is told their numbers. */
async function main(): Promise<void> {
  const { place, job } = workerData as Told
  const port = parentPort!
  const tell = (telling: Telling): void => port.postMessage(telling)
  const database = await openDatabase({ ...place, clock: machineClock, readOnly: true })
  port.on('message', async (shard: number | null) => {
    if (shard === null) {
      await database.close()
      port.close()
      return
    }
    try {
      tell({ done: writeShard(database, job, shard, rows => tell({ rows })) })
    } catch (error) {
      const kind = error instanceof FactError ? error.kind : null
      tell({ failed: { kind, message: error instanceof Error ? error.message : String(error) } })
    }
  })
}

await main()
