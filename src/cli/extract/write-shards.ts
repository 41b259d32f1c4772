import { Worker } from 'node:worker_threads'
import { FactError } from '../../base/error.ts'
import type { Database } from '../../database/api.ts'
import type { Place } from '../setting.ts'
import type { Watching } from './fill-folder.ts'
import { type ShardJob, writeShard } from './shard-file.ts'
import type { Telling, Told } from './shard-worker.ts'

/**
 * Writes shards on several threads, each with the store open for itself, since a store in memory cannot be lent. One thread uses the store
 * that is open already. Throws what the first one that fails throws; those that were written stay.
 */
export async function writeShards(
  database: Database,
  place: Place,
  job: ShardJob,
  shards: readonly number[],
  threads: number,
  { onRows, onShard }: Watching,
): Promise<void> {
  if (threads === 1 || shards.length <= 1) {
    for (const shard of shards) {
      onShard(writeShard(database, job, shard, onRows))
      await new Promise(resolve => setImmediate(resolve))
    }
    return
  }
  const waiting = [...shards]
  const workers: Worker[] = []
  const told: Told = { place, job }
  try {
    await Promise.all(
      Array.from({ length: Math.min(threads, shards.length) }, () => {
        const worker = new Worker(new URL('./shard-worker.ts', import.meta.url), { workerData: told })
        workers.push(worker)
        return writing(worker, waiting, { onRows, onShard })
      }),
    )
  } finally {
    await Promise.all(workers.map(worker => worker.terminate()))
  }
}

/** Gives a thread shard after shard until none is left. */
function writing(worker: Worker, waiting: number[], { onRows, onShard }: Watching): Promise<void> {
  return new Promise((resolve, reject) => {
    const next = () => worker.postMessage(waiting.shift() ?? null)
    worker.on('message', (telling: Telling) => {
      if ('rows' in telling) return onRows(telling.rows)
      if ('failed' in telling) {
        const { kind, message } = telling.failed
        return reject(kind === null ? new Error(message) : new FactError(kind, message))
      }
      onShard(telling.done)
      next()
    })
    worker.on('error', reject)
    worker.on('exit', code =>
      code === 0 ? resolve() : reject(new Error(`a thread that writes shards ended with ${code}`)),
    )
    next()
  })
}
