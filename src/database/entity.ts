import { FactError } from '../base/error.ts'
import { momentBefore } from '../model/age.ts'
import type { PullMap } from '../model/answer.ts'
import { entityNumber, kindOf, ordinalOf } from '../model/entity-id.ts'
import { entityText, parseEntityId } from '../model/entity-text.ts'
import type { FactView, PointFact } from '../model/fact-view.ts'
import { showInstant } from '../model/instant.ts'
import { jsonValue } from '../model/json-value.ts'
import type { Attribute, Kind, Schema } from '../model/schema.ts'
import type { EntityRef } from '../model/value.ts'
import { checkPull, parsePull, pullMany } from '../query/query.ts'
import type { EntityBody, EntityOptions, EntityProblem, ReadEntity, ShownMoment } from './api.ts'
import { type Chosen, chooseAttributes } from './chosen.ts'

const ALL: EntityOptions = {}

/** One entity as of the view's moment, in the shape of `GET /entity/:id`. */
export function readEntity(view: FactView, id: string, options: EntityOptions = ALL): ReadEntity {
  const reader = new EntityReader(view, options)
  const { kind, ordinal } = parseEntityId(view, id)
  reader.check(kind)
  if (ordinal < 0 || !view.known(kind, ordinal)) throw notKnown(view, kind, ordinal, id)
  const { id: name, entity, ...body } = reader.read(kind, ordinal)
  return { id: name, entity, ...showMoment(view), ...body }
}

/** Several entities in order of their ids, doubles kept; who is not known is told so in its place. */
export function readEntities(
  view: FactView,
  ids: readonly string[],
  options: EntityOptions,
): (EntityBody | EntityProblem)[] {
  const reader = new EntityReader(view, options)
  return ids.map(id => {
    const { kind, ordinal } = parseEntityId(view, id)
    reader.check(kind)
    if (ordinal >= 0 && view.known(kind, ordinal)) return reader.read(kind, ordinal)
    return { id, kind: 'not-found', knownFrom: firstKnown(view, kind, ordinal) }
  })
}

export function showMoment({ t, instant, settled, at }: FactView): ShownMoment {
  const shown = showInstant(instant)
  return { t, instant: shown, settled, at: at === instant ? shown : showInstant(at) }
}

type Since = ReturnType<typeof sinceOf>

/** Reads entities of one view in one way. Throws as `chooseAttributes` and `parsePull` do. */
export class EntityReader {
  readonly #view: FactView
  readonly #options: EntityOptions
  /** What became known at or before this is too old, milliseconds. */
  readonly #tooOld: number
  readonly #chosen = new Map<Kind, readonly Chosen[]>()
  readonly #pattern: ReturnType<typeof parsePull> | null

