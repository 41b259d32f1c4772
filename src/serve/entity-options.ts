import { FactError } from '../base/error.ts'
import type { EntityOptions } from '../database/api.ts'
import type { Parameters } from './parameters.ts'

/** Parameters that say how to read entities. */
export const ENTITY_PARAMETERS = ['attributes', 'pull', 'ages', 'maxAge'] as const

/** How a URL wants entities to be read. */
export function entityOptions(parameters: Parameters): EntityOptions {
  const [attributes, pull, maxAge] = [parameters.text('attributes'), parameters.text('pull'), parameters.text('maxAge')]
  return {
    ...(attributes === undefined ? {} : { attributes }),
    ...(pull === undefined ? {} : { pull }),
    ...(parameters.flag('ages') ? { ages: true } : {}),
    ...(maxAge === undefined ? {} : { maxAge }),
  }
}

/** The same of a body. Throws `argument`. */
export function entityMembers(body: Readonly<Record<string, unknown>>): EntityOptions {
  const { attributes, pull, ages, maxAge } = body
  const names = typeof attributes === 'string' ? [attributes] : attributes
  if (names !== undefined && !(Array.isArray(names) && names.every(name => typeof name === 'string')))
    throw new FactError('argument', 'attributes is a list of names such as ["country", ":customer/id"]')
  if (pull !== undefined && typeof pull !== 'string')
    throw new FactError('argument', 'pull is the EDN text of a pattern such as "[:customer/country]"')
  if (ages !== undefined && typeof ages !== 'boolean') throw new FactError('argument', 'ages is true or false')
  if (maxAge !== undefined && typeof maxAge !== 'string')
    throw new FactError('argument', 'maxAge is a duration of ISO-8601 such as "P30D"')
  return {
    ...(names === undefined ? {} : { attributes: names as string[] }),
    ...(pull === undefined ? {} : { pull }),
    ...(ages ? { ages } : {}),
    ...(maxAge === undefined ? {} : { maxAge }),
  }
}
