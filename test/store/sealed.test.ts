import { describe, expect, test } from 'vitest'
import { type Footer, footerLength, readFooter } from '../../src/store/log-footer.ts'
import { MemoryDisk } from '../../src/store/memory-disk.ts'
import type { Store } from '../../src/store/store.ts'
import { verifyStore } from '../../src/store/verify.ts'
import { applyPlain, assertion, DATA, openStore, recordAt } from './given.ts'
import { visibleColumns } from './oracle.ts'

const LOG = `${DATA}/log`
/** Two or three frames of one event each. */
const SMALL = 600
const NEVER = { least: 1 << 30, atStop: 1 << 30 }

const open = (disk: MemoryDisk, pace = NEVER, readOnly = false): Promise<Store> =>
  openStore(disk, undefined, readOnly, pace, SMALL)

const logFiles = (disk: MemoryDisk): Promise<string[]> => disk.list(LOG)

const footerOf = (disk: MemoryDisk, name: string): Footer | undefined => {
  const { bytes } = disk.files.get(`${LOG}/${name}`)!
  return readFooter(bytes.subarray(bytes.length - footerLength(bytes)))
}

/** Events from `start` on, each in a frame of its own. */
async function write(store: Store, start: number, count: number): Promise<void> {
  for (let i = start; i < start + count; i++) {
    applyPlain(store, [assertion(`a:${i % 5}`, ':a/name', `name ${i}`)], recordAt(i))
    await store.commit()
  }
}

const now = (store: Store) => visibleColumns(store.view({ now: true }))

describe('store rule 15: full log files are sealed', () => {
  test('a footer names frames, t and positions, and the digest of the file and of the one before', async () => {
    const disk = new MemoryDisk()
    const store = await open(disk)
    await write(store, 0, 12)
    const files = await logFiles(disk)
    expect(files.length).toBeGreaterThan(3)
    const footers = files.slice(0, -1).map(name => footerOf(disk, name)!)
    let [frame, t, position, chain] = [1, 1, '0', '0'.repeat(64)]
    for (const footer of footers) {
      expect(footer.store).toBe(store.name)
      expect(footer.frames[0]).toBe(frame)
      expect(footer.t[0]).toBe(t)
      expect(footer.positions['kafka:topic/0'][0]).toBe(position)
      expect(footer.positions['kafka:topic/0'][1]).toBe(String(footer.t[1]))
      expect(footer.previous).toBe(chain)
      ;[frame, t, position, chain] = [
        footer.frames[1] + 1,
        footer.t[1] + 1,
        footer.positions['kafka:topic/0'][1],
        footer.chain,
      ]
    }
    expect(footerOf(disk, files.at(-1)!)).toBe(undefined)
  })

  test('a store of many files opens as one of a single file, also after a crash between two', async () => {
    let disk = new MemoryDisk()
    const single = await openStore(new MemoryDisk(), undefined, false, NEVER)
    await write(single, 0, 20)
    for (let i = 0; i < 20; i++) {
      const store = await open(disk)
      expect(store.basis).toBe(i)
      await write(store, i, 1)
      if (i % 3 === 0) await store.close()
      else disk = disk.afterPowerCut()
    }
    const store = await open(disk)
    expect(now(store)).toEqual(now(single))
    expect((await verifyStore(disk, DATA)).frames).toBe(21)
    expect((await logFiles(disk)).length).toBeGreaterThan(5)
  })

  test('with segments, files that were archived are not needed; without, their lack is said', async () => {
    const disk = new MemoryDisk()
    const store = await open(disk, { least: 1 << 30, atStop: 1 })
    await write(store, 0, 12)
    const before = now(store)
    await store.close()
    const files = await logFiles(disk)
    for (const name of files.slice(0, -1)) disk.files.delete(`${LOG}/${name}`)
    const again = await open(disk)
    expect(now(again)).toEqual(before)
    await write(again, 12, 3)
    expect(again.basis).toBe(15)
    await again.close()
    for (const path of [...disk.files.keys()]) if (path.startsWith(`${DATA}/segments`)) disk.files.delete(path)
    await expect(open(disk)).rejects.toMatchObject({ kind: 'unavailable', message: /archived/ })
  })

  test('a footer that was torn is cut off, and written again', async () => {
    const disk = new MemoryDisk()
    const store = await open(disk)
    await write(store, 0, 12)
    const [first] = await logFiles(disk)
    const { bytes } = disk.files.get(`${LOG}/${first}`)!
    const footer = footerLength(bytes)
    for (let cut = 1; cut <= footer; cut += 17) {
      const torn = new MemoryDisk()
      const kept = bytes.subarray(0, bytes.length - cut)
      torn.files.set(`${LOG}/${first}`, { bytes: kept, durable: kept.length })
      const again = await open(torn)
      expect(again.torn === null).toBe(cut === footer)
      const { basis } = again
      await write(again, basis, 1)
      expect(footerOf(torn, first)?.t[1]).toBe(basis + 1)
      expect((await verifyStore(torn, DATA)).transactions).toBe(basis + 1)
    }
  })

  test('a bit flipped in any file, footers too, and a file that is missing between others, are damage', async () => {
    const disk = new MemoryDisk()
    await write(await open(disk), 0, 12)
    const files = await logFiles(disk)
    for (const name of files.slice(0, -1)) {
      const path = `${LOG}/${name}`
      const file = disk.files.get(path)!
      for (let at = 0; at < file.bytes.length; at += 23) {
        const bytes = Buffer.from(file.bytes)
        bytes[at] ^= 1 << (at % 8)
        disk.files.set(path, { bytes, durable: bytes.length })
        await expect(open(disk, NEVER, true)).rejects.toMatchObject({ kind: 'damaged', details: { file: path } })
      }
      disk.files.delete(path)
      await expect(open(disk, NEVER, true)).rejects.toMatchObject({
        kind: name === files[0] ? 'unavailable' : 'damaged',
      })
      disk.files.set(path, file)
    }
    expect((await open(disk)).basis).toBe(12)
  })

  test('a disk without room for the footer leaves the file open until there is', async () => {
    const disk = new MemoryDisk()
    const store = await open(disk)
    const sizes: number[] = []
    for (let i = 0; (await logFiles(disk)).length < 2; i++) {
      await write(store, i, 1)
      sizes.push(store.logBytes)
    }
    const full = new MemoryDisk()
    const other = await open(full)
    await write(other, 0, sizes.length - 1)
    full.faults.room = sizes.at(-1)! - other.logBytes + 10
    await write(other, sizes.length - 1, 1)
    expect((await logFiles(full)).length).toBe(1)
    expect(full.files.get(`${LOG}/${(await logFiles(full))[0]}`)!.bytes.length).toBe(other.logBytes)
    delete full.faults.room
    await write(other, sizes.length, 1)
    expect((await logFiles(full)).length).toBe(2)
    expect((await open(full)).basis).toBe(sizes.length + 1)
  })
})
