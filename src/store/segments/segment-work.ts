/** The work of a thread that writes segments once, from the memory of a store that another thread goes on writing to. */
import { parentPort, workerData } from 'node:worker_threads'
import { type Failure, toFailure } from '../../base/failure.ts'
import { Contents } from '../contents.ts'
import { Memory } from '../memory.ts'
import { nodeDisk } from '../node-disk.ts'
import type { SharedStore } from '../shared-store.ts'
import type { Manifest } from './manifest.ts'
import { type SegmentJob, writeSegments } from './segment-writer.ts'

/** What it is started with. */
export interface SegmentThreadStart {
  readonly shared: SharedStore
  readonly job: SegmentJob
  /** The compile cache of its process, or null. */
  readonly compileCache: string | null
}

/** What it says in the end. */
export type SegmentThreadSays = { readonly manifest: Manifest } | { readonly failed: Failure }

/** It reads no moment but one. */
const LATELY = 1 << 20

const { shared, job } = workerData as SegmentThreadStart

async function work(): Promise<SegmentThreadSays> {
  const memory = new Memory(shared.memory)
  memory.begin()
  try {
    const contents = new Contents(memory, shared.root, LATELY)
    return { manifest: await writeSegments(nodeDisk, contents, job, () => memory.renew()) }
  } catch (error) {
    return { failed: toFailure(error) }
  } finally {
    memory.end()
    memory.leave()
  }
}

parentPort!.postMessage(await work())
