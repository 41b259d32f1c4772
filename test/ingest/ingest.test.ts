import { describe, expect, test } from 'vitest'
import { FactError } from '../../src/base/error.ts'
import type { WritableDatabase } from '../../src/database/database.ts'
import { ingest } from '../../src/ingest/ingest.ts'
import type { Batch, Source } from '../../src/ingest/source.ts'
import type { RawRecord } from '../../src/model/transaction.ts'

const record = (line: number): RawRecord => ({
  origin: { file: 'f', topic: 't', line },
  timestamp: line,
  key: null,
  headers: {},
  value: Buffer.from('{}'),
})
const batchOf = (...lines: number[]): Batch => ({ records: lines.map(record), positions: [], caughtUp: false })

/** A source of some batches; after the last it waits until it is stopped, where `waits` says so. */
function sourceOf(batches: readonly Batch[], done: string[], waits = false): Source {
  const stopped = Promise.withResolvers<void>()
  return {
    async *batches() {
      yield* batches
      if (waits) await stopped.promise
    },
    async acknowledge(batch) {
      done.push(`acknowledge ${batch.records.length}`)
    },
    async stop() {
      stopped.resolve()
    },
  }
}

/** A database that notes what is asked of it; `commit` does what it is told. */
const databaseOf = (done: string[], commit: (number: number) => Promise<void>): WritableDatabase => {
  let commits = 0
  const database: Partial<WritableDatabase> = {
    writeAll(records, tell) {
      for (const record of records) {
        done.push(`write ${'line' in record.origin ? record.origin.line : ''}`)
        tell(record, true)
      }
    },
    moved() {},
    async commit() {
      const number = ++commits
      done.push(`commit ${number}`)
      await commit(number)
      done.push(`durable ${number}`)
    },
  }
  return database as WritableDatabase
}

describe('ingestion', () => {
  test('applies a batch while the one before is made durable, and acknowledges only what is', async () => {
    const done: string[] = []
    const disk = Promise.withResolvers<void>()
    const database = databaseOf(done, async number => {
      if (number === 1) await disk.promise
    })
    const ingesting = ingest(database, sourceOf([batchOf(1), batchOf(2, 3)], done))
    await new Promise(resolve => setTimeout(resolve, 20))
    expect(done).toEqual(['write 1', 'commit 1', 'write 2', 'write 3'])
    disk.resolve()
    expect(await ingesting).toMatchObject({ applied: 3, refused: 0 })
    expect(done.slice(4)).toEqual(['durable 1', 'acknowledge 1', 'commit 2', 'durable 2', 'acknowledge 2'])
  })

  test('ends with the fault of a disk although the source waits for more', async () => {
    const done: string[] = []
    const database = databaseOf(done, async () => {
      throw new FactError('disk-failed', 'the disk could not make it durable')
    })
    const ingesting = ingest(database, sourceOf([batchOf(1)], done, true))
    await expect(ingesting).rejects.toMatchObject({ kind: 'disk-failed' })
    expect(done).toEqual(['write 1', 'commit 1'])
  })

  test('waits while the disk is full, and says so once', async () => {
    const done: string[] = []
    const waiting: (string | null)[] = []
    const database = databaseOf(done, async number => {
      if (number === 1) throw new FactError('disk-full', 'the disk is full')
    })
    const onWaiting = (fault: FactError | null) => waiting.push(fault?.kind ?? null)
    expect(await ingest(database, sourceOf([batchOf(1)], done), { onWaiting })).toMatchObject({ applied: 1 })
    expect(waiting).toEqual(['disk-full', null])
    expect(done).toEqual(['write 1', 'commit 1', 'commit 2', 'durable 2', 'acknowledge 1'])
  })

  test('waits for what is on its way to the disk where the source fails', async () => {
    const done: string[] = []
    const database = databaseOf(done, () => new Promise(resolve => setTimeout(resolve, 20)))
    const source = sourceOf([], done)
    source.batches = async function* () {
      yield batchOf(1)
      throw new FactError('unavailable', 'the file was cut off')
    }
    await expect(ingest(database, source)).rejects.toMatchObject({ kind: 'unavailable' })
    expect(done).toEqual(['write 1', 'commit 1', 'durable 1', 'acknowledge 1'])
  })
})
