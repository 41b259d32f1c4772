import type { EntityBody, EntityProblem } from '../../database/api.ts'
import { PullMap } from '../../model/answer.ts'
import { jsonDialect } from './dialect.ts'

/** An entity as JSON text; what a pattern pulled is written as pulls are. */
export function entityJson(entity: EntityBody | EntityProblem): string {
  if (!('attributes' in entity) || !(entity.attributes instanceof PullMap)) return JSON.stringify(entity)
  const { attributes, ...rest } = entity
  return `${JSON.stringify(rest).slice(0, -1)},"attributes":${jsonDialect.nested(attributes)}}`
}
