import type { Effect, EntityKey } from './effect.ts'
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
  /** -1 for an entity that has no number yet. */
  readonly ordinal: number
  readonly changes: Change[]
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

interface Wish {
  readonly attribute: Attribute
  /** Undefined: whatever holds. */
  readonly value: Value | Draft | undefined
  readonly begins: boolean
}

interface Draft extends ExpandedEntity {
  readonly wishes: Wish[]
  mentioned: boolean
  retracted: boolean
}

const isKey = (value: Value | EntityKey): value is EntityKey => typeof value === 'object' && 'kind' in value

const sameKey = (a: Value, b: Value): boolean =>
  a === b || (typeof a === 'object' && typeof b === 'object' && compareValues(a, b) === 0)

const sameValue = (a: Value | Draft, b: Value | Draft): boolean =>
  a === b ||
  (typeof a === 'object' && typeof b === 'object' && !('wishes' in a) && !('wishes' in b) && compareValues(a, b) === 0)

/**
 * Nets the effects of one event against the state before it (store rules 7 and 8): one outcome for each (entity, attribute),
 * for each (entity, attribute, value) where many. Pure: nothing is numbered or written here.
 * Entities come in order of first mention; one that changes in nothing has no changes.
 */
export function expand(effects: readonly Effect[], state: StateBefore): ExpandedEntity[] | Conflict {
  const drafts: Draft[] = []
  const draft = (entity: EntityKey): Draft => {
    for (const known of drafts) if (known.kind === entity.kind && sameKey(known.key, entity.key)) return known
    const { kind, key } = entity
    const fresh = {
      kind,
      key,
      ordinal: state.ordinal(kind, key),
      changes: [],
      wishes: [],
      mentioned: false,
      retracted: false,
    }
    drafts.push(fresh)
    return fresh
  }
  /** A statement about a reference also states the identity of its target. */
  const point = (value: Value | EntityKey, mention: boolean): Value | Draft => {
    if (!isKey(value)) return value
    const target = draft(value)
    if (mention) target.mentioned = true
    return target
  }

  for (const effect of effects) {
    const entity = draft(effect.entity)
    switch (effect.op) {
      case 'mention':
        entity.mentioned = true
        break
      case 'assert': {
        const { attribute } = effect
        entity.mentioned = true
        const value = point(effect.value, true)
        if (!attribute.many) {
          for (const wish of entity.wishes)
            if (wish.attribute === attribute && wish.begins && !sameValue(wish.value!, value))
              return { attribute, entity: effect.entity }
        }
        entity.wishes.push({ attribute, value, begins: true })
        break
      }
      case 'retract':
        entity.wishes.push({
          attribute: effect.attribute,
          value: effect.value === undefined ? undefined : point(effect.value, false),
          begins: false,
        })
        break
      case 'replace': {
        entity.mentioned = true
        entity.wishes.push({ attribute: effect.attribute, value: undefined, begins: false })
        for (const value of effect.values)
          entity.wishes.push({ attribute: effect.attribute, value: point(value, true), begins: true })
        break
      }
      case 'retractEntity':
        entity.retracted = true
    }
  }

  for (let i = 0; i < drafts.length; i++) if (drafts[i].retracted) wishEntityGone(drafts[i], state, draft)
  for (let i = 0; i < drafts.length; i++) settle(drafts[i], state, draft)
  return drafts
}

/** Wishes the end of every fact of the entity and of every reference to it; what the event states beside that still holds. */
function wishEntityGone(entity: Draft, state: StateBefore, draft: (entity: EntityKey) => Draft): void {
  if (entity.ordinal < 0) return
  for (const attribute of state.attributes(entity.kind))
    entity.wishes.push({ attribute, value: undefined, begins: false })
  for (const reference of state.referencesTo(entity.kind, entity.ordinal))
    draft(reference.entity).wishes.push({ attribute: reference.attribute, value: entity, begins: false })
}

const isDraft = (value: Value | Draft): value is Draft => typeof value === 'object' && 'wishes' in value

/** Turns the wishes of one entity into its changes: what holds already does not begin, what does not hold cannot end. */
function settle(entity: Draft, state: StateBefore, draft: (entity: EntityKey) => Draft): void {
  const { ordinal, changes, wishes } = entity
  const holds = (attribute: Attribute, value: Value | Draft) => {
    if (ordinal < 0) return false
    if (!isDraft(value)) return state.holds(attribute, ordinal, value)
    return value.ordinal >= 0 && state.refers(attribute, ordinal, value.ordinal)
  }
  const wished = (attribute: Attribute, value: Value | Draft | undefined, before: number) => {
    for (let i = 0; i < before; i++) {
      const wish = wishes[i]
      if (wish.attribute === attribute && wish.begins && (value === undefined || sameValue(wish.value!, value)))
        return true
    }
    return false
  }
  const identity = state.identity(entity.kind)
  if (entity.mentioned && (ordinal < 0 || !state.holdsAny(identity, ordinal)))
    changes.push({ attribute: identity, begins: true, value: entity.key })

  for (let i = 0; i < wishes.length; i++) {
    const { attribute, value, begins } = wishes[i]
    if (begins) {
      if ((attribute.restated || !holds(attribute, value!)) && !wished(attribute, value, i))
        changes.push({ attribute, begins, value })
      continue
    }
    if (ordinal < 0 || (attribute === identity && entity.mentioned)) continue
    if (!attribute.many) {
      const ends = value === undefined ? state.holdsAny(attribute, ordinal) : holds(attribute, value)
      if (ends && !wished(attribute, undefined, wishes.length) && !ended(changes, attribute, undefined))
        changes.push({ attribute, begins, value: undefined })
      continue
    }
    const targets =
      value === undefined ? state.current(attribute, ordinal).map(v => (isKey(v) ? draft(v) : v)) : [value]
    for (const target of targets)
      if (holds(attribute, target) && !wished(attribute, target, wishes.length) && !ended(changes, attribute, target))
        changes.push({ attribute, begins, value: target })
  }
}

const ended = (changes: readonly Change[], attribute: Attribute, value: Value | Draft | undefined): boolean =>
  changes.some(
    change =>
      change.attribute === attribute &&
      !change.begins &&
      (value === undefined || change.value === undefined || sameValue(change.value as Value | Draft, value)),
  )
