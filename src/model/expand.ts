import type { Effect, EntityKey } from './effect.ts'
import { entityNumber } from './entity-id.ts'
import type { Attribute, Kind } from './schema.ts'
import { compareValues, type Value } from './value.ts'

/** What expansion asks of the state before the event. An ordinal of -1 is an entity that nobody mentioned yet. */
export interface StateBefore {
  ordinal(kind: Kind, key: Value): number
  /** Whether the attribute (of either cardinality) holds exactly this value now. */
  holds(attribute: Attribute, ordinal: number, value: Value): boolean
  /** Whether the reference (of either cardinality) points at the target's ordinal now. */
  refers(attribute: Attribute, ordinal: number, target: number): boolean
  /** Whether the attribute holds any value now. */
  holdsAny(attribute: Attribute, ordinal: number): boolean
  /** All values that hold now; a reference as the key of its target. */
  current(attribute: Attribute, ordinal: number): readonly (Value | EntityKey)[]
  /** The latest event time of the events that stated what the attribute holds now, milliseconds; undefined where it holds nothing. */
  statedAt(attribute: Attribute, ordinal: number): number | undefined
  /** The latest timestamp of the records that stated it. */
  recordedAt(attribute: Attribute, ordinal: number): number | undefined
  identity(kind: Kind): Attribute
  /** Of one kind, identity included. */
  attributes(kind: Kind): readonly Attribute[]
  /** Every reference to that entity that holds now, with the entity that holds it. */
  referencesTo(kind: Kind, ordinal: number): readonly { readonly attribute: Attribute; readonly entity: EntityKey }[]
}

/** An entity that one event touches, with what changes about it. */
export interface ExpandedEntity {
  readonly kind: Kind
  readonly key: Value
  /** -1 for an entity that has no number yet; who numbers it says so here. */
  ordinal: number
  readonly changes: Change[]
  /** How many statements about it came too late to replace what holds (store rule 9). */
  superseded: number
}

/** One fact that begins, or ends. For cardinality one, a fact that begins ends the one before it. */
export interface Change {
  readonly attribute: Attribute
  readonly begins: boolean
  /** The value; undefined where a fact of cardinality one ends. A reference is the entity that it points at. */
  readonly value: Value | ExpandedEntity | undefined
}

/** Two values for one attribute of cardinality one, in one event. */
export interface Conflict {
  readonly attribute: Attribute
  readonly entity: EntityKey
}

type Statement = Extract<Effect, { readonly attribute: Attribute }>

interface Wish {
  readonly attribute: Attribute
  /** Undefined: whatever holds. */
  readonly value: Value | Draft | undefined
  readonly begins: boolean
  /** It comes too late to replace what holds. */
  readonly late: boolean
}

interface Draft extends ExpandedEntity {
  readonly wishes: Wish[]
  mentioned: boolean
  retracted: boolean
  /** The end of all its facts was wished. */
  gone: boolean
}

const sameKey = (a: Value, b: Value): boolean =>
  a === b || (typeof a === 'object' && typeof b === 'object' && compareValues(a, b) === 0)

/** Of one attribute. There is one draft for each entity, so references are equal where they are the same. */
const sameValue = (attribute: Attribute, a: Value | Draft, b: Value | Draft): boolean =>
  a === b || (attribute.type.base !== 'ref' && sameKey(a as Value, b as Value))

/**
 * Nets the effects of one event against the state before it (store rules 7 and 8): one outcome for each (entity, attribute),
 * for each (entity, attribute, value) where many. Pure: nothing is numbered or written here.
 * Entities come in order of first mention; one that changes in nothing has no changes. `eventTime` (milliseconds) is what
 * ordered effects are judged by. `replayed` is the timestamp of a record that comes again after others: it replaces and ends
 * nothing that one of a later timestamp stated (store rule 9).
 */
