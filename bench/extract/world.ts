import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const CONTRACT = `name: plant/reading
version: "1.0"
doc: What a sensor measured.
owner: plant-data
format: json
topic: plant.reading
fields:
  - { name: id,       type: long }
  - { name: at,       type: instant }
  - { name: value,    type: double }
  - { name: category, type: string }
facts:
  - entity: reading
    key: id
    set: { at: at, value: value, category: category }
`

const QUERY = `{:doc "Every reading." :shard-by ?r
 :query [:find ?r ?at ?value ?category :where [?r :reading/at ?at] [?r :reading/value ?value] [?r :reading/category ?category]]}`

/** A project whose one query gives a row of id, instant, double and category for each entity. */
export function writeProject(folder: string): string {
  for (const [path, text] of [
    ['contracts/plant/reading/1.0.yaml', CONTRACT],
    ['queries/readings.edn', QUERY],
  ]) {
    mkdirSync(join(folder, path, '..'), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  return folder
}

const START = Date.UTC(2024, 0, 1)

/** So many events, each of an entity of its own. */
export function writeEvents(file: string, count: number): void {
  writeFileSync(file, '')
  for (let from = 0; from < count; from += 50_000) {
    let text = ''
    for (let i = from; i < Math.min(count, from + 50_000); i++) {
      const at = START + i * 500
      text += `{"topic":"plant.reading","timestamp":${at},"value":{"id":${i},"at":"${new Date(at).toISOString()}","value":${(i * 7919) % 100_003}.25,"category":"c${i % 23}"}}\n`
    }
    writeFileSync(file, text, { flag: 'a' })
  }
}
