import { FactError } from '../base/error.ts'
import { parseType, type ValueType } from '../model/type.ts'
import type { Field } from './contract.ts'
import { Mapping } from './mapping.ts'
import type { Faults, Place } from './place.ts'
import type { Placed } from './yaml.ts'

const KEYS = ['name', 'type', 'doc', 'optional', 'privacy_handler']
const NAME = /^[A-Za-z_$@][\w$@.-]*$/
const PRIVACY = ['plain', 'drop', 'hash', 'tokenize', 'encrypt']

/** Fields by name. Null for one that is there but faulty, so that what names it is not called wrong as well. */
export type Fields = ReadonlyMap<string, Field | null>

/** Reads `fields:`. */
export function parseFields(items: readonly Placed[], faults: Faults): Fields {
  const fields = new Map<string, Field | null>()
  const places = new Map<string, Place>()
  for (const item of items) {
    const before = faults.count
    const map = Mapping.of(item, 'a field', KEYS, ['name', 'type'], faults)
    const name = map?.matching('name', NAME, 'a letter, _, $ or @, then letters, digits, and _ $ @ . -')
    if (map === undefined || name === undefined) continue
    const place = map.placeOf('name')
    const first = places.get(name)
    if (first) {
      faults.add(place, `the field ${name} stands in line ${first.line} already`)
      continue
    }
    if (name === '__proto__') faults.add(place, '__proto__ cannot be the name of a field')
    const typeText = map.text('type')
    const type = typeText === undefined ? undefined : fieldType(typeText, map.placeOf('type'), faults)
    const doc = map.text('doc') ?? ''
    const optional = map.flag('optional')
    checkPrivacy(map, faults)
    places.set(name, place)
    const fine = type !== undefined && faults.count === before
    fields.set(name, fine ? { name, type, doc, optional, privacyHandler: 'plain', place } : null)
  }
  return fields
}

function checkPrivacy(map: Mapping, faults: Faults): void {
  const handler = map.text('privacy_handler')
  if (handler === undefined || handler === 'plain') return
  const place = map.placeOf('privacy_handler')
  if (PRIVACY.includes(handler)) faults.notBuilt(place, `privacy_handler: ${handler}`)
  else faults.unknown(place, `there is no privacy_handler ${handler}; it is ${PRIVACY.join(', ')}`, handler, PRIVACY)
}

/** The type of a field, or undefined with a fault: queries know types that no event can hold. */
function fieldType(text: string, place: Place, faults: Faults): ValueType | undefined {
  const type = typeOf(text, place, faults)
  if (!type) return undefined
  const element = type.base === 'list' ? type.of : type
  if (element.base === 'list') {
    faults.notBuilt(place, `a list of lists, ${text},`)
    return undefined
  }
  if (element.base === 'any' || element.base === 'keyword') {
    faults.add(place, `${element.base} is not a type of fields`)
    return undefined
  }
  if (element.base === 'ref') {
    faults.add(place, 'a field holds the key of an entity, not a reference; say { ref: …, key: … } under set')
    return undefined
  }
  return type
}

function typeOf(text: string, place: Place, faults: Faults): ValueType | undefined {
  try {
    return parseType(text)
  } catch (error) {
    if (!(error instanceof FactError)) throw error
    faults.add(place, error.message)
    return undefined
  }
}
