import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Address, Memory } from '../../src/store/memory.ts'

const step = fc.record({
  what: fc.constantFrom('allocate', 'allocate', 'allocate', 'release', 'larger', 'begin', 'renew', 'end'),
  bytes: fc.oneof(
    fc.constantFrom(100, 1000, 5000),
    fc.constantFrom(100, 1000, 5000),
    fc.integer({ min: 1, max: 30_000 }),
  ),
  which: fc.nat(),
})

/** Fills a piece with a number that it is known by. */
const fill = (memory: Memory, address: Address, name: number) => memory.u32(address).fill(name)
const holds = (memory: Memory, address: Address, name: number) => memory.u32(address).every(word => word === name)

test('store rule 20: pieces are cleared, never overlap, and stay as they were for readers that began before they were given back', () => {
  let used = 0
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100, size: 'max' }), steps => {
      const memory = new Memory()
      const readers = [new Memory(memory.share()), new Memory(memory.share())]
      /** Of each reader: what was there when it began, or last had nothing in hand. */
      const seen: (Map<Address, number> | null)[] = [null, null]
      const pieces = new Map<Address, number>()
      let name = 0
      const add = (address: Address) => {
        for (const piece of seen) expect(piece?.has(address)).not.toBe(true)
        pieces.set(address, ++name)
        fill(memory, address, name)
      }
      /** What a reader saw when it began is as it was. */
      const look = (i: number) => {
        for (const [address, held] of seen[i] ?? [])
          if (!holds(readers[i], address, held)) throw new Error(`${address} changed`)
      }
      for (const { what, bytes, which } of steps) {
        const reader = which % 2
        const known = [...pieces.keys()]
        if (what === 'allocate') {
          const before = memory.bytes
          const address = memory.allocate(bytes)
          if (memory.bytes === before) used++
          expect(memory.bytesOf(address)).toBeGreaterThanOrEqual(bytes)
          expect(memory.bytesOf(address)).toBeLessThan(bytes * 1.3 + 64)
          expect(holds(memory, address, 0)).toBe(true)
          const table = memory.table(address)
          expect(table.length & (table.length - 1)).toBe(0)
          expect(table.length * 2 * 4).toBeGreaterThan(memory.bytesOf(address))
          add(address)
        } else if (what === 'begin' && seen[reader] === null) {
          readers[reader].begin()
          seen[reader] = new Map(pieces)
        } else if (what === 'renew' && seen[reader] !== null) {
          look(reader)
          readers[reader].renew()
          seen[reader] = new Map(pieces)
        } else if (what === 'end' && seen[reader] !== null) {
          look(reader)
          readers[reader].end()
          seen[reader] = null
        } else if (known.length > 0 && (what === 'release' || what === 'larger')) {
          const old = known[which % known.length]
          const held = pieces.get(old)!
          const length = memory.u32(old).length
          const larger = what === 'larger' ? memory.larger(old, 2 * memory.bytesOf(old)) : 0
          pieces.delete(old)
          memory.release(old)
          if (larger !== 0) {
            expect(
              memory
                .u32(larger)
                .subarray(0, length)
                .every(word => word === held),
            ).toBe(true)
            add(larger)
          }
        }
      }
      look(0)
      look(1)
      for (const [address, held] of pieces) expect(holds(memory, address, held)).toBe(true)
      for (const reader of readers) reader.leave()
    }),
    { numRuns: 60 },
  )
  // what was given back is indeed given out again
  expect(used).toBeGreaterThan(50)
})

test('a reader that is gone holds nothing back, and its place is free for another', async () => {
  const memory = new Memory()
  const gone = new Memory(memory.share())
  gone.begin()
  const address = memory.allocate(5000)
  memory.release(address)
  expect(memory.allocate(5000)).not.toBe(address)
  expect(memory.readers).toBe(1)
  gone.leave()
  while (memory.readers > 0) await new Promise(setImmediate)
  expect(memory.allocate(5000)).toBe(address)
  for (let i = 0; i < 255; i++) memory.share()
  expect(() => memory.share()).toThrow('255 threads read the store')
})
