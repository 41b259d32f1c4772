import { describe, expect, test } from 'vitest'
import { backupStore, restoreStore } from '../../src/store/backup.ts'
import { digestFacts } from '../../src/store/digest.ts'
import { MemoryDisk } from '../../src/store/memory-disk.ts'
import { Store } from '../../src/store/store.ts'
import { verifyStore } from '../../src/store/verify.ts'
import { applyPlain, assertion, DATA, openStore, recordAt } from './given.ts'
import { intervalsOf } from './oracle.ts'

const EVENTS = 12

/** A store with an event in each frame. */
async function filled(disk: MemoryDisk): Promise<Store> {
  const store = await openStore(disk)
  for (let i = 0; i < EVENTS; i++) {
    applyPlain(store, [assertion(`a:${i % 3}`, ':a/name', String(i))], recordAt(i))
    await store.commit()
  }
  return store
}

const open = (disk: MemoryDisk, data: string, readOnly = false) =>
  Store.open({ disk, data, clock: { now: () => Date.parse('2024-06-01') }, readOnly })

describe('store rule 27: a restored store', () => {
  test('answers the same at every t, and goes on as another branch', async () => {
    const disk = new MemoryDisk()
    const store = await filled(disk)
    await store.close()
    const backup = await backupStore({ disk, data: DATA, to: 'backup' })
    expect(backup).toMatchObject({ store: store.name, t: EVENTS, format: 1 })
    const restored = await restoreStore(disk, 'backup', 'restored')
    expect(restored).toEqual({ backup, store: expect.stringMatching(`^${store.name.replace(/0$/, '[1-9][0-9]*$')}`) })
    const again = await open(disk, 'restored')
    expect([again.name, again.basis]).toEqual([restored.store, EVENTS])
    for (let t = 0; t <= EVENTS; t++) expect(intervalsOf(again.view({ t }))).toEqual(intervalsOf(store.view({ t })))
    expect(digestFacts(again.view({ now: true }))).toBe(digestFacts(store.view({ now: true })))
    applyPlain(again, [assertion('a:9', ':a/name', '9')], recordAt(EVENTS))
    await again.commit()
    await again.close()
    expect(await verifyStore(disk, 'restored')).toMatchObject({ store: restored.store, transactions: EVENTS + 1 })
    // a backup of a branch restores as another one
    await backupStore({ disk, data: 'restored', to: 'second' })
    expect((await restoreStore(disk, 'second', 'third')).store).not.toBe(restored.store)
  })

  test('has a name that no other store has that was restored from the same backup', async () => {
    const disk = new MemoryDisk()
    await (await filled(disk)).close()
    await backupStore({ disk, data: DATA, to: 'backup' })
    const names = new Set<string>()
    for (let i = 0; i < 5; i++) {
      const { store } = await restoreStore(disk, 'backup', `restored-${i}`)
      expect((await open(disk, `restored-${i}`, true)).name).toBe(store)
      names.add(store)
    }
    expect(names.size).toBe(5)
  })

  test('may be read where it lies, but not written to', async () => {
    const disk = new MemoryDisk()
    const store = await filled(disk)
    await backupStore({ disk, data: DATA, to: 'backup' })
    expect((await open(disk, 'backup', true)).basis).toBe(EVENTS)
    await expect(open(disk, 'backup')).rejects.toThrow('is a backup: it can be read')
    await expect(backupStore({ disk, data: 'backup', to: 'other' })).rejects.toThrow('is a backup already')
    await store.close()
  })
})

describe('a backup beside a writer', () => {
  test('has what is known to be durable, whenever it is taken', async () => {
    const disk = new MemoryDisk()
    const store = await openStore(disk)
    for (let i = 0; i < EVENTS; i++) {
      applyPlain(store, [assertion('a:1', ':a/name', String(i))], recordAt(i))
      await store.commit()
      // the last frame counts where the writer says so, or where another follows
      const sure = await backupStore({ disk, data: DATA, to: `sure-${i}`, durable: i + 1 })
      const unsure = await backupStore({ disk, data: DATA, to: `unsure-${i}`, durable: i })
      expect([sure.t, unsure.t]).toEqual([i + 1, i])
      expect((await open(disk, `unsure-${i}`, true)).basis).toBe(i)
    }
    await store.close()
  })

  test('leaves out a frame that is half written', async () => {
    const disk = new MemoryDisk()
    const store = await filled(disk)
    const file = [...disk.files.keys()].find(path => path.endsWith('.hwl'))!
    const { bytes } = disk.files.get(file)!
    disk.files.get(file)!.bytes = Buffer.concat([bytes, bytes.subarray(0, 50)])
    expect((await backupStore({ disk, data: DATA, to: 'backup' })).t).toBe(EVENTS)
    disk.files.get(file)!.bytes = bytes
    await store.close()
  })
})

describe('what is wrong with a backup', () => {
  test('is named, and nothing is restored', async () => {
    const disk = new MemoryDisk()
    await (await filled(disk)).close()
    await backupStore({ disk, data: DATA, to: 'backup' })
    const log = disk.files.get('backup/log/0000000001.hwl')!
    const whole = log.bytes
    let frameEnd = whole.lastIndexOf('HWF1')
    log.bytes = whole.subarray(0, frameEnd)
    await expect(restoreStore(disk, 'backup', 'cut')).rejects.toThrow(/is not the backup that backup\.json tells of/)
    log.bytes = whole.subarray(0, whole.length - 3)
    await expect(restoreStore(disk, 'backup', 'torn')).rejects.toThrow(/is not the backup/)
    log.bytes = Buffer.from(whole)
    frameEnd = whole.lastIndexOf('HWF1', frameEnd - 1)
    log.bytes[frameEnd + 100] ^= 1
    await expect(restoreStore(disk, 'backup', 'flipped')).rejects.toThrow('the log is damaged')
    log.bytes = whole
    await expect(restoreStore(disk, 'nowhere', 'x')).rejects.toThrow('there is no backup in nowhere')
    await expect(restoreStore(disk, 'backup', DATA)).rejects.toThrow('is not empty')
    await expect(backupStore({ disk, data: DATA, to: 'backup' })).rejects.toThrow('is not empty')
    await expect(backupStore({ disk, data: 'nothing', to: 'x' })).rejects.toThrow('there is no store in nothing')
    disk.files.get('backup/backup.json')!.bytes = Buffer.from('{"format":2}')
    await expect(restoreStore(disk, 'backup', 'y')).rejects.toThrow('format 2')
  })

  test('stops at a full disk', async () => {
    const disk = new MemoryDisk()
    await (await filled(disk)).close()
    disk.faults.room = 500
    await expect(backupStore({ disk, data: DATA, to: 'backup' })).rejects.toThrow('the disk is full')
    delete disk.faults.room
    await expect(restoreStore(disk, 'backup', 'x')).rejects.toThrow('there is no backup in backup')
  })
})
