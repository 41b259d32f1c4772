import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import type { Benchmark } from './benchmark.ts'
import type { Measured } from './retail/child.ts'
import { readLines } from './retail/events.ts'
import { loadRows } from './retail/load-rows.ts'
import { drawQuestions } from './retail/questions.ts'
import type { Row } from './table.ts'

const HERE = dirname(fileURLToPath(import.meta.url))
const FILE = resolve(HERE, '..', process.env['HEARTWOOD_SHARED'] ?? '../shared', 'data/retail-invoice-lines.ndjson.gz')
const SMOKE_EVENTS = 20_000
const MB = 1e6

/** The first events of the file, as a file of the same kind. */
async function beginning(folder: string): Promise<string> {
  const lines: string[] = []
  for await (const line of readLines(FILE)) if (lines.push(line) === SMOKE_EVENTS) break
  const file = join(folder, 'beginning.ndjson.gz')
  writeFileSync(file, gzipSync(`${lines.join('\n')}\n`, { level: 1 }))
  return file
}

/** Does the work in a process of its own, so that each side's memory is its own. */
function measure(name: string, file: string, questions: string, folder: string): Measured {
  const data = join(folder, name)
  mkdirSync(data)
  const args = ['--expose-gc', '--disable-warning=ExperimentalWarning', join(HERE, 'retail/child.ts'), name]
  const child = spawnSync(process.execPath, [...args, file, questions, data], {
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
  })
  if (child.status !== 0) throw new Error(`${name} ended with ${child.signal ?? child.status}`)
  return JSON.parse(child.stdout)
}

const benchmark: Benchmark = {
  description: 'invoice lines of a shop, loaded from a file, then asked about now and about any moment',

  async run({ smoke, folder }) {
    if (!existsSync(FILE)) return { needs: 'HEARTWOOD_SHARED, a folder with data/retail-invoice-lines.ndjson.gz' }
    const file = smoke ? await beginning(folder) : FILE
    const questions = join(folder, 'questions.json')
    const drawn = await drawQuestions(file, smoke ? 2_000 : 50_000)
    writeFileSync(questions, JSON.stringify(drawn))
    const ours = measure('heartwood', file, questions, folder)
    const sqlite = measure('sqlite', file, questions, folder)
    if (ours.facts !== sqlite.facts) throw new Error(`ours has ${ours.facts} facts, SQLite ${sqlite.facts}`)
    if (ours.answers !== sqlite.answers) throw new Error('ours and SQLite gave different answers')

    const row = (what: string, of: (side: Measured) => number, unit: string, better: 'lower' | 'higher'): Row => ({
      what,
      ours: of(ours),
      peers: { SQLite: of(sqlite) },
      unit,
      better,
    })
    const speed = (...measured: Parameters<typeof row>): Row => ({ ...row(...measured), goal: 1 })
    const load = await loadRows(file, folder, drawn.events, smoke)
    const lookUp = speed('look-up of any entity, now', side => side.nowASecond, 'entities/s', 'higher')
    const products = speed('look-up by product key, now', side => side.productsASecond, 'entities/s', 'higher')
    return [
      ...load.rows,
      speed('load', side => side.eventsASecond, 'events/s', 'higher'),
      row('facts', side => side.facts, 'facts', 'higher'),
      row('resident memory', side => side.resident / MB, 'MB', 'lower'),
      row('on disk', side => side.disk / MB, 'MB', 'lower'),
      { ...lookUp, peers: { ...lookUp.peers, DataScript: load.datascriptLookups } },
      { ...products, peers: { ...products.peers, 'at least': 500_000 } },
      speed('look-up by product key, as of', side => side.asOfASecond, 'entities/s', 'higher'),
      speed('scan, now', side => side.scanNow, 'ms', 'lower'),
      speed('scan, as of half way', side => side.scanAsOf, 'ms', 'lower'),
    ]
  },
}

export default benchmark
