import { expect, onTestFinished, test, vi } from 'vitest'
import type { FactColumn } from '../../src/model/fact-view.ts'
import { Budget } from '../../src/store/budget.ts'
import { ManyColumn } from '../../src/store/many-column.ts'
import { Memory } from '../../src/store/memory.ts'
import { OneColumn } from '../../src/store/one-column.ts'
import { Segment } from '../../src/store/segment.ts'
import { SlotBlock } from '../../src/store/slot-block.ts'
import { writeAndRead } from './shared/columns.ts'
import { attributeOf, COLUMNS, PACE, read, valuesOf, write } from './shared/history.ts'

/** A column that is written, and the same as another thread reads it; facts of `first` are there before that begins to read. */
function pairOf(number: number, published: number, first: (column: OneColumn | ManyColumn) => void) {
  const [attribute, budget, memory] = [attributeOf(number), new Budget(1 << 20), new Memory()]
  const Column = attribute.many ? ManyColumn : OneColumn
  const column = new Column(attribute, budget, PACE, memory)
  first(column)
  const shared = new Memory(memory.share())
  shared.begin()
  onTestFinished(() => shared.leave())
  return { column, reader: new Column(attribute, budget, PACE, shared, column.root, () => published), shared }
}

test('store rules 17, 18 and 20: while one thread writes, three read, each exactly its moments, old ones and the newest', async () => {
  const { snapshots, checkpoints, memory } = await writeAndRead(Number(process.env['SEED'] ?? 1), 4_000, 3, 3_000)
  expect(snapshots).toBeGreaterThanOrEqual(3_000)
  expect(checkpoints).toBeGreaterThan(1000)
  expect(memory.idle).toBeGreaterThan(0)
})

test('whatever a thread asks first, it is told of blocks that came since', () => {
  const questions: Record<string, (column: OneColumn | ManyColumn) => unknown> = {
    at: column => column.at(90, 2),
    firstFrom: column => (column instanceof OneColumn ? column.firstFrom(90) : 2),
    countAt: column => column.countAt(2) - 1,
    intervalsOf: column => column.intervalsOf(90).length,
    intervalsAt: column => column.intervalsAt(2).length - 1,
    endedBetween: column => column.endedBetween(0, 3).from.length,
    holdingSince: column => column.holdingSince(0, 2).from.length - 1,
  }
  for (let number = 0; number < COLUMNS; number++)
    for (const [name, ask] of Object.entries(questions)) {
      const change = { column: number, ends: false, value: valuesOf(number)[1] }
      const { column, reader } = pairOf(number, 3, column => write(column, { ...change, t: 1, ordinal: 0 }))
      for (let ordinal = 90; ordinal < 120; ordinal++) write(column, { ...change, t: ordinal === 90 ? 2 : 3, ordinal })
      if (name === 'endedBetween') write(column, { ...change, t: 3, ends: true, ordinal: 90 })
      expect([name, number, ask(reader)]).toEqual([name, number, ask(column)])
      expect(ask(column)).toBeTruthy()
    }
})

test('a checkpoint may come while a thread reads, and be of wider values than there were when it began', () => {
  const { column, reader } = pairOf(1, 1, column => {
    for (let ordinal = 0; ordinal < 8; ordinal++) column.begin(ordinal, ordinal, 1)
  })
  const { formAt } = SlotBlock.prototype
  const looked = vi.spyOn(SlotBlock.prototype, 'formAt').mockImplementation(function (this: SlotBlock, t) {
    const form = formAt.call(this, t)
    if (column.checkpoints > 0) return form
    for (let t = 2; t < 6; t++)
      for (let ordinal = 0; ordinal < 8; ordinal++) column.begin(ordinal, 2n ** 60n + BigInt(t), t)
    return form
  })
  onTestFinished(() => looked.mockRestore())
  expect(read(reader.factsAt(1))).toBe(
    Array.from({ length: 8 }, (_, ordinal) => `${ordinal} ${ordinal} 1 0`).join('\n'),
  )
  expect(column.checkpoints).toBeGreaterThan(0)
})

test('a fact that ends while a thread reads its intervals, and the next one too, is told once', () => {
  const { column, reader } = pairOf(1, 7, column => {
    for (let t = 1; t < 8; t++) column.begin(0, t, t)
  })
  expect(column.checkpoints).toBe(1)
  const { after } = Segment.prototype
  let t = 7
  const looked = vi.spyOn(Segment.prototype, 'after').mockImplementation(function (this: Segment, slot, moment) {
    while (t < 9) column.begin(0, ++t, t)
    return after.call(this, slot, moment)
  })
  onTestFinished(() => looked.mockRestore())
  const begun = reader.intervalsOf(0).filter(({ from }) => from <= 7)
  expect(begun).toEqual(Array.from({ length: 7 }, (_, i) => ({ value: i + 1, from: i + 1, to: i + 2 })))
  expect(t).toBe(9)
})

test('a first fact that ends while a thread reads how many there were was there before', () => {
  for (const number of [1, 3])
    for (const ask of ['factsAt', 'intervalsAt', 'countAt'] as const) {
      const { column, reader, shared } = pairOf(number, 1, column => {
        for (let ordinal = 0; ordinal < 3; ordinal++)
          write(column, { t: 1, column: number, ends: false, ordinal, value: 1 })
      })
      let ended = 0
      // it is asked for between two readings of what others write
      Object.defineProperty(shared, 'writable', {
        get() {
          if (ended < 3) write(column, { t: 2, column: number, ends: true, ordinal: (1 + ended++) % 3, value: 1 })
          return false
        },
      })
      const found = reader[ask](1)
      expect([ask, typeof found === 'number' ? found : found.length]).toEqual([ask, 3])
      if ('count' in Object(found)) expect(read(found as FactColumn)).toBe('0 1 1 0\n1 1 1 0\n2 1 1 0')
      expect(ended).toBeGreaterThan(0)
    }
})