  constructor(view: FactView, options: EntityOptions) {
    const { attributes, pull, maxAge, ages } = options
    if (pull !== undefined && (attributes !== undefined || maxAge !== undefined || ages))
      throw new FactError('argument', 'pull says all that is wanted; leave out attributes, ages and maxAge')
    this.#view = view
    this.#options = options
    this.#tooOld = maxAge === undefined ? Number.NEGATIVE_INFINITY : momentBefore(view.at, maxAge, 'maxAge')
    this.#pattern = pull === undefined ? null : parsePull(pull)
    if (this.#pattern) checkPull(this.#pattern, view.schema)
  }

  /** Throws where the attributes that are wanted are none of this kind. */
  check(kind: Kind): void {
    const { attributes } = this.#options
    if (attributes !== undefined && !this.#chosen.has(kind))
      this.#chosen.set(kind, chooseAttributes(this.#view.schema, kind, attributes))
  }

  read(kind: Kind, ordinal: number): EntityBody {
    const view = this.#view
    const entity = entityNumber(kind.number, ordinal)
    const id = entityText(view, kind, ordinal)
    if (this.#pattern) return { id, entity, attributes: pullMany(view, this.#pattern, [entity])[0] ?? {} }
    const chosen = this.#chosen.get(kind)
    return { id, entity, ...(chosen ? this.#chosenOf(chosen, kind, ordinal) : this.#allOf(kind, ordinal)) }
  }

  #allOf(kind: Kind, ordinal: number): Omit<EntityBody, 'id' | 'entity'> {
    const view = this.#view
    const attributes: Record<string, unknown> = {}
    const since: Record<string, Since> = {}
    for (const attribute of sortedOf(view.schema, kind)) {
      const facts = this.#facts(attribute, ordinal)
      if (facts.length === 0) continue
      const { ident, many, type } = attribute
      attributes[ident] = many
        ? facts.map(({ value }) => jsonValue(value, view, type))
        : jsonValue(facts[0].value, view, type)
      if (this.#options.ages) since[ident] = sinceOf(view, attribute, facts)
    }
    return this.#options.ages ? { attributes, since } : { attributes }
  }

  #chosenOf(chosen: readonly Chosen[], kind: Kind, ordinal: number): Omit<EntityBody, 'id' | 'entity'> {
    const view = this.#view
    const attributes: Record<string, unknown> = {}
    const since: Record<string, Since> = {}
    for (const { key, attribute, backward, follow } of chosen) {
      if (backward) {
        attributes[key] = this.#backward(attribute, follow, kind, ordinal)
        continue
      }
      const facts = this.#facts(attribute, ordinal)
      const values = facts.map(({ value }) =>
        follow === null ? jsonValue(value, view, attribute.type) : this.#followed(follow, (value as EntityRef).number),
      )
      attributes[key] = values.length === 0 ? null : attribute.many ? values : values[0]
      if (this.#options.ages && facts.length > 0) since[key] = sinceOf(view, attribute, facts)
    }
    return this.#options.ages ? { attributes, since } : { attributes }
  }

  #facts(attribute: Attribute, ordinal: number): readonly PointFact[] {
    const facts = this.#view.values(attribute, ordinal)
    return this.#options.maxAge === undefined ? facts : facts.filter(fact => this.#fresh(fact.from))
  }

  #fresh(from: number): boolean {
    return this.#view.instantOf(from) > this.#tooOld
  }

  #followed(follow: readonly Chosen[], entity: number): EntityBody {
    const kind = this.#view.schema.kinds[kindOf(entity)]
    const ordinal = ordinalOf(entity)
    const id = entityText(this.#view, kind, ordinal)
    return { id, entity, ...this.#chosenOf(follow, kind, ordinal) }
  }

  /** Whoever refers to an entity, in order of their numbers; null where nobody does. */
  #backward(attribute: Attribute, follow: readonly Chosen[] | null, kind: Kind, ordinal: number): unknown {
    const view = this.#view
    const key = `${attribute.ident.replace('/', '/_')}`
    const pulled = pullMany(view, `[{${key} [:db/id]}]`, [entityNumber(kind.number, ordinal)])[0]
    const [found] = pulled?.values ?? []
    const sources = (found === undefined || found === null ? [] : Array.isArray(found) ? found : [found]) as PullMap[]
    const entities = sources
      .map(source => (source.values[0] as EntityRef).number)
      .filter(entity => this.#options.maxAge === undefined || this.#refersLately(attribute, entity, ordinal))
    if (entities.length === 0) return null
    return entities.map(entity =>
      follow === null ? entityText(view, attribute.kind, ordinalOf(entity)) : this.#followed(follow, entity),
    )
  }

  #refersLately(attribute: Attribute, source: number, ordinal: number): boolean {
    return this.#view
      .values(attribute, ordinalOf(source))
      .some(({ value, from }) => ordinalOf((value as EntityRef).number) === ordinal && this.#fresh(from))
  }
}

const when = (view: FactView, t: number) => ({ t, instant: showInstant(view.instantOf(t)) })

/** Since when a value is known; of several those of all, in their order. */
const sinceOf = (view: FactView, { many }: Attribute, facts: readonly PointFact[]) =>
  many ? facts.map(({ from }) => when(view, from)) : when(view, facts[0].from)

const sorted = new WeakMap<Schema, Map<Kind, readonly Attribute[]>>()

/** The attributes of a kind in order of their names. */
export function sortedOf(schema: Schema, kind: Kind): readonly Attribute[] {
  let kinds = sorted.get(schema)
  if (!kinds) sorted.set(schema, (kinds = new Map()))
  const own = schema.ofKind(kind)
  let attributes = kinds.get(kind)
  if (attributes?.length !== own.length) {
    attributes = [...own].sort((a, b) => (a.ident < b.ident ? -1 : 1))
    kinds.set(kind, attributes)
  }
  return attributes
}

/** The first moment at which an entity was ever known, before or after the view's, or null. */
function firstKnown(view: FactView, kind: Kind, ordinal: number): { t: number; instant: string } | null {
  if (ordinal < 0) return null
  let first = 0
  for (const attribute of view.schema.ofKind(kind)) {
    const t = view.firstKnown(attribute, ordinal)
    if (t !== undefined && (first === 0 || t < first)) first = t
  }
  return first === 0 ? null : when(view, first)
}

/** What is said of an entity that is not known at the view's moment. */
export function notKnown(view: FactView, kind: Kind, ordinal: number, id: string): FactError {
  const knownFrom = firstKnown(view, kind, ordinal)
  if (knownFrom === null) return new FactError('not-found', `${id} was never mentioned by any event`, { knownFrom })
  const moment = view.t === 0 ? 'in the empty store' : `as of t ${view.t} (${showInstant(view.at)})`
  const { t, instant } = knownFrom
  const words =
    t > view.t
      ? `${id} is not known ${moment}: it is known from t ${t} (${instant})`
      : `${id} is not known ${moment}: what was known since t ${t} (${instant}) was retracted`
  return new FactError('not-found', words, { knownFrom })
}
