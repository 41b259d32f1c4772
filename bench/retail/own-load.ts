import { basename, join } from 'node:path'
import { machineClock } from '../../src/base/clock.ts'
import { contractId } from '../../src/contracts/contract.ts'
import { compileJudge, type ValidEvent } from '../../src/contracts/judge.ts'
import { readContracts } from '../../src/contracts/read.ts'
import { openDatabase } from '../../src/database/database.ts'
import { fileSource } from '../../src/ingest/file-source.ts'
import { ingest } from '../../src/ingest/ingest.ts'
import type { RawRecord } from '../../src/model/transaction.ts'
import { nodeDisk } from '../../src/store/node-disk.ts'
import { Store } from '../../src/store/store.ts'

/*
 * Loads of ours that the command line has no word for, in a process of their own. Prints one JSON object.
 *
 *   judged   every event through JSON.parse and ajv
 *   ready    effects of each batch ready-made, and only their application and durability timed
 *   again    the same content nine more times, each under another name
 */

const [what, file, project, folder] = process.argv.slice(2)
const data = join(folder, 'data')

async function load(scan: boolean, times: number): Promise<Record<string, number>> {
  const database = await openDatabase({ data, project, clock: machineClock, readOnly: false, scan })
  const once = async (name: string) => {
    const files = [{ path: file, name }]
    const again = { again: true }
    const source = fileSource({
      files,
      positions: database.positions(),
      clock: machineClock,
      acceptFuture: true,
      ...again,
    })
    const { refused } = await ingest(database, source)
    if (refused > 0) throw new Error(`${refused} events were refused`)
  }
  const state = () => {
    globalThis.gc?.()
    return { resident: process.memoryUsage.rss(), kept: database.stats().bytesInMemory }
  }
  await once(basename(file))
  const first = state()
  for (let i = 1; i < times; i++) await once(`${basename(file)} ${i}`)
  const last = state()
  const { facts, t } = database.stats()
  await database.close()
  const peak = process.resourceUsage().maxRSS * 1024
  const beyond = last.resident - first.resident - (last.kept - first.kept)
  return { facts, events: t, peak, beyond, kept: first.kept }
}

async function ready(): Promise<Record<string, number>> {
  const contracts = readContracts(project)
  const store = await Store.open({ disk: nodeDisk, data, clock: machineClock, readOnly: false })
  contracts.define(store.schema)
  await store.commit()
  const judge = compileJudge(contracts, store.schema)
  const source = fileSource({ files: [{ path: file, name: 'f' }], positions: new Map(), clock: machineClock })
  let ms = 0
  for await (const { records } of source.batches()) {
    const events: { record: RawRecord; event: ValidEvent }[] = []
    for (const record of records) {
      const verdict = judge(record)
      if (!verdict.valid) throw new Error('an event was refused')
      events.push({ record, event: verdict.event })
    }
    const start = performance.now()
    for (const { record, event } of events) {
      const { contract, ...stated } = event
      const number = store.contract(contractId(contract), contract.fingerprint, '{}')
      store.apply({ record, ...stated, contract: number })
    }
    await store.commit()
    ms += performance.now() - start
  }
  const { live, ended } = store.indexes.facts
  await store.close()
  return { facts: live + ended, seconds: ms / 1000 }
}

const result = what === 'ready' ? await ready() : await load(what !== 'judged', what === 'again' ? 10 : 1)
process.stdout.write(JSON.stringify(result))
