import { Decimal } from '../model/decimal.ts'
import { entityNumber } from '../model/entity-id.ts'
import { entityText, entityTextOf, parseEntityId, plainText } from '../model/entity-text.ts'
import type { FactView, PointFact } from '../model/fact-view.ts'
import { jsonValue } from '../model/json-value.ts'
import type { Attribute, Kind } from '../model/schema.ts'
import { EntityRef, Instant, type Value } from '../model/value.ts'
import { notKnown, showMoment, sortedOf } from './entity.ts'

/**
 * The JSON text of `readEntity(view, id)`, written as the facts are found: whoever scores asks for nothing else, and the objects between
 * take as long as the look-ups. Throws as `readEntity` does.
 */
export function entityJson(view: FactView, id: string): string {
  const { kind, ordinal } = parseEntityId(view, id)
  const members = ordinal < 0 ? '' : membersOf(view, kind, ordinal)
  if (members === '' && (ordinal < 0 || !view.known(kind, ordinal))) throw notKnown(view, kind, ordinal, id)
  const name = quoted(entityText(view, kind, ordinal))
  return `{"id":${name},"entity":${entityNumber(kind.number, ordinal)},${momentOf(view)},"attributes":{${members}}}`
}

function membersOf(view: FactView, kind: Kind, ordinal: number): string {
  const attributes = sortedOf(view.schema, kind)
  const names = namesOf(attributes)
  let text = ''
  for (let i = 0; i < attributes.length; i++) {
    const facts = view.values(attributes[i], ordinal)
    if (facts.length === 0) continue
    if (text !== '') text += ','
    text += names[i]
    text += attributes[i].many ? listJson(facts, view, attributes[i]) : valueJson(facts[0].value, view, attributes[i])
  }
  return text
}

const listJson = (facts: readonly PointFact[], view: FactView, attribute: Attribute): string =>
  `[${facts.map(({ value }) => valueJson(value, view, attribute)).join(',')}]`

function valueJson(value: Value, view: FactView, { type }: Attribute): string {
  if (typeof value === 'string' && type.base !== 'json') return quoted(value)
  if (value instanceof EntityRef) return quoted(entityTextOf(view, value.number))
  if (value instanceof Decimal) return `"${value}"`
  if (value instanceof Instant) return `"${plainText(value)}"`
  return JSON.stringify(jsonValue(value, view, type))
}

const BLANK = 0x20
const QUOTE = 0x22
const BACKSLASH = 0x5c
const DELETE = 0x7f

/** As `JSON.stringify`, which is called for what need be escaped, or might. */
function quoted(text: string): string {
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c < BLANK || c === QUOTE || c === BACKSLASH || c >= DELETE) return JSON.stringify(text)
  }
  return `"${text}"`
}

let lastView: Pick<FactView, 't' | 'instant' | 'at' | 'settled'> | undefined
let lastMoment = ''

/** The members that say of which moment an answer is: most are of the same as the one before. */
function momentOf(view: FactView): string {
  const { t, instant, at, settled } = view
  const same = lastView?.t === t && lastView.instant === instant && lastView.at === at && lastView.settled === settled
  if (!same) {
    lastView = { t, instant, at, settled }
    lastMoment = JSON.stringify(showMoment(view)).slice(1, -1)
  }
  return lastMoment
}

const names = new WeakMap<readonly Attribute[], readonly string[]>()

/** `":customer/country":` of each. */
function namesOf(attributes: readonly Attribute[]): readonly string[] {
  let found = names.get(attributes)
  if (!found) {
    found = attributes.map(({ ident }) => `${JSON.stringify(ident)}:`)
    names.set(attributes, found)
  }
  return found
}