export function expand(
  effects: readonly Effect[],
  state: StateBefore,
  eventTime: number = Number.NaN,
  replayed: number = Number.NaN,
): ExpandedEntity[] | Conflict {
  const drafts = new Drafts()
  const outdated = (attribute: Attribute, ordinal: number): boolean =>
    replayed < (state.recordedAt(attribute, ordinal) ?? Number.NaN)
  const isLate = ({ attribute, ordered }: Statement, { ordinal }: Draft): boolean =>
    ordinal >= 0 &&
    ((ordered === true && eventTime < (state.statedAt(attribute, ordinal) ?? Number.NaN)) ||
      (!Number.isNaN(replayed) && outdated(attribute, ordinal)))
  for (const effect of effects) {
    const entity = drafts.of(effect.entity, state)
    switch (effect.op) {
      case 'mention':
        entity.mentioned = true
        break
      case 'assert': {
        const { attribute } = effect
        entity.mentioned = true
        const value = drafted(drafts, attribute, effect.value, true, state)
        if (!attribute.many) {
          for (const wish of entity.wishes)
            if (wish.attribute === attribute && wish.begins && !sameValue(attribute, wish.value!, value))
              return { attribute, entity: effect.entity }
        }
        entity.wishes.push({ attribute, value, begins: true, late: !attribute.many && isLate(effect, entity) })
        break
      }
      case 'retract': {
        const { attribute, value } = effect
        if (isLate(effect, entity)) {
          entity.superseded++
          break
        }
        const ends = value === undefined ? undefined : drafted(drafts, attribute, value, false, state)
        entity.wishes.push({ attribute, value: ends, begins: false, late: false })
        break
      }
      case 'replace': {
        const { attribute, values } = effect
        entity.mentioned = true
        const targets = values.map(value => drafted(drafts, attribute, value, true, state))
        if (isLate(effect, entity)) {
          entity.superseded++
          break
        }
        entity.wishes.push({ attribute, value: undefined, begins: false, late: false })
        for (const value of targets) entity.wishes.push({ attribute, value, begins: true, late: false })
        break
      }
      case 'retractEntity':
        if (!Number.isNaN(replayed) && entity.ordinal >= 0) {
          const facts = state.attributes(entity.kind).filter(attribute => outdated(attribute, entity.ordinal))
          entity.superseded += facts.length
          if (facts.length > 0) break
        }
        entity.retracted = true
    }
  }

  // both may find more entities, and so make more drafts
  const { all } = drafts
  for (let i = 0; i < all.length; i++) if (all[i].retracted && !all[i].gone) wishEntityGone(drafts, all[i], state)
  for (let i = 0; i < all.length; i++) settle(drafts, all[i], state)
  return all
}

/** Entities of one event up to which looking at each of them is quickest. */
const FEW = 16

/** What one event says, by entity, in order of first mention. */
class Drafts {
  readonly all: Draft[] = []
  /** Entities that have a number, and new ones with a plain key; made where there are many. */
  #known: Map<number | string, Draft> | undefined

  /** The draft of an entity, made where it is the first that one hears of it. */
  of({ kind, key }: EntityKey, state: StateBefore): Draft {
    if (this.all.length <= FEW) {
      for (const known of this.all) if (known.kind === kind && sameKey(known.key, key)) return known
      return this.#add(kind, key, state.ordinal(kind, key))
    }
    this.#known ??= new Map(this.all.flatMap(draft => pairOf(draft)))
    const ordinal = state.ordinal(kind, key)
    const id = idOf(kind, key, ordinal)
    const known =
      id === undefined ? this.all.find(draft => draft.kind === kind && sameKey(draft.key, key)) : this.#known.get(id)
    return known ?? this.#add(kind, key, ordinal)
  }

  #add(kind: Kind, key: Value, ordinal: number): Draft {
    const fresh: Draft = {
      kind,
      key,
      ordinal,
      changes: [],
      wishes: [],
      superseded: 0,
      mentioned: false,
      retracted: false,
      gone: false,
    }
    this.all.push(fresh)
    const id = this.#known && idOf(kind, key, ordinal)
    if (id !== undefined) this.#known?.set(id, fresh)
    return fresh
  }
}

/** What tells an entity from all others; undefined for a new one whose key is neither text nor whole number. */
function idOf(kind: Kind, key: Value, ordinal: number): number | string | undefined {
  if (ordinal >= 0) return entityNumber(kind.number, ordinal)
  return typeof key === 'string' || typeof key === 'bigint' ? `${kind.number} ${key}` : undefined
}

function pairOf(draft: Draft): [number | string, Draft][] {
  const id = idOf(draft.kind, draft.key, draft.ordinal)
  return id === undefined ? [] : [[id, draft]]
}

