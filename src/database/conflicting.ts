import type { Conflict } from '../model/expand.ts'
import type { Refusal } from '../model/transaction.ts'

/** Why an event is refused that states two values where there can be one. */
export const conflicting = ({ attribute, entity }: Conflict, contract: string): Refusal => ({
  reason: 'conflict',
  detail: `the event states two values of ${attribute.ident} for one ${entity.kind.name}, and it can have only one`,
  path: null,
  contract,
})
