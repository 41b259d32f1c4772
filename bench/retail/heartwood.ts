import { basename, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { machineClock } from '../../src/base/clock.ts'
import { openDatabase } from '../../src/database/database.ts'
import { fileSource } from '../../src/ingest/file-source.ts'
import { ingest } from '../../src/ingest/ingest.ts'
import type { OpenSubject } from './subject.ts'

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../..')
const PROJECT = resolve(ROOT, process.env['HEARTWOOD_SHARED'] ?? '../shared', 'examples/retail')
const SUM = '[:find (sum ?quantity) . :with ?line :where [?line :line/quantity ?quantity]]'

const open: OpenSubject = async folder => {
  const database = await openDatabase({
    data: join(folder, 'data'),
    project: PROJECT,
    clock: machineClock,
    readOnly: false,
  })
  return {
    async load(file) {
      const files = [{ path: file, name: basename(file) }]
      const source = fileSource({ files, positions: database.positions(), clock: machineClock })
      const { refused } = await ingest(database, source)
      if (refused > 0) throw new Error(`${refused} events were refused`)
    },
    facts: () => database.stats().facts,
    entity: (id, t) => database.entity(id, t).attributes as Record<string, unknown>,
    scan(t) {
      const { v } = database.query(t === undefined ? { query: SUM } : { query: SUM, asOf: t }).answer.columns[0]
      return Number(v.values[0])
    },
    close: () => database.close(),
  }
}

export default open
