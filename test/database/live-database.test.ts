import { afterAll, expect, test } from 'vitest'
import type { WritableDatabase } from '../../src/database/database.ts'
import { type AskedMethod, LiveDatabase, type Run, type WriterLink } from '../../src/database/live-database.ts'
import { openShop, removeProjects, sale } from './given.ts'

afterAll(removeProjects)

const RULES = { 'queries/how-many.edn': '{:doc "Sales." :params [] :query [:find (count ?s) . :where [?s :sale/id]]}' }

async function openBoth() {
  const writer = await openShop(RULES)
  const runs: Run[] = []
  const link: WriterLink = {
    ask: async (method, ...args) => {
      const named = writer[method as AskedMethod].bind(writer) as (...args: unknown[]) => unknown
      return named(...args) as never
    },
    note: run => void runs.push(run),
  }
  const live = new LiveDatabase(writer.share().shared, writer.visible(), link)
  return { writer, live, runs }
}

async function sell(writer: WritableDatabase, from: number, to: number) {
  for (let i = from; i < to; i++)
    writer.write(sale(i - 50, { sale_id: `s${i}`, product: `p${i % 3}`, price: `${i}.00` }))
  await writer.commit()
}

const turn = () => new Promise(resolve => setImmediate(resolve))

test('what another thread wrote is answered as the writer would', async () => {
  const { writer, live } = await openBoth()
  for (const to of [10, 20]) {
    await sell(writer, to - 10, to)
    expect(live.seen).toEqual(writer.seen)
    expect(live.view().t).toBe(to)
    expect(live.entity('product:p1', undefined, { ages: true })).toEqual(
      writer.entity('product:p1', undefined, { ages: true }),
    )
    expect(live.history('product:p1', '7', undefined)).toEqual(writer.history('product:p1', '7', undefined))
    expect(live.transactions(3, 8, 4)).toEqual(writer.transactions(3, 8, 4))
    expect(live.transactions(15, 90, 100)).toEqual(writer.transactions(15, 90, 100))
    expect([live.firstAt('5'), live.firstAt('2024-04-30')]).toEqual([writer.firstAt('5'), writer.firstAt('2024-04-30')])
    expect(() => live.firstAt('40')).toThrow('does not exist yet')
    expect(() => live.entity('product:p1', to + 1)).toThrow('does not exist yet')
    expect(live.runSaved('how-many', {}, undefined, null).answer).toEqual(
      writer.runSaved('how-many', {}, undefined, null).answer,
    )
    await turn()
  }
  live.close()
  await writer.close()
})

test('what only the writer knows is asked for, and runs are noted there', async () => {
  const { writer, live, runs } = await openBoth()
  await sell(writer, 0, 5)
  writer.write(sale(3, '{"sale_id": "broken"}'))
  await writer.commit()
  expect(await live.status()).toEqual(writer.status())
  expect(await live.deadLetters({ limit: 5 })).toEqual(writer.deadLetters({ limit: 5 }))
  expect(await live.attributes()).toEqual(writer.attributes())
  expect(await live.savedQueries()).toEqual(writer.savedQueries())
  expect(await live.contract('shop/sale', '1.0', 'json')).toEqual(writer.contract('shop/sale', '1.0', 'json'))
  await expect(async () => live.contract('shop/nothing', '1.0', 'json')).rejects.toMatchObject({ kind: 'not-found' })
  live.noteRun('how-many', 'me', 3, false)
  expect(runs).toEqual([['how-many', 'me', 3, false]])
  live.close()
  await writer.close()
})

test('a record is seen as applied once the writer showed it', async () => {
  const { writer, live } = await openBoth()
  await sell(writer, 0, 1)
  const [[name, next]] = [...writer.visible()]
  const [, topic, partition] = /^kafka:(.*)\/(\d+)$/.exec(name)!
  const applied = (offset: bigint) => live.applied(topic, Number(partition), offset)
  expect(applied(next - 1n)).toBe(false)
  live.show(writer.visible())
  expect([applied(next - 1n), applied(next)]).toEqual([true, false])
  live.close()
  await writer.close()
})
