import { describe, expect, test } from 'vitest'
import { FactError } from '../../src/base/error.ts'
import { MemoryDisk } from '../../src/store/memory-disk.ts'
import { applyPlain, assertion, DATA, openStore, recordAt } from './given.ts'
import { visibleColumns } from './oracle.ts'

const LOG = `${DATA}/log/0000000001.hwl`

/** Five frames of one event each, never closed; gives where each frame ends. */
async function fiveFrames(disk: MemoryDisk): Promise<number[]> {
  const store = await openStore(disk)
  const ends: number[] = []
  for (let i = 0; i < 5; i++) {
    applyPlain(store, [assertion('a:p', ':a/name', `name ${i}`), assertion('b:1', ':b/price', `${i}.50`)], recordAt(i))
    await store.commit()
    ends.push(store.logBytes)
  }
  return ends
}

const damageOf = async (disk: MemoryDisk): Promise<FactError> => {
  try {
    await openStore(disk)
  } catch (error) {
    if (error instanceof FactError) return error
    throw error
  }
  throw new Error('the store opened')
}

describe('store rule 14: a torn tail is cut, damage is named', () => {
  test('a last frame cut at every byte recovers to the frame before, and says so', async () => {
    const whole = new MemoryDisk()
    const ends = await fiveFrames(whole)
    const { bytes } = whole.files.get(LOG)!
    expect(bytes.length).toBe(ends[4])
    for (let length = ends[3]; length < ends[4]; length++) {
      const disk = new MemoryDisk()
      disk.files.set(LOG, { bytes: bytes.subarray(0, length), durable: length })
      const store = await openStore(disk)
      expect(store.basis).toBe(4)
      expect(store.torn).toEqual(length === ends[3] ? null : { file: LOG, offset: ends[3], bytes: length - ends[3] })
      expect(disk.files.get(LOG)!.bytes.length).toBe(ends[3])
      // and goes on from there
      applyPlain(store, [assertion('a:p', ':a/name', 'again')], recordAt(4))
      await store.commit()
      expect(visibleColumns(store.view({ now: true }))).toContain('a:p :a/name again 5')
    }
  })

  test('a flipped bit in an earlier frame stops the start with file, offset and t', async () => {
    const whole = new MemoryDisk()
    const ends = await fiveFrames(whole)
    const { bytes } = whole.files.get(LOG)!
    for (let at = ends[1]; at < ends[2]; at++) {
      const flipped = Buffer.from(bytes)
      flipped[at] ^= 1 << (at % 8)
      const disk = new MemoryDisk()
      disk.files.set(LOG, { bytes: flipped, durable: flipped.length })
      const error = await damageOf(disk)
      expect(error.kind).toBe('damaged')
      expect(error.details).toMatchObject({ file: LOG, offset: ends[1], t: 2 })
      expect(error.message).toContain(`${LOG}, byte ${ends[1]}`)
      // nothing is repaired silently
      expect(disk.files.get(LOG)!.bytes.equals(flipped)).toBe(true)
    }
  })

  test('a file that does not begin with a frame is never taken for a torn tail', async () => {
    const disk = new MemoryDisk()
    const bytes = Buffer.alloc(10_000, 'something else ')
    disk.files.set(LOG, { bytes, durable: bytes.length })
    expect((await damageOf(disk)).kind).toBe('damaged')
    expect(disk.files.get(LOG)!.bytes.equals(bytes)).toBe(true)
  })

  test('after a clean stop a short or changed last frame is damage', async () => {
    const disk = new MemoryDisk()
    const store = await openStore(disk)
    applyPlain(store, [assertion('a:p', ':a/name', 'x')], recordAt(0))
    await store.commit()
    await store.close()
    const file = disk.files.get(LOG)!
    file.bytes = file.bytes.subarray(0, file.bytes.length - 1)
    expect((await damageOf(disk)).kind).toBe('damaged')
  })

  test('a whole frame that is missing after a clean stop is damage too', async () => {
    const disk = new MemoryDisk()
    const store = await openStore(disk)
    const before = store.logBytes
    applyPlain(store, [assertion('a:p', ':a/name', 'x')], recordAt(0))
    await store.commit()
    await store.close()
    const file = disk.files.get(LOG)!
    file.bytes = file.bytes.subarray(0, before)
    expect((await damageOf(disk)).kind).toBe('damaged')
  })

  test('frames of two stores, or out of order, are damage', async () => {
    const one = new MemoryDisk()
    const ends = await fiveFrames(one)
    const { bytes } = one.files.get(LOG)!
    const frames = [bytes.subarray(ends[0], ends[1]), bytes.subarray(ends[1], ends[2])]
    for (const wrong of [
      Buffer.concat([bytes.subarray(0, ends[0]), frames[1], frames[0]]),
      Buffer.concat([bytes.subarray(0, ends[1]), frames[0]]),
    ]) {
      const disk = new MemoryDisk()
      disk.files.set(LOG, { bytes: wrong, durable: wrong.length })
      expect((await damageOf(disk)).kind).toBe('damaged')
    }
  })
})

describe('store rules 14, 16 and 18: when the disk fails', () => {
  test('a power cut in the middle of a write loses only what was never visible', async () => {
    const disk = new MemoryDisk()
    const store = await openStore(disk)
    applyPlain(store, [assertion('a:p', ':a/name', 'x')], recordAt(0))
    await store.commit()
    applyPlain(store, [assertion('a:p', ':a/name', 'y')], recordAt(1))
    expect(visibleColumns(store.view({ now: true }))).toContain('a:p :a/name x 1')
    disk.faults.syncs = 0
    await expect(store.commit()).rejects.toMatchObject({ kind: 'disk-failed' })
    expect(store.basis).toBe(1)
    await expect(store.commit()).rejects.toMatchObject({ kind: 'disk-failed' })
    disk.cutPower(7)
    const again = await openStore(disk)
    expect(again.basis).toBe(1)
    expect(again.torn?.bytes).toBe(7)
  })

  test('a full disk stops writing, not reading, and writing goes on when there is room', async () => {
    const disk = new MemoryDisk()
    const store = await openStore(disk)
    applyPlain(store, [assertion('a:p', ':a/name', 'x')], recordAt(0))
    await store.commit()
    const durable = store.logBytes
    disk.faults.room = 11
    applyPlain(store, [assertion('a:p', ':a/name', 'y')], recordAt(1))
    await expect(store.commit()).rejects.toMatchObject({ kind: 'disk-full' })
    expect(disk.files.get(LOG)!.bytes.length).toBe(durable)
    expect(visibleColumns(store.view({ now: true }))).toContain('a:p :a/name x 1')
    delete disk.faults.room
    await store.commit()
    expect(visibleColumns(store.view({ now: true }))).toContain('a:p :a/name y 2')
    expect(visibleColumns((await openStore(disk)).view({ now: true }))).toContain('a:p :a/name y 2')
  })
})
