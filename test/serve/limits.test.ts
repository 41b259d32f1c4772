import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Limits } from '../../src/database/limits.ts'
import { MemoryDisk } from '../../src/store/memory-disk.ts'
import { openShop, sale } from '../database/given.ts'
import { type Served, serve } from './given.ts'

const LIMIT = 300
const MEMORY = 32 * 2 ** 20
const SALES = 3000

/** A shop whose sales have long names, served with these limits. */
async function openLimited(limits: Limits): Promise<Served> {
  const database = await openShop({}, new MemoryDisk(), limits)
  for (let i = 0; i < SALES; i++)
    database.write(sale(i / 100 - 50, { sale_id: `${'x'.repeat(400)}${i}`, product: `p${i % 7}`, price: '1.50' }))
  await database.commit()
  return serve(database)
}

let hasty: Served
let small: Served
beforeAll(async () => {
  hasty = await openLimited({ timeoutMs: LIMIT, memory: Number.POSITIVE_INFINITY })
  small = await openLimited({ timeoutMs: 60_000, memory: MEMORY })
})
afterAll(async () => {
  await hasty.close()
  await small.close()
})

/** Would take minutes, and next to no memory. */
const LONG = '[:find (count ?s) . :where [?s :sale/id ?id] [(re-find "(x+x+){200}" ?id)]]'
/** Would take all memory. */
const WIDE = '[:find ?a ?b ?c :where [?a :sale/product ?p] [?b :sale/product ?p] [?c :sale/product ?p]]'

/** The best of three, since others use the machine too: milliseconds until it ended. */
async function best(work: () => Promise<void>): Promise<number> {
  const times: number[] = []
  do {
    const start = performance.now()
    await work()
    times.push(performance.now() - start)
  } while (times.length < 3 && times[times.length - 1] > LIMIT + 100)
  return Math.min(...times)
}

const bytes = (): number => {
  const { arrayBuffers, heapUsed } = process.memoryUsage()
  return arrayBuffers + heapUsed
}

describe('a query that would never end', () => {
  it('is ended by the time of the server, over HTTP', async () => {
    const took = await best(async () => {
      const response = await hasty.post('/query', { query: LONG })
      const { kind, detail } = (await response.json()) as { kind: string; detail: string }
      expect([response.status, kind]).toEqual([504, 'timeout'])
      expect(detail).toContain(`${LIMIT} ms that a query may take here`)
    })
    expect(took).toBeGreaterThanOrEqual(LIMIT)
    expect(took).toBeLessThan(LIMIT + 100)
  })

  it('is ended by the time that a request names, which is never more than that of the server', async () => {
    const ended = async (timeoutMs: number) => {
      const response = await hasty.post('/query', { query: LONG, timeoutMs })
      return ((await response.json()) as { detail: string }).detail
    }
    expect(await ended(50)).toContain('longer than the 50 ms, and')
    expect(await ended(100_000)).toContain(`${LIMIT} ms that a query may take here`)
  })

  it('is ended in process', async () => {
    const took = await best(async () => {
      expect(() => hasty.database.query({ query: LONG })).toThrow(expect.objectContaining({ kind: 'timeout' }))
    })
    expect(took).toBeLessThan(LIMIT + 100)
  })
})

describe('a query that would take all memory', () => {
  it('is ended, and gives back what it had', async () => {
    const once = async () => {
      const response = await small.post('/query', { query: WIDE })
      expect([response.status, await response.json()]).toEqual([507, expect.objectContaining({ kind: 'memory' })])
    }
    await once()
    const before = bytes()
    let most = 0
    for (let i = 0; i < 30; i++) {
      await once()
      most = Math.max(most, bytes() - before)
    }
    // thirty of them hold no more than a few at a time: what ended is collected
    expect(most).toBeLessThan(12 * MEMORY)
    const { status } = await small.post('/query', { query: '[:find (count ?s) . :where [?s :sale/at]]' })
    expect(status).toBe(200)
  })
})
