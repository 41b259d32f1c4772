import { readEvents } from './events.ts'
import { BATCH } from './subject.ts'

/** A fact that begins, with its value; or, where `value` is undefined, the one of that attribute that ends. */
export interface Change {
  readonly entity: number
  readonly attribute: string
  readonly value: string | number | undefined
  readonly t: number
}

/**
 * What the first `most` events of the file change, ready-parsed, in batches of so many events as one fsync makes durable. A value that
 * is stated again while it holds changes nothing; one that is replaced ends first. Entities are numbered from 1 over all kinds.
 */
export async function* changes(file: string, most: number): AsyncGenerator<{ changes: Change[]; events: number }> {
  const numbers = new Map<string, number>()
  const holds = new Map<string, string | number>()
  let batch: Change[] = []
  let t = 0
  let events = 0

  const state = (entity: number, attribute: string, value: string | number) => {
    const place = `${entity} ${attribute}`
    const before = holds.get(place)
    if (before === value) return
    if (before !== undefined) batch.push({ entity, attribute, value: undefined, t })
    batch.push({ entity, attribute, value, t })
    holds.set(place, value)
  }
  const entityOf = (kind: string, key: string): number => {
    const id = `${kind}:${key}`
    let entity = numbers.get(id)
    if (entity === undefined) {
      entity = numbers.size + 1
      numbers.set(id, entity)
      batch.push({ entity, attribute: `${kind}/id`, value: key, t })
    }
    return entity
  }

  for await (const { value } of readEvents(file)) {
    if (t === most) break
    t++
    events++
    const price = Math.round(Number(value.unit_price) * 1000)
    const product = entityOf('product', value.stock_code)
    if (value.description != null) state(product, 'product/description', value.description)
    state(product, 'product/price', price)
    const customer = value.customer_id == null ? null : entityOf('customer', value.customer_id)
    if (customer !== null) state(customer, 'customer/country', value.country)
    const invoice = entityOf('invoice', value.invoice_no)
    if (customer !== null) state(invoice, 'invoice/customer', customer)
    const line = entityOf('line', `${value.invoice_no}/${value.line_no}`)
    state(line, 'line/invoice', invoice)
    state(line, 'line/product', product)
    state(line, 'line/quantity', value.quantity)
    state(line, 'line/price', price)
    if (events < BATCH) continue
    yield { changes: batch, events }
    batch = []
    events = 0
  }
  if (events > 0) yield { changes: batch, events }
}