/** A reference becomes the draft of its target; to state one also states the identity of its target. */
function drafted(
  drafts: Drafts,
  attribute: Attribute,
  value: Value | EntityKey,
  states: boolean,
  state: StateBefore,
): Value | Draft {
  if (attribute.type.base !== 'ref') return value as Value
  const target = drafts.of(value as EntityKey, state)
  if (states) target.mentioned = true
  return target
}

/** Wishes the end of every fact of the entity, of every reference to it and of its components; what the event states beside that still holds. */
function wishEntityGone(drafts: Drafts, entity: Draft, state: StateBefore): void {
  entity.gone = true
  if (entity.ordinal < 0) return
  for (const attribute of state.attributes(entity.kind)) {
    entity.wishes.push({ attribute, value: undefined, begins: false, late: false })
    if (attribute.component)
      for (const part of state.current(attribute, entity.ordinal)) {
        const component = drafted(drafts, attribute, part, false, state) as Draft
        if (!component.gone) wishEntityGone(drafts, component, state)
      }
  }
  for (const reference of state.referencesTo(entity.kind, entity.ordinal))
    drafts.of(reference.entity, state).wishes.push({
      attribute: reference.attribute,
      value: entity,
      begins: false,
      late: false,
    })
}

/** Turns the wishes of one entity into its changes: what holds already does not begin, what does not hold cannot end. */
function settle(drafts: Drafts, entity: Draft, state: StateBefore): void {
  const { ordinal, changes, wishes } = entity
  const identity = state.identity(entity.kind)
  if (entity.mentioned && (ordinal < 0 || !state.holdsAny(identity, ordinal)))
    changes.push({ attribute: identity, begins: true, value: entity.key })

  for (let i = 0; i < wishes.length; i++) {
    const { attribute, value, begins, late } = wishes[i]
    if (begins) {
      if (
        (attribute.restated || !holds(entity, attribute, value!, state)) &&
        !wished(wishes, attribute, value, i, late)
      ) {
        if (late) entity.superseded++
        else changes.push({ attribute, begins, value })
      }
      continue
    }
    if (ordinal < 0 || (attribute === identity && entity.mentioned)) continue
    if (!attribute.many) {
      const ends = value === undefined ? state.holdsAny(attribute, ordinal) : holds(entity, attribute, value, state)
      if (ends && !wished(wishes, attribute, undefined, wishes.length) && !ended(changes, attribute, undefined))
        changes.push({ attribute, begins, value: undefined })
      continue
    }
    const targets =
      value === undefined
        ? state.current(attribute, ordinal).map(held => drafted(drafts, attribute, held, false, state))
        : [value]
    for (const target of targets)
      if (
        holds(entity, attribute, target, state) &&
        !wished(wishes, attribute, target, wishes.length) &&
        !ended(changes, attribute, target)
      )
        changes.push({ attribute, begins, value: target })
  }
}

/** Whether the entity has this value before the event. */
function holds(entity: Draft, attribute: Attribute, value: Value | Draft, state: StateBefore): boolean {
  if (entity.ordinal < 0) return false
  if (attribute.type.base !== 'ref') return state.holds(attribute, entity.ordinal, value as Value)
  const target = (value as Draft).ordinal
  return target >= 0 && state.refers(attribute, entity.ordinal, target)
}

/** Whether one of the first `before` wishes states this value, or any where it is undefined; of those that come too late, or of the others. */
function wished(
  wishes: readonly Wish[],
  attribute: Attribute,
  value: Value | Draft | undefined,
  before: number,
  late = false,
): boolean {
  for (let i = 0; i < before; i++) {
    const wish = wishes[i]
    if (
      wish.attribute === attribute &&
      wish.begins &&
      wish.late === late &&
      (value === undefined || sameValue(attribute, wish.value!, value))
    )
      return true
  }
  return false
}

/** Whether a change ends this value already, or any where it is undefined. */
function ended(changes: readonly Change[], attribute: Attribute, value: Value | Draft | undefined): boolean {
  for (const change of changes) {
    if (change.attribute !== attribute || change.begins) continue
    if (value === undefined || change.value === undefined) return true
    if (sameValue(attribute, change.value as Value | Draft, value)) return true
  }
  return false
}
