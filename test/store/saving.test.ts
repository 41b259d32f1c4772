import { setImmediate as breathe } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { Disk } from '../../src/store/disk.ts'
import { Saving } from '../../src/store/segments/saving.ts'

const bytes = (text: string) => [Buffer.from(text)]

/** A disk whose writes end when they are told to. */
function slowDisk() {
  const open = new Map<string, PromiseWithResolvers<void>>()
  const disk = {
    write: (path: string) => {
      const ending = Promise.withResolvers<void>()
      open.set(path, ending)
      return ending.promise.finally(() => open.delete(path))
    },
  } as unknown as Disk
  return { disk, open }
}

const megabytes = (count: number) => [new Uint8Array(count << 20)]

test('twenty megabytes are on their way while the next file is made, and what is more waits', async () => {
  const { disk, open } = slowDisk()
  const saving = new Saving(disk, 'segments')
  expect(await saving.begin('a', megabytes(12))).toMatchObject({ name: 'a', bytes: 12 << 20 })
  await saving.begin('b', megabytes(8))
  const third = saving.begin('c', bytes('ccc'))
  await breathe()
  expect([...open.keys()]).toEqual(['segments/a', 'segments/b'])
  open.get('segments/b')!.resolve()
  expect(await third).toMatchObject({ name: 'c', bytes: 3 })
  expect([...open.keys()]).toEqual(['segments/a', 'segments/c'])
  for (const ending of open.values()) ending.resolve()
  await saving.settled()
})

test('a large file goes alone, and its memory is given back when it is durable', async () => {
  const { disk, open } = slowDisk()
  const saving = new Saving(disk, 'segments')
  const [large, small] = [megabytes(21), bytes('small')]
  await saving.begin('a', [...large, ...small])
  const second = saving.begin('b', bytes('b'))
  await breathe()
  expect([...open.keys()]).toEqual(['segments/a'])
  expect(large[0].length).toBe(21 << 20)
  open.get('segments/a')!.resolve()
  await second
  expect([large[0].length, small[0].length]).toEqual([0, 5])
  open.get('segments/b')!.resolve()
  await saving.settled()
})

test('what goes wrong with one is thrown, once nothing is on its way any more', async () => {
  const { disk, open } = slowDisk()
  const saving = new Saving(disk, 'segments')
  await saving.begin('a', bytes('a'))
  await saving.begin('b', bytes('b'))
  open.get('segments/a')!.reject(new Error('the disk is full'))
  await breathe()
  await expect(saving.begin('c', bytes('c'))).rejects.toThrow('the disk is full')
  let settled = false
  const ended = saving.settled().finally(() => {
    settled = true
  })
  ended.catch(() => {})
  await breathe()
  expect(settled).toBe(false)
  open.get('segments/b')!.resolve()
  await expect(ended).rejects.toThrow('the disk is full')
  expect(open.size).toBe(0)
})
