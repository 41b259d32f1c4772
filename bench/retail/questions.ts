import { seeded } from '../../src/base/random.ts'
import { readEvents } from './events.ts'

export interface Question {
  readonly id: string
  /** Absent for now. */
  readonly t?: number
}

/** What both sides are asked, in the same order. */
export interface Questions {
  readonly events: number
  readonly now: readonly Question[]
  readonly products: readonly Question[]
  readonly asOf: readonly Question[]
  readonly scanAt: number
}

/** Entities of every kind now, products now, and products as of any moment after they were first sold; drawn with a fixed seed. */
export async function drawQuestions(file: string, count: number): Promise<Questions> {
  const ids = new Set<string>()
  const products = new Map<string, number>()
  let t = 0
  for await (const { value } of readEvents(file)) {
    t++
    ids.add(`line:${value.invoice_no}/${value.line_no}`)
    ids.add(`invoice:${value.invoice_no}`)
    ids.add(`product:${value.stock_code}`)
    if (value.customer_id) ids.add(`customer:${value.customer_id}`)
    if (!products.has(value.stock_code)) products.set(value.stock_code, t)
  }
  const random = seeded(3)
  const all = [...ids]
  const sold = [...products]
  return {
    events: t,
    now: Array.from({ length: count }, () => ({ id: random.pick(all) })),
    asOf: Array.from({ length: count }, () => {
      const [code, first] = random.pick(sold)
      return { id: `product:${code}`, t: first + random.below(t - first + 1) }
    }),
    products: Array.from({ length: count }, () => ({ id: `product:${random.pick(sold)[0]}` })),
    scanAt: Math.floor(t / 2),
  }
}
