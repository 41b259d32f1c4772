import type { MessagePort } from 'node:worker_threads'
import { Worker } from 'node:worker_threads'

/** Threads that read until they are told to end. */
export interface Readers {
  /** Rejects when one of them fails; otherwise gives way to others. */
  breathe(): Promise<void>
  ended(): Promise<void>
}

/** Starts a thread for each task, and waits until all are ready. */
export async function startReaders(
  file: URL,
  tasks: readonly { readonly task: object; readonly port: MessagePort }[],
): Promise<Readers> {
  const ready: Promise<unknown>[] = []
  const ended: Promise<unknown>[] = []
  for (const { task, port } of tasks) {
    const worker = new Worker(file, { workerData: task, transferList: [port] })
    ready.push(new Promise(resolve => worker.once('message', resolve)))
    ended.push(
      new Promise((resolve, reject) => {
        worker.once('exit', resolve)
        worker.once('error', reject)
      }),
    )
  }
  const failed = Promise.race(ended.map(reader => reader.then(() => new Promise<never>(() => {}))))
  await Promise.race([Promise.all(ready), failed])
  return {
    async breathe() {
      await Promise.race([new Promise(setImmediate), failed])
    },
    async ended() {
      await Promise.all(ended)
    },
  }
}
