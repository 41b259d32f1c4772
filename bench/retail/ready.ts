import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { seeded } from '../../src/base/random.ts'
import { type Change, changes } from './changes.ts'

/*
 * A peer of the load, in a process of its own: it is given changes ready-parsed, and only what it does with them is timed.
 * Prints `{"facts", "seconds", "lookups"}`, the last being entities a second where it looks some up afterwards, otherwise 0.
 */

interface Peer {
  readonly apply: (batch: readonly Change[]) => void
  /** All attributes of an entity, as an object. */
  readonly entity?: (number: number) => unknown
}

const LOOKUPS = 20_000

/** Facts as `(e, a, v, from, to)` with the indexes that look-ups by entity and by value need, durable after each batch. */
function sqlite(folder: string): Peer {
  const db = new DatabaseSync(join(folder, 'facts.db'))
  db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -65536;
    CREATE TABLE facts (e INTEGER, a INTEGER, v, "from" INTEGER, "to" INTEGER);
    CREATE INDEX eav ON facts (e, a, "from");
    CREATE INDEX ave ON facts (a, v, e);`)
  const begin = db.prepare('INSERT INTO facts VALUES (?, ?, ?, ?, NULL)')
  const end = db.prepare('UPDATE facts SET "to" = ? WHERE e = ? AND a = ? AND "to" IS NULL')
  const numbers = new Map<string, number>()
  const numberOf = (attribute: string): number => {
    const known = numbers.get(attribute)
    if (known !== undefined) return known
    numbers.set(attribute, numbers.size)
    return numbers.size - 1
  }
  const apply: Peer['apply'] = batch => {
    db.exec('BEGIN')
    for (const { entity, attribute, value, t } of batch)
      if (value === undefined) end.run(t, entity, numberOf(attribute))
      else begin.run(entity, numberOf(attribute), value, t)
    db.exec('COMMIT')
  }
  return { apply }
}

/** It keeps no history and makes nothing durable: what is replaced is gone. Entities are found by number, which is quicker than by key. */
async function datascript(): Promise<Peer> {
  // @ts-expect-error: the package has no types
  const { default: datascript } = await import('datascript')
  let db = datascript.empty_db({})
  return {
    apply(batch) {
      const datoms = batch.flatMap(({ entity, attribute, value }) =>
        value === undefined ? [] : [[':db/add', entity, attribute, value]],
      )
      db = datascript.db_with(db, datoms)
    },
    entity: number => datascript.pull(db, '[*]', number),
  }
}

const [side, file, most, folder] = process.argv.slice(2)
const peer = side === 'sqlite' ? sqlite(folder) : await datascript()
let facts = 0
let entities = 0
let ms = 0
for await (const batch of changes(file, Number(most))) {
  const start = performance.now()
  peer.apply(batch.changes)
  ms += performance.now() - start
  for (const { entity, value } of batch.changes) {
    if (value !== undefined) facts++
    entities = Math.max(entities, entity)
  }
}
let lookups = 0
if (peer.entity) {
  const random = seeded(3)
  const asked = Array.from({ length: LOOKUPS }, () => 1 + random.below(entities))
  for (const number of asked.slice(0, LOOKUPS / 10)) peer.entity(number)
  const start = performance.now()
  for (const number of asked) peer.entity(number)
  lookups = LOOKUPS / ((performance.now() - start) / 1000)
}
process.stdout.write(JSON.stringify({ facts, seconds: ms / 1000, lookups }))
