import { kindOf } from '../../model/entity-id.ts'
import { entityTextOf } from '../../model/entity-text.ts'
import type { FactView } from '../../model/fact-view.ts'
import type { Naming } from './function.ts'

/** How functions name the entities of a view, and its moment. */
export const namingOf = (view: FactView): Naming => ({
  entityKind: entity => view.schema.kinds[kindOf(entity)].name,
  entityId: entity => entityTextOf(view, entity),
  now: view.at,
})
