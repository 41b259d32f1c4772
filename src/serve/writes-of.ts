import { FactError } from '../base/error.ts'
import type { Context, Writes } from './route.ts'

/** What may be written through this server. Throws `unsupported` where nothing may. */
export function writesOf({ writes }: Context): Writes {
  if (writes === undefined) throw new FactError('unsupported', 'nothing is written through this server')
  return writes
}
