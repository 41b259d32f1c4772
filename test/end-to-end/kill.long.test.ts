import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, expect, test } from 'vitest'
import { seeded } from '../../src/base/random.ts'
import { newProject, removeProjects } from '../database/given.ts'
import { newFolder, removeFolders } from '../service.ts'
import { killAndResume, type Load } from './kill.ts'

afterAll(() => {
  removeFolders()
  removeProjects()
}, 1_200_000)

const VISIT = `name: shop/visit
version: "1.0"
doc: Somebody looks at a product.
owner: shop-web
format: json
topic: shop.visit
subject: visitor
fields:
  - { name: visitor, type: long }
  - { name: product, type: string }
  - { name: page, type: string, optional: true }
facts:
  - entity: buyer
    key: visitor
    set: { saw: { ref: product, key: product }, page: { field: page, null: retract } }
`

/** Two files whose events are interleaved in time: those of one go through the judge, most of the other through the scanner. */
function generatedLoad(lines: number, seed: number): Load {
  const random = seeded(seed)
  const folder = newFolder()
  const texts: string[][] = [[], []]
  let at = Date.parse('2024-01-01T00:00:00Z')
  for (let i = 0; i < lines; i++) {
    at += random.below(5000) - (random.below(20) === 0 ? 60_000 : 0)
    const product = `p${random.below(300)}`
    const which = random.below(3) === 0 ? 0 : 1
    const sold = {
      sale_id: `s${i}`,
      sold_at: new Date(at - 5000).toISOString(),
      product,
      price: `${random.below(9999)}.50`,
    }
    const value =
      which === 0
        ? { ...sold, ...(random.below(2) && { buyer: random.below(900), tags: [`t${random.below(5)}`, 'x'] }) }
        : { visitor: random.below(2000), product, ...(random.below(3) && { page: `/${product}/${random.below(40)}` }) }
    const topic = which === 0 ? 'shop.sale' : 'shop.visit'
    const broken = random.below(200) === 0
    texts[which].push(broken ? `{"topic": "${topic}", ` : JSON.stringify({ topic, timestamp: at, value }))
  }
  const files = [join(folder, 'sales.ndjson'), join(folder, 'visits.ndjson.gz')]
  writeFileSync(files[0], `${texts[0].join('\n')}\n`)
  writeFileSync(files[1], gzipSync(`${texts[1].join('\n')}\n`))
  return { files, project: newProject({ 'contracts/shop/visit/1.0.yaml': VISIT }), lines }
}

test('a load that is killed -9 at 100 random moments loses nothing, doubles nothing, and ends as if undisturbed', async () => {
  const seed = Number(process.env['HEARTWOOD_SEED'] ?? 20240501)
  const figures = await killAndResume(generatedLoad(16_000, seed), 100, seed)
  console.log(figures)
  expect(Number(/(\d+) of them/.exec(figures)![1])).toBeGreaterThan(40)
}, 1_200_000)
