import { machineClock } from '../base/clock.ts'
import { FactError } from '../base/error.ts'
import { openDatabase, type WritableDatabase } from '../database/database.ts'
import { liveHolder } from '../store/lock.ts'
import { type Asked, askJson, type Question } from './asking.ts'
import { placeOf } from './setting.ts'

/**
 * Does what a writing command is for: on the store itself, or, where a server writes to it, through the port that the server takes such
 * things on (`--collect`), which `--url` may name too. Throws `locked` where a server writes to it that has no such port.
 */
export async function writing<X>(
  asked: Asked,
  here: (database: WritableDatabase) => Promise<X>,
  question: Question,
): Promise<X> {
  if (asked.url !== undefined) return (await askJson<X>(asked, question)).body
  const place = placeOf(asked)
  let database: WritableDatabase
  try {
    database = await openDatabase({ ...place, clock: machineClock, readOnly: false })
  } catch (error) {
    if (!(error instanceof FactError) || error.kind !== 'locked') throw error
    const collect = liveHolder(place.data)?.collect
    if (collect !== undefined) return (await askJson<X>({ ...asked, url: collect }, question)).body
    throw new FactError('locked', `${error.message}. A server that is started with --collect PORT does this too`)
  }
  try {
    return await here(database)
  } finally {
    await database.close()
  }
}
