import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { ManualClock } from '../../src/base/clock.ts'
import { digestFacts } from '../../src/store/digest.ts'
import { nodeDisk } from '../../src/store/node-disk.ts'
import { readManifest } from '../../src/store/segments/manifest.ts'
import { Store } from '../../src/store/store.ts'
import { verifyStore } from '../../src/store/verify.ts'
import { applyPlain, recordAt, START } from './given.ts'
import { defineSchema } from './oracle.ts'
import { eventsOf } from './shared/store-history.ts'

/** Sets of files that the thread is to write while events come. */
const SETS = 4

test('store rule 23: a thread of its own writes segments while events come, and each set is what the log gives', async () => {
  const seed = Number(process.env['SEED'] ?? 1)
  const data = mkdtempSync(join(tmpdir(), 'heartwood-segments-'))
  try {
    const clock = new ManualClock(START + 10 ** 9)
    // at a stop there is nothing to write: what is found then the thread has written
    const pace = { least: 1, atStop: Number.POSITIVE_INFINITY }
    const open = () => Store.open({ disk: nodeDisk, data, clock, readOnly: false, pace })
    const store = await open()
    defineSchema(store.schema)
    // somebody reads beside the one that writes
    const { transfer } = store.share()
    const sets = new Set<number>()
    const events = eventsOf(seed, 20_000)
    let behind = 0
    for (let i = 0; sets.size < SETS; i++) {
      expect(i, `only ${sets.size} sets of segments, seed ${seed}`).toBeLessThan(events.length)
      const record = recordAt(i, START + i * 1000)
      if (i % 10 === 9) store.refuse(record, { reason: 'invalid-event', detail: 'no', path: null, contract: null })
      else applyPlain(store, events[i], record)
      if (i % 5 !== 4) continue
      await store.commit()
      await sleep(2)
      const { basis } = (await readManifest(nodeDisk, data)) ?? { basis: 0 }
      if (basis === 0 || sets.has(basis)) continue
      sets.add(basis)
      if (basis < store.basis) behind++
      const { segments } = await verifyStore(nodeDisk, data)
      expect(segments?.basis, `seed ${seed}`).toBeGreaterThanOrEqual(basis)
    }
    const digest = digestFacts(store.view({ now: true }))
    await store.close()
    transfer[0].close()
    expect(behind, 'the writer went on meanwhile').toBeGreaterThan(0)
    expect((await verifyStore(nodeDisk, data)).digest).toBe(digest)
    const again = await open()
    expect(digestFacts(again.view({ now: true }))).toBe(digest)
    await again.close()
  } finally {
    rmSync(data, { recursive: true, force: true })
  }
})
