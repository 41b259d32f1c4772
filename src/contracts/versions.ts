import { isDeepStrictEqual } from 'node:util'
import { showType, type ValueType } from '../model/type.ts'
import { type Contract, contractId, type Field, meaningOf, type Setting, showVersion } from './contract.ts'
import { type Faults, type Place, showPlace } from './place.ts'

/**
 * Checks the minors of each major against the one before: a minor may add optional fields, make required ones optional,
 * add enum values, and state more facts from what it added. `contracts` are sorted by name and version.
 */
export function checkVersions(contracts: readonly Contract[], faults: Faults): void {
  for (let i = 1; i < contracts.length; i++) {
    const [older, newer] = [contracts[i - 1], contracts[i]]
    if (older.name === newer.name && older.version.major === newer.version.major) checkMinor(older, newer, faults)
  }
}

function checkMinor(older: Contract, newer: Contract, faults: Faults): void {
  const refuse = (place: Place, words: string, other: Place) =>
    faults.add(
      place,
      `${words} (${showPlace(other)}): version ${showVersion(newer.version)} may only widen ${showVersion(older.version)}; publish ${newer.version.major + 1}.0`,
    )

  for (const key of ['topic', 'time', 'id', 'subject'] as const)
    if (older[key] !== newer[key])
      refuse(newer.place, `${key} is ${newer[key]}, but was ${older[key]} in ${contractId(older)}`, older.place)

  if (older.retracting !== newer.retracting)
    refuse(
      newer.place,
      `tombstone: retract is ${newer.retracting ? 'new' : 'missing'} against ${contractId(older)}`,
      older.place,
    )
  const before = new Map(older.fields.map(field => [field.name, field]))
  const now = new Map(newer.fields.map(field => [field.name, field]))
  for (const field of older.fields)
    if (!now.has(field.name))
      refuse(newer.place, `the field ${field.name} of ${contractId(older)} is missing`, field.place)
  for (const field of newer.fields) {
    const known = before.get(field.name)
    if (!known) {
      if (!field.optional)
        refuse(
          field.place,
          `the new field ${field.name} must be optional, since ${contractId(older)} has none`,
          older.place,
        )
    } else checkField(known, field, refuse)
  }
  checkFacts(older, newer, refuse)
}

function checkField(older: Field, newer: Field, refuse: (place: Place, words: string, other: Place) => void): void {
  if (!widens(older.type, newer.type))
    refuse(newer.place, `${newer.name} is ${showType(newer.type)}, but was ${showType(older.type)}`, older.place)
  if (older.optional && !newer.optional) refuse(newer.place, `${newer.name} is required, but was optional`, older.place)
}

/** Whether every value of `older` is one of `newer`, and no type changes but by more enum values. */
function widens(older: ValueType, newer: ValueType): boolean {
  if (older.base === 'list' && newer.base === 'list') return widens(older.of, newer.of)
  if (older.base === 'enum' && newer.base === 'enum') return older.values.every(value => newer.values.includes(value))
  return showType(older) === showType(newer)
}

/** What the older one states, the newer one states too, in the same way. An index is no part of that. */
function checkFacts(
  older: Contract,
  newer: Contract,
  refuse: (place: Place, words: string, other: Place) => void,
): void {
  const same = (a: Setting, b: Setting) =>
    isDeepStrictEqual(meaningOf({ ...a, index: false }), meaningOf({ ...b, index: false }))
  for (const statement of older.facts) {
    const alike = newer.facts.filter(
      ({ entity, key }) => entity === statement.entity && isDeepStrictEqual(key, statement.key),
    )
    const what = `what ${contractId(older)} states of ${statement.entity} by ${statement.key.join(', ')}`
    if (alike.length === 0) {
      refuse(newer.place, `${what} is missing`, statement.place)
      continue
    }
    if (alike.some(({ ordered }) => ordered !== statement.ordered))
      refuse(alike[0].place, `order is another than in ${what}`, statement.place)
    for (const setting of statement.set) {
      const found = alike.flatMap(({ set }) => set).filter(({ attribute }) => attribute === setting.attribute)
      if (found.length === 0) refuse(alike[0].place, `${setting.attribute} in ${what} is missing`, setting.place)
      else if (!found.some(other => same(other, setting)))
        refuse(found[0].place, `${setting.attribute} is set in another way than in ${what}`, setting.place)
    }
  }
}
