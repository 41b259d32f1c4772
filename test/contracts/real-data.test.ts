import { createReadStream, existsSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { createGunzip } from 'node:zlib'
import { expect, test } from 'vitest'
import { readContracts } from '../../src/contracts/read.ts'
import { bench, judged, lines } from './project.ts'

const shared = process.env['HEARTWOOD_SHARED'] ?? join(import.meta.dirname, '../../../shared')
const LINES = 5000

interface Line {
  readonly topic: string
  readonly value: Readonly<Record<string, string | number | null>>
}

async function firstLines(name: string): Promise<Line[]> {
  const input = createReadStream(join(shared, 'data', name)).pipe(createGunzip())
  const found: Line[] = []
  for await (const line of createInterface({ input })) {
    found.push(JSON.parse(line) as Line)
    if (found.length === LINES) break
  }
  input.destroy()
  return found
}

const missing = !existsSync(join(shared, 'data/retail-invoice-lines.ndjson.gz'))

/** The decimal `2.55` as the test shows a decimal(3), by moving the point in its text. */
function thousandths(text: string): string {
  const [whole, fraction = ''] = text.split('.')
  return `Decimal(${BigInt(whole + fraction.padEnd(3, '0'))},3)`
}

test.skipIf(missing)('retail invoice lines state what plain code reads from them', async () => {
  const { judge } = bench(readContracts(join(shared, 'examples/retail')))
  for (const { topic, value } of await firstLines('retail-invoice-lines.ndjson.gz')) {
    const q = (name: string) => JSON.stringify(value[name])
    const product = `product:${q('stock_code')}`
    const invoice = `invoice:${q('invoice_no')}`
    const line = `line:${JSON.stringify(`${value['invoice_no']}/${value['line_no']}`)}`
    const customer = value['customer_id'] == null ? null : `customer:${q('customer_id')}`
    const price = thousandths(String(value['unit_price']))
    expect(lines(judged(judge, JSON.stringify(value), { topic }))).toEqual([
      `mention ${product}`,
      ...(value['description'] == null ? [] : [`assert ${product} :product/description ${q('description')}`]),
      `assert ${product} :product/price ${price}`,
      ...(customer === null ? [] : [`mention ${customer}`, `assert ${customer} :customer/country ${q('country')}`]),
      `mention ${invoice}`,
      ...(customer === null ? [] : [`assert ${invoice} :invoice/customer ${customer}`]),
      `mention ${line}`,
      `assert ${line} :line/invoice ${invoice}`,
      `assert ${line} :line/product ${product}`,
      `assert ${line} :line/quantity ${value['quantity']}n`,
      `assert ${line} :line/price ${price}`,
    ])
  }
})

test.skipIf(missing)('loan application events state what plain code reads from them', async () => {
  const { judge } = bench(readContracts(join(shared, 'examples/loans')))
  for (const { topic, value } of await firstLines('loan-application-events.ndjson.gz')) {
    const application = `application:${JSON.stringify(value['application_id'])}`
    expect(lines(judged(judge, JSON.stringify(value), { topic }))).toEqual([
      `mention ${application}`,
      `assert ${application} :application/amount ${value['amount_requested']}n`,
      `assert ${application} :application/registered Instant(${Date.parse(String(value['registered_at']))}000)`,
      `assert ${application} :application/activity ${JSON.stringify(value['activity'])}`,
      `assert ${application} :application/transition ${JSON.stringify(value['transition'])}`,
      `assert ${application} :application/step ${value['index']}n`,
      ...(value['resource'] == null ? [] : [`assert ${application} :application/clerk clerk:"${value['resource']}"`]),
    ])
  }
})

test.skipIf(missing)('one broken line in twenty is refused, and the rest as before', async () => {
  const { judge } = bench(readContracts(join(shared, 'examples/retail')))
  const breaks: ((value: Record<string, unknown>) => string)[] = [
    value => JSON.stringify(value).slice(0, -2),
    value => JSON.stringify({ ...value, quantity: 'six' }),
    value => JSON.stringify({ ...value, unit_price: '2.5555' }),
    value => JSON.stringify({ ...value, country: undefined }),
    value => JSON.stringify({ ...value, colour: 'red' }),
    value => JSON.stringify(value).replace('{', '{"invoice_no":"1",'),
  ]
  const verdicts = (await firstLines('retail-invoice-lines.ndjson.gz')).map(({ topic, value }, i) =>
    judged(judge, i % 20 === 0 ? breaks[(i / 20) % breaks.length](value) : JSON.stringify(value), { topic }),
  )
  expect(verdicts.every((verdict, i) => verdict.valid === (i % 20 !== 0))).toBe(true)
})
