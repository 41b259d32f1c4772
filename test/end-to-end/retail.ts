import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { shared } from '../given.ts'

/** One line of the retail file. */
export interface Line {
  readonly timestamp: string
  readonly invoice: string
  readonly line: number
  readonly product: string
  readonly description: string | undefined
  readonly quantity: number
  /** Thousandths of a pound. */
  readonly price: number
  readonly customer: string | undefined
  readonly country: string
}

export const retailFile = (): string | null => shared('data', 'retail-invoice-lines.ndjson.gz')
export const retailProject = (): string | null => shared('examples', 'retail')

/** The raw lines, as text. */
export const rawLines = (): string[] => gunzipSync(readFileSync(retailFile()!)).toString('utf8').trimEnd().split('\n')

export function readLine(raw: string): Line {
  const { timestamp, value } = JSON.parse(raw)
  return {
    timestamp,
    invoice: value.invoice_no,
    line: value.line_no,
    product: value.stock_code,
    description: value.description ?? undefined,
    quantity: value.quantity,
    price: Math.round(Number(value.unit_price) * 1000),
    customer: value.customer_id ?? undefined,
    country: value.country,
  }
}

/** What is true after some of the lines, in plain maps: nothing of Heartwood is in here. */
export class Shop {
  readonly products = new Map<string, { description?: string; price: number }>()
  readonly countries = new Map<string, string>()
  readonly invoices = new Map<string, { customer?: string }>()
  readonly lines = new Map<string, Line>()

  constructor(lines: Iterable<Line>) {
    for (const line of lines) this.#add(line)
  }

  #add(line: Line): void {
    const product = this.products.get(line.product) ?? { price: 0 }
    if (line.description !== undefined) product.description = line.description
    product.price = line.price
    this.products.set(line.product, product)
    if (line.customer !== undefined) this.countries.set(line.customer, line.country)
    const invoice = this.invoices.get(line.invoice) ?? {}
    if (line.customer !== undefined) invoice.customer = line.customer
    this.invoices.set(line.invoice, invoice)
    this.lines.set(`${line.invoice}/${line.line}`, line)
  }
}

/** `2.550` of 2550, as a decimal(3) is written. */
export const pounds = (thousandths: number): string => (thousandths / 1000).toFixed(3)
