import { machineClock } from '../base/clock.ts'
import { openDatabase, type WritableDatabase } from '../database/database.ts'
import { type Limits, OWN_LIMITS } from '../database/limits.ts'
import { placeOf } from './setting.ts'

/** Opens the store for reading, beside whoever writes to it, runs the work and closes it. */
export async function withReader<X>(
  options: { data: string; project?: string },
  work: (database: WritableDatabase) => X | Promise<X>,
  limits: Limits = OWN_LIMITS,
): Promise<X> {
  const database = await openDatabase({ ...placeOf(options), clock: machineClock, readOnly: true, limits })
  try {
    return await work(database)
  } finally {
    await database.close()
  }
}
