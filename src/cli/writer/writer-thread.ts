/** Where the thread that writes begins: it takes part in the compile cache of its process, if that has one, before it reads any other file. */
import { enableCompileCache } from 'node:module'
import { workerData } from 'node:worker_threads'
import type { WriterStart } from './wire.ts'

const { compileCache } = workerData as WriterStart
if (compileCache !== null) enableCompileCache(compileCache)
await import('./writer-work.ts')
