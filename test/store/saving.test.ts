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

test('two files are on their way while the next one is made, and a third waits', async () => {
  const { disk, open } = slowDisk()
  const saving = new Saving(disk, 'segments')
  expect(await saving.begin('a', bytes('a'))).toMatchObject({ name: 'a', bytes: 1 })
  await saving.begin('b', bytes('bb'))
  const third = saving.begin('c', bytes('ccc'))
  await breathe()
  expect([...open.keys()]).toEqual(['segments/a', 'segments/b'])
  open.get('segments/b')!.resolve()
  expect(await third).toMatchObject({ name: 'c', bytes: 3 })
  expect([...open.keys()]).toEqual(['segments/a', 'segments/c'])
  for (const ending of open.values()) ending.resolve()
  await saving.settled()
})

test('what goes wrong with one is thrown, once nothing is on its way any more', async () => {
  const { disk, open } = slowDisk()
  const saving = new Saving(disk, 'segments')
  await saving.begin('a', bytes('a'))
  await saving.begin('b', bytes('b'))
  open.get('segments/a')!.reject(new Error('the disk is full'))
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
})
