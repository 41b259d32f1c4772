/** Where a reader thread begins: it takes part in the compile cache of its process, if that has one, before it reads any other file. */
import { enableCompileCache } from 'node:module'
import { workerData } from 'node:worker_threads'
import type { ReaderStart } from './wire.ts'

const { compileCache } = workerData as ReaderStart
if (compileCache !== null) enableCompileCache(compileCache)
await import('./reader-work.ts')
