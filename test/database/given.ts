import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { ManualClock } from '../../src/base/clock.ts'
import { openDatabase, type WritableDatabase } from '../../src/database/database.ts'
import { type Limits, OWN_LIMITS } from '../../src/database/limits.ts'
import type { RawRecord } from '../../src/model/transaction.ts'
import type { Disk } from '../../src/store/disk.ts'
import { MemoryDisk } from '../../src/store/memory-disk.ts'

const CONTRACT = `name: shop/sale
version: "1.0"
doc: A sale.
owner: shop-data
format: json
topic: shop.sale
time: sold_at
id: sale_id
fields:
  - { name: sale_id, type: string }
  - { name: sold_at, type: instant }
  - { name: product, type: string }
  - { name: price,   type: decimal(2) }
  - { name: buyer,   type: long, optional: true }
  - { name: tags,    type: list(string), optional: true }
facts:
  - entity: product
    key: product
    set: { price: price, tags: { field: tags, many: replace } }
  - entity: buyer
    key: buyer
  - entity: sale
    key: sale_id
    set: { product: { ref: product, key: product }, buyer: { ref: buyer, key: buyer, null: retract }, at: sold_at }
`

const folders: string[] = []

/** A project in a new folder: the contract of a small shop, and other files by path. */
export function newProject(files: Record<string, string> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'heartwood-project-'))
  folders.push(folder)
  for (const [path, text] of Object.entries({ 'contracts/shop/sale/1.0.yaml': CONTRACT, ...files })) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  return folder
}

export function removeProjects(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
}

export const START = Date.parse('2024-05-01T12:00:00Z')
export const HOUR = 3_600_000

export const openShop = (
  files: Record<string, string> = {},
  disk: Disk = new MemoryDisk(),
  limits: Limits = OWN_LIMITS,
): Promise<WritableDatabase> =>
  openDatabase({
    data: 'data',
    project: newProject(files),
    clock: new ManualClock(START),
    readOnly: false,
    disk,
    limits,
  })

let offset = 0

/** A record of the shop's topic, `hours` after the start (before it, where negative). */
export const sale = (hours: number, value: Record<string, unknown> | string | null): RawRecord => ({
  origin: { topic: 'shop.sale', partition: 0, offset: BigInt(offset++) },
  timestamp: START + hours * HOUR,
  key: null,
  headers: {},
  value:
    value === null
      ? null
      : Buffer.from(typeof value === 'string' ? value : JSON.stringify({ sold_at: '2024-04-30T00:00:00Z', ...value })),
})
