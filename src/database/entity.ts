import { FactError } from '../base/error.ts'
import { entityNumber } from '../model/entity-id.ts'
import { entityText, parseEntityId } from '../model/entity-text.ts'
import type { FactView } from '../model/fact-view.ts'
import { showInstant } from '../model/instant.ts'
import { jsonValue } from '../model/json-value.ts'
import type { Attribute, Kind } from '../model/schema.ts'

type Cell = string | number | boolean | null | readonly (string | number | boolean)[]

/** One entity as of the view's moment, in the shape of `GET /entity/:id`. `chosen` is a comma list of attributes, null for all. */
export function readEntity(view: FactView, id: string, chosen: string | null): Readonly<Record<string, unknown>> {
  const { kind, ordinal } = parseEntityId(view, id)
  const wanted = chosen === null ? null : chooseAttributes(view, kind, chosen)
  if (ordinal < 0) throw notKnown(view, kind, ordinal, id)
  const attributes: Record<string, Cell> = {}
  let found = false
  for (const attribute of wanted ?? inOrder(view, kind)) {
    const facts = view.values(attribute, ordinal)
    if (facts.length === 0) {
      if (wanted) attributes[attribute.ident] = null
      continue
    }
    found = true
    attributes[attribute.ident] = attribute.many
      ? facts.map(({ value }) => jsonValue(value, view))
      : jsonValue(facts[0].value, view)
  }
  // where none was found, others than those that were chosen may be there
  if (!found && !view.known(kind, ordinal)) throw notKnown(view, kind, ordinal, id)
  const instant = showInstant(view.instant)
  return {
    id: entityText(view, kind, ordinal),
    entity: entityNumber(kind.number, ordinal),
    t: view.t,
    instant,
    settled: view.settled,
    at: view.at === view.instant ? instant : showInstant(view.at),
    attributes,
  }
}

const sorted = new WeakMap<Kind, readonly Attribute[]>()

/** The attributes of a kind by name; sorted again when there are more of them. */
function inOrder(view: FactView, kind: Kind): readonly Attribute[] {
  const all = view.schema.ofKind(kind)
  let known = sorted.get(kind)
  if (known?.length !== all.length) {
    known = [...all].sort((a, b) => (a.ident < b.ident ? -1 : 1))
    sorted.set(kind, known)
  }
  return known
}

function chooseAttributes(view: FactView, kind: Kind, chosen: string): Attribute[] {
  return chosen.split(',').map(name => {
    const plain = name.trim()
    if (plain.includes('{') || plain.includes('_'))
      throw new FactError(
        'unsupported',
        `following references in attributes= (${plain}) is not built yet; name the entity's own attributes`,
      )
    if (plain === '')
      throw new FactError('argument', 'attributes= is a comma list of attributes such as country,:customer/id')
    const ident = plain.startsWith(':') ? plain : plain.includes('/') ? `:${plain}` : `:${kind.name}/${plain}`
    const attribute = view.schema.attribute(ident)
    if (attribute.kind !== kind)
      throw new FactError('argument', `${ident} belongs to ${attribute.kind.name}, and this is a ${kind.name}`)
    return attribute
  })
}

function notKnown(view: FactView, kind: Kind, ordinal: number, id: string): FactError {
  if (ordinal < 0) return new FactError('not-found', `${id} was never mentioned by any event`, { knownFrom: null })
  let first = 0
  for (const attribute of view.schema.ofKind(kind)) {
    const t = view.firstKnown(attribute, ordinal)
    if (t !== undefined && (first === 0 || t < first)) first = t
  }
  if (first === 0) return new FactError('not-found', `${id} was never mentioned by any event`, { knownFrom: null })
  const instant = showInstant(view.instantOf(first))
  const when = view.t === 0 ? 'in the empty store' : `as of t ${view.t} (${showInstant(view.at)})`
  const words =
    first > view.t
      ? `${id} is not known ${when}: it is known from t ${first} (${instant})`
      : `${id} is not known ${when}: what was known since t ${first} (${instant}) was retracted`
  return new FactError('not-found', words, { knownFrom: { t: first, instant } })
}
