import { FactError } from '../../base/error.ts'
import { entityNumber } from '../../model/entity-id.ts'
import type { FactView } from '../../model/fact-view.ts'
import { EntityRef } from '../../model/value.ts'
import type { LookupRef } from '../language/ast.ts'
import { showLiteral } from './comparable.ts'
import { narrowed } from './narrowed.ts'

/** The entity of a lookup ref in the text. Throws `not-found` where no moment ever knew it. */
export function entityRef(term: LookupRef, view: FactView): EntityRef {
  const { kind } = view.schema.attribute(term.ident)
  const key = narrowed(term.key.literal, kind.keyType)
  const ordinal = key === undefined ? -1 : view.ordinal(kind, key.value)
  if (ordinal >= 0) return new EntityRef(entityNumber(kind.number, ordinal))
  throw new FactError('not-found', `[${term.ident} ${showLiteral(term.key.literal)}] was never known, at no moment`, {
    ...term.at,
    knownFrom: null,
  })
}
