import { expect, test } from 'vitest'
import { seeded } from '../../../src/base/random.ts'
import { SlotWriter } from '../../../src/serve/readers/slot-writer.ts'
import { BELL, CELLS, SLOT, SLOTS, TAKEN } from '../../../src/serve/readers/wire.ts'

function openWriter(stop = () => {}) {
  const cells = new Int32Array(new SharedArrayBuffer(4 * CELLS))
  const slots = new SharedArrayBuffer(SLOT * SLOTS)
  const handed: { slot: number; length: number }[] = []
  const received: Buffer[] = []
  let waits = 0
  /** The other thread takes one that was handed over. */
  const take = () => {
    const { slot, length } = handed.shift()!
    received.push(Buffer.from(new Uint8Array(slots, slot * SLOT, length).slice()))
    Atomics.add(cells, TAKEN, 1)
    Atomics.add(cells, BELL, 1)
  }
  const writer = new SlotWriter(cells, slots, {
    tell: (slot, length) => handed.push({ slot, length }),
    stop,
    pausing(wait) {
      waits++
      expect(handed).toHaveLength(SLOTS)
      take()
      wait()
    },
  })
  const drain = () => {
    while (handed.length > 0) take()
    return Buffer.concat(received)
  }
  return { writer, handed, drain, waits: () => waits, cells }
}

test('what is written arrives, whatever its pieces, with no more than the slots under way', () => {
  const seed = Number(process.env['SEED'] ?? 1)
  const random = seeded(seed)
  const { writer, drain, waits } = openWriter()
  const expected: Buffer[] = []
  const texts = ['x', 'grün', '€', '😀', 'a,b\r\n']
  for (let i = 0; i < 300; i++) {
    const size = random.pick([0, 1, 100, 60_000, 90_000, SLOT, SLOT + 1, 700_000])
    if (random.below(2) === 0) {
      const text = random.pick(texts).repeat(size >> 3)
      writer.write(text)
      expected.push(Buffer.from(text))
    } else {
      const bytes = Buffer.alloc(size, i)
      writer.write([bytes.subarray(0, size >> 1), bytes.subarray(size >> 1)])
      expected.push(bytes)
    }
  }
  writer.flush()
  expect(drain().equals(Buffer.concat(expected)), `seed ${seed}`).toBe(true)
  expect(waits()).toBeGreaterThan(10)
  expect(writer.settled).toBe(true)
})

test('what was not handed over can be forgotten', () => {
  const { writer, drain } = openWriter()
  writer.write('old')
  writer.discard()
  writer.write('new')
  writer.flush()
  expect(drain().toString()).toBe('new')
})

test('who waits for room ends when told to', () => {
  let end = false
  const cells = new Int32Array(new SharedArrayBuffer(4 * CELLS))
  const writer = new SlotWriter(cells, new SharedArrayBuffer(SLOT * SLOTS), {
    tell: () => {},
    stop() {
      if (end) throw new Error('told to')
    },
    pausing(wait) {
      end = true
      wait()
    },
  })
  expect(() => {
    for (;;) writer.write([Buffer.alloc(SLOT)])
  }).toThrow('told to')
})
