import { FactError } from '../base/error.ts'
import { entityNumber, KIND_SIZE, kindOf, ordinalOf } from '../model/entity-id.ts'
import { keyOfText, parseEntityId } from '../model/entity-text.ts'
import type { FactView } from '../model/fact-view.ts'
import type { Attribute, Kind } from '../model/schema.ts'
import { showType } from '../model/type.ts'
import { parseQuery, runQuery, showEdn } from '../query/query.ts'
import type { EntityBody, ListingRequest } from './api.ts'
import { EntityReader } from './entity.ts'

/** Entities of one kind in order of their numbers, a page of them; `next` is the id of the last one where there are more. */
export function listEntities(view: FactView, request: ListingRequest): { entities: EntityBody[]; next: string | null } {
  const { limit, after, filters } = request
  const kind = view.schema.kind(request.kind)
  const reader = new EntityReader(view, request.options)
  reader.check(kind)
  const first = after === undefined ? 0 : afterOf(view, kind, after) + 1
  const ordinals = filters.length === 0 ? known(view, kind, first, limit + 1) : matching(view, kind, filters, first)
  const entities = ordinals.slice(0, limit).map(ordinal => reader.read(kind, ordinal))
  return { entities, next: ordinals.length > limit ? String(entities[entities.length - 1].entity) : null }
}

function afterOf(view: FactView, kind: Kind, after: string): number {
  const named = /^\d+$/.test(after) ? Number(after) : undefined
  if (named !== undefined && kindOf(named) === kind.number) return ordinalOf(named)
  const entity = named === undefined ? parseEntityId(view, after) : undefined
  if (entity?.kind !== kind || entity.ordinal < 0)
    throw new FactError(
      'argument',
      `after: ${JSON.stringify(after)} is no ${kind.name}; give back the next of an answer`,
    )
  return entity.ordinal
}

function known(view: FactView, kind: Kind, first: number, most: number): number[] {
  const ordinals: number[] = []
  for (let ordinal = first; ordinal < view.extent(kind) && ordinals.length < most; ordinal++)
    if (view.known(kind, ordinal)) ordinals.push(ordinal)
  return ordinals
}

/** The entities that have all of some values. */
function matching(view: FactView, kind: Kind, filters: ListingRequest['filters'], first: number): number[] {
  const wanted = filters.map(([name, text]) => {
    const attribute = filterOf(view, kind, name)
    return { attribute, value: argumentOf(view, attribute, text) }
  })
  if (wanted.some(({ value }) => value === null)) return []
  const inputs = wanted.map((_, i) => `?v${i}`).join(' ')
  const clauses = wanted.map(({ attribute }, i) => `[?e ${attribute.ident} ?v${i}]`).join(' ')
  const query = parseQuery(`[:find [?e ...] :in $ ${inputs} :where ${clauses}]`)
  const answer = runQuery(query, { sources: new Map([['$', view]]), args: wanted.map(({ value }) => value) })
  const { v } = answer.columns[0]
  const ordinals: number[] = []
  for (let row = 0; row < answer.rows; row++) {
    const ordinal = Number(v.values[row]) - kind.number * KIND_SIZE
    if (ordinal >= first) ordinals.push(ordinal)
  }
  return ordinals.sort((a, b) => a - b)
}

/** Throws `unknown-attribute`, and `argument` where a listing by it would have to look at every entity. */
function filterOf(view: FactView, kind: Kind, name: string): Attribute {
  const ident = name.startsWith(':') ? name : name.includes('/') ? `:${name}` : `:${kind.name}/${name}`
  const attribute = view.schema.attribute(ident)
  const listable = (each: Attribute) => each.index || each.identity || each.type.base === 'ref'
  if (attribute.kind === kind && listable(attribute)) return attribute
  const names = view.schema.ofKind(kind).filter(listable)
  const why = attribute.kind === kind ? 'has no index' : `belongs to ${attribute.kind.name}`
  throw new FactError(
    'argument',
    `${ident} ${why}; a ${kind.name} can be listed by ${names.map(each => each.ident).join(', ')}. POST /query asks by anything.`,
  )
}

/** A value as queries take it; null for an entity to which nothing can refer, as it was never mentioned. */
function argumentOf(view: FactView, attribute: Attribute, text: string): unknown {
  const { type, ident } = attribute
  if (type.base === 'ref') {
    const { kind, ordinal } = parseEntityId(view, text)
    return ordinal < 0 ? null : entityNumber(kind.number, ordinal)
  }
  const value = keyOfText(type, text)
  if (value === undefined)
    throw new FactError('argument', `${ident} is a ${showType(type)}, and ${JSON.stringify(text)} is none`)
  return typeof value === 'string' ? value : { $edn: showEdn(value) }
}
