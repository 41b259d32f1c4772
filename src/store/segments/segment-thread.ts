/** Where the thread that writes segments begins: it takes part in the compile cache of its process, if that has one, before it reads any other file. */
import { enableCompileCache } from 'node:module'
import { workerData } from 'node:worker_threads'
import type { SegmentThreadStart } from './segment-work.ts'

const { compileCache } = workerData as SegmentThreadStart
if (compileCache !== null) enableCompileCache(compileCache)
await import('./segment-work.ts')
