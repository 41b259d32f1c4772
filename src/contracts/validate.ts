import { Ajv } from 'ajv'
import type { Contract } from './contract.ts'
import { converter, type FieldValue } from './convert.ts'
import type { EventJson } from './event-json.ts'
import { jsonSchemaOf } from './json-schema.ts'
import { type EventFault, expected, misfit, pointerTo, showJson, showName, unknownName } from './misfit.ts'

/** Values of an event's fields, in the order of the contract; null where absent or null. */
export type FieldValues = (FieldValue | null)[]

export interface Validator {
  /** Fills `values` and gives true where the event keeps the contract. Otherwise `values` means nothing. */
  read(event: EventJson, values: FieldValues): boolean
  /** Everything wrong with an event that `read` refused: by field in the order of the contract, then what the contract does not name. */
  faults(event: EventJson): readonly EventFault[]
}

/** Compiles a contract: ajv judges the shape, converters make exact values. */
export function compileValidator(contract: Contract): Validator {
  const { fields } = contract
  const names = fields.map(field => field.name)
  // a field may be called as something that every object has, such as constructor
  const inherited = names.some(name => name in Object.prototype)
  const ajv = new Ajv({ strict: true, allowUnionTypes: true, validateFormats: false, ownProperties: inherited })
  const fits = ajv.compile(jsonSchemaOf(contract))
  const convert = fields.map(field => converter(field.type))
  const get = (object: Record<string, unknown>, name: string): unknown =>
    inherited && !Object.hasOwn(object, name) ? undefined : object[name]

  const read = ({ value, exact }: EventJson, values: FieldValues): boolean => {
    if (!fits(value)) return false
    const object = exact as Record<string, unknown>
    for (let i = 0; i < names.length; i++) {
      const json = inherited ? get(object, names[i]) : object[names[i]]
      if (json === undefined || json === null) {
        values[i] = null
        continue
      }
      const converted = convert[i](json)
      if (converted === undefined) return false
      values[i] = converted
    }
    return true
  }

  const faults = ({ value, exact }: EventJson): readonly EventFault[] => {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      return [{ path: null, words: `an event must be a JSON object, but this is ${showJson(value)}` }]
    const object = exact as Record<string, unknown>
    const found: EventFault[] = []
    for (const { name, type, optional } of fields) {
      const json = get(object, name)
      if (json === undefined || json === null) {
        const state = json === undefined ? 'is missing' : 'is null'
        if (!optional) found.push({ path: pointerTo(name), words: `${name} ${state}, and must be ${expected(type)}` })
        continue
      }
      const fault = misfit(name, type, json)
      if (fault) found.push(fault)
    }
    for (const key of Object.keys(object)) {
      if (names.includes(key)) continue
      const absent = names.filter(name => !Object.hasOwn(object, name))
      const words = unknownName(`the contract has no field ${showName(key)}`, key, absent)
      found.push({ path: pointerTo(key), words })
    }
    if (found.length === 0 && !fits(value)) found.push({ path: null, words: ajv.errorsText(fits.errors) })
    return found
  }
  return { read, faults }
}
