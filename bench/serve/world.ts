import { createWriteStream, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'

const CONTRACT = `name: shop/order
version: "1.0"
doc: What somebody ordered.
owner: shop-data
format: json
topic: shop.order
fields:
  - { name: id,       type: string }
  - { name: customer, type: string }
  - { name: amount,   type: decimal(2) }
  - { name: at,       type: instant }
  - { name: city,     type: string }
facts:
  - entity: order
    key: id
    set: { customer: { ref: customer, key: customer }, amount: amount, at: at, city: city }
`

const QUERIES = {
  'one.edn': `{:doc "One order." :params [{:name ?order :type "string" :doc "Which."}]
 :query [:find ?order ?customer ?amount ?at ?city
         :where [?o :order/id ?order] [?o :order/customer ?customer] [?o :order/amount ?amount] [?o :order/at ?at] [?o :order/city ?city]]}`,
  'all.edn': `{:doc "Every order." :params []
 :query [:find ?customer ?city ?amount ?at
         :where [?o :order/customer ?customer] [?o :order/city ?city] [?o :order/amount ?amount] [?o :order/at ?at]]}`,
}

/** A project with one contract, a small query and a large one. */
export function writeProject(folder: string): string {
  const files = Object.entries(QUERIES).map(([name, text]) => [`queries/${name}`, text])
  for (const [path, text] of [['contracts/shop/order/1.0.yaml', CONTRACT], ...files]) {
    mkdirSync(join(folder, path, '..'), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  return folder
}

const START = Date.UTC(2024, 0, 1)

function* lines(first: number, count: number, orders: number): Generator<string> {
  let text = ''
  for (let i = first; i < first + count; i++) {
    const at = START + i * 100
    const amount = `${(i * 7919) % 10_007}.${String(i % 100).padStart(2, '0')}`
    text += `{"topic":"shop.order","timestamp":${at},"value":{"id":"o${i % orders}","customer":"c${(i * 31) % 5003}","amount":"${amount}","at":"${new Date(at).toISOString()}","city":"city ${i % 97}"}}\n`
    if (text.length < 1 << 20) continue
    yield text
    text = ''
  }
  yield text
}

/** Events that state orders: `count` of them from the number `first` on, over so many orders. */
export const writeEvents = (file: string, first: number, count: number, orders: number): Promise<void> =>
  pipeline(Readable.from(lines(first, count, orders)), createGzip({ level: 1 }), createWriteStream(file))
