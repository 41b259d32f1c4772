import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ManualClock } from '../../src/base/clock.ts'
import { openDatabase } from '../../src/database/database.ts'
import type { RawRecord } from '../../src/model/transaction.ts'
import { MemoryDisk } from '../../src/store/memory-disk.ts'

/*
 * Events that come together are scanned before the first of them is applied, and first facts wait to go into their columns together: what
 * happens between one event and the next must not be missed by either.
 */

const START = Date.parse('2024-01-01T00:00:00Z')

const contract = (topic: string, rest: string): string => `name: ${topic}/event
version: "1.0"
doc: Odd.
owner: odd
format: json
topic: ${topic}
${rest}`

const record = (topic: string, line: number, value: unknown): RawRecord => ({
  ...{ origin: { file: 'f', topic, line }, timestamp: START + line, key: null, headers: {} },
  value: Buffer.from(JSON.stringify(value)),
})

/** What entities hold once batches of records were written, with scanning and without. */
async function both(
  contracts: Readonly<Record<string, string>>,
  batches: readonly (readonly RawRecord[])[],
  ids: readonly string[],
): Promise<[unknown, unknown]> {
  const project = mkdtempSync(join(tmpdir(), 'heartwood-ahead-'))
  try {
    for (const [topic, rest] of Object.entries(contracts)) {
      mkdirSync(join(project, `contracts/${topic}/event`), { recursive: true })
      writeFileSync(join(project, `contracts/${topic}/event/1.0.yaml`), contract(topic, rest))
    }
    const held = async (scan: boolean) => {
      const [disk, clock] = [new MemoryDisk(), new ManualClock(START + 864e5)]
      const database = await openDatabase({ data: 'data', project, clock, readOnly: false, disk, scan })
      const applied: boolean[] = []
      for (const batch of batches) database.writeAll(batch, (_, good) => applied.push(good))
      await database.commit()
      const facts = ids.map(id => database.entity(id, undefined))
      const found = JSON.stringify([facts, applied, database.superseded])
      await database.close()
      return JSON.parse(found)
    }
    return [await held(true), await held(false)]
  } finally {
    rmSync(project, { recursive: true })
  }
}

test('a first fact that still waits is there for who orders by time', async () => {
  const fields = `time: at
fields:
  - { name: id, type: string }
  - { name: at, type: instant }
  - { name: name, type: string }
facts:`
  const contracts = {
    a: `${fields}\n  - { entity: customer, key: [id], set: { name: { field: name } } }\n`,
    b: `${fields}\n  - { entity: customer, order: time, key: [id], set: { name: { field: name } } }\n`,
  }
  const at = (ms: number) => new Date(START + ms).toISOString()
  const batch = [
    record('a', 1, { id: 'c1', at: at(5000), name: 'new' }),
    record('b', 2, { id: 'c1', at: at(1000), name: 'old' }),
  ]
  const [scanned, judged] = await both(contracts, [batch], ['customer:c1'])
  expect(scanned).toEqual(judged)
  expect(JSON.stringify(scanned)).toContain('"new"')
})

test('an event that is left to the judge does not disturb those that were scanned behind it', async () => {
  const optional = Array.from({ length: 20 }, (_, i) => `  - { name: optional_${i}, type: string, optional: true }`)
  const contracts = {
    m: `fields:
  - { name: from, type: string }
  - { name: to, type: string }
  - { name: note, type: string, optional: true }
  - { name: memo, type: string, optional: true }
${optional.join('\n')}
facts:
  - { entity: person, key: [from], set: { note: { field: note }, pays: { ref: person, key: [to] } } }
`,
  }
  let line = 0
  const sent = (value: unknown) => record('m', ++line, value)
  const learnt = [1, 2].map(i => sent({ from: `z${i}`, memo: 'q', note: 'n', to: `y${i}` }))
  // as many as it takes until something new would be learnt
  const broken = Array.from({ length: 40 }, () => [sent({ broken: 1 })])
  const batch = [sent({ from: 'self', note: 'n', to: 'self' })]
  for (let i = 0; i < 5; i++) batch.push(sent({ from: `a${i}`, note: `n${i}`, to: `b${i}` }))
  const ids = ['self', 'a0', 'a1', 'a2', 'a3', 'a4'].map(id => `person:${id}`)
  const [scanned, judged] = await both(contracts, [learnt, ...broken, batch], ids)
  expect(scanned).toEqual(judged)
})
