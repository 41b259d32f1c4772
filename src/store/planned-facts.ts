import type { ByteWriter } from '../base/bytes.ts'
import type { Attribute, Kind } from '../model/schema.ts'
import { EVENTS_AHEAD, type Operands, type StatementPlan } from '../model/statement-plan.ts'
import type { T } from '../model/transaction.ts'
import type { Value } from '../model/value.ts'
import type { Indexes } from './indexes.ts'
import { compilePlan, type PlanCode } from './plan-code.ts'
import { isText, type RawValue, rawOf, writeCode, writeRaw } from './raw-value.ts'

const NONE = -1
/** Of a text that was not looked up. */
const UNKNOWN = -2
/** Of a text that is that of the event before. */
const SAME = -3

/** Where a setting takes its value from. */
const TEXT = 0
const NUMBER = 1
const CONSTANT = 2
const REFERENCE = 3

/** A setting of the plan, or the identity of an entity, with what the current event makes of it. */
interface Setting {
  readonly attribute: Attribute
  readonly from: number
  /** The operand of a text or number. */
  readonly operand: number
  readonly constant: Value | null
  readonly target: Entity | null
  readonly retracts: boolean
  /** What it is to hold; of a text without code and an entity without number -1. */
  raw: RawValue
  begins: boolean
}

interface Entity {
  readonly kind: Kind
  readonly identity: Setting
  readonly key: number
  readonly keyIsText: boolean
  /** What the statements about it set, in their order. */
  readonly settings: Setting[]
  /** Others of its kind, with which it may turn out to be the same. */
  readonly rivals: readonly Entity[]
  /** What of the current event changes about it; the first `changed`. */
  readonly changes: Setting[]
  changed: number
  ordinal: number
  /** The key that it had last, raw, and the number of that entity; -1 for none. Both are for ever. */
  lastKey: number
  lastOrdinal: number
  mentioned: boolean
}

/**
 * Turns the operands of events into facts by the plan of their contract: what `expand` and the writing of its changes do, without effects
 * and for the simple case. First `ahead` for all events that were scanned; then for each `settle`, which only reads, and `write`, which must
 * follow at once.
 */
export class PlannedFacts {
  readonly plan: StatementPlan
  readonly #indexes: Indexes
  /** Does the same for most plans. */
  readonly #made: PlanCode | null
  readonly #entities: readonly Entity[]
  /** By statement: the entity, and the targets of its references. */
  readonly #mentions: readonly { readonly entity: Entity; readonly targets: readonly Entity[] }[]
  readonly #operands: Operands
  /** Which operands of an event are texts. */
  readonly #texts: readonly number[]
  /** Codes of texts that were looked up, by operand of all events. */
  readonly #codes: Int32Array
  /** The operands that are looked up together. */
  readonly #sought: Int32Array
  /** Hashes of texts, by operand of all events. */
  readonly #hashes: Int32Array
  /** Where the operands of the current event begin. */
  #event = 0
  /** Those that it mentions, in order of first mention; the first `#count`. */
  readonly #order: Entity[]
  #count = 0

  constructor(plan: StatementPlan, operands: Operands, indexes: Indexes) {
    this.plan = plan
    this.#operands = operands
    this.#indexes = indexes
    this.#texts = [...plan.types.keys()].filter(operand => isText(plan.types[operand]))
    this.#codes = new Int32Array(plan.types.length * EVENTS_AHEAD)
    this.#sought = new Int32Array(this.#codes.length)
    this.#hashes = new Int32Array(this.#codes.length)
    this.#made = compilePlan(plan, operands, indexes, {
      code: operand => this.#code(operand),
      intern: operand => this.#intern(operand),
    })
    this.#entities = entitiesOf(plan, indexes)
    this.#order = [...this.#entities]
    this.#mentions = plan.statements.map(({ entity, set }) => ({
      entity: this.#entities[entity],
      targets: set.flatMap(({ source }) => (source.from === 'entity' ? [this.#entities[source.entity]] : [])),
    }))
  }

  /** Looks up the texts of so many events. What is not in the dictionary yet may be by the time that it is needed. */
  ahead(events: number): void {
    const { present } = this.#operands
    const { length } = this.plan.types
    const texts = this.#texts
    const codes = this.#codes
    const sought = this.#sought
    let count = 0
    for (let event = 0, first = 0; event < events; event++, first += length)
      for (let i = 0; i < texts.length; i++) {
        const operand = first + texts[i]
        if (present[operand] === 0) codes[operand] = UNKNOWN
        else if (event > 0 && this.#isAsBefore(operand, operand - length)) codes[operand] = SAME
        else sought[count++] = operand
      }
    const { view, start, end } = this.#operands
    this.#indexes.dictionary.codesIn(view, start, end, sought, count, codes, this.#hashes)
    for (let i = 0; i < count; i++) if (codes[sought[i]] === NONE) codes[sought[i]] = UNKNOWN
  }

  /** Whether two operands are the same text. */
  #isAsBefore(operand: number, before: number): boolean {
    const { view, present, start, end } = this.#operands
    const from = start[operand]
    const length = end[operand] - from
    const other = start[before]
    if (present[before] === 0 || length !== end[before] - other) return false
    let i = 0
    for (; i + 4 <= length; i += 4) if (view.getInt32(from + i, true) !== view.getInt32(other + i, true)) return false
    for (; i < length; i++) if (view.getUint8(from + i) !== view.getUint8(other + i)) return false
    return true
  }

  /** Finds out what event `event` of those that were scanned changes. False where two entities of one kind are the same, which only `expand` can net. */
  settle(event: number): boolean {
    this.#event = event * this.plan.types.length
    if (this.#made !== null) {
      this.#made.settle(this.#event)
      return true
    }
    const entities = this.#entities
    for (let i = 0; i < entities.length; i++) if (!this.#find(entities[i])) return false
    this.#count = 0
    const mentions = this.#mentions
    for (let i = 0; i < mentions.length; i++) {
      const { entity, targets } = mentions[i]
      if (!this.#present(entity)) continue
      this.#mention(entity)
      for (let j = 0; j < targets.length; j++) if (this.#present(targets[j])) this.#mention(targets[j])
    }
    for (let i = 0; i < this.#count; i++) this.#settleOne(this.#order[i])
    return true
  }

  #present(entity: Entity): boolean {
    return this.#operands.present[this.#event + entity.key] !== 0
  }

  #mention(entity: Entity): void {
    if (entity.mentioned) return
    entity.mentioned = true
    this.#order[this.#count++] = entity
  }

  #find(entity: Entity): boolean {
    const { key, kind, rivals, keyIsText } = entity
    entity.mentioned = false
    entity.ordinal = NONE
    entity.changed = 0
    if (!this.#present(entity)) return true
    const raw = keyIsText ? this.#code(this.#event + key) : this.#operands.number[this.#event + key]
    if (raw === entity.lastKey && entity.lastOrdinal !== NONE) entity.ordinal = entity.lastOrdinal
    else if (!keyIsText || raw !== NONE) {
      entity.ordinal = this.#indexes.ordinalOf(kind, raw)
      entity.lastKey = raw
      entity.lastOrdinal = entity.ordinal
    }
    for (let i = 0; i < rivals.length; i++) {
      const rival = rivals[i]
      if (this.#present(rival) && this.#sameKey(entity, rival)) return false
    }
    return true
  }

  #sameKey(a: Entity, b: Entity): boolean {
    if (a.ordinal !== NONE || b.ordinal !== NONE) return a.ordinal === b.ordinal
    const [one, other] = [this.#event + a.key, this.#event + b.key]
    if (!a.keyIsText) return this.#operands.number[one] === this.#operands.number[other]
    return this.#isAsBefore(one, other)
  }

  /** The code of a text operand, counted from those of the first event, or -1 where the dictionary has none yet. */
  #code(operand: number): number {
    const codes = this.#codes
    const known = codes[operand]
    if (known >= NONE) return known
    const { view, start, end } = this.#operands
    if (known === SAME) {
      const before = operand - this.plan.types.length
      const code = this.#code(before)
      this.#hashes[operand] = this.#hashes[before]
      if (code >= 0) return (codes[operand] = code)
    }
    return (codes[operand] = this.#indexes.dictionary.codeIn(view, start[operand], end[operand], this.#hashes[operand]))
  }

  #settleOne(entity: Entity): void {
    const { ordinal, identity, settings } = entity
    const indexes = this.#indexes
    if (ordinal === NONE || !indexes.holdsAny(identity.attribute, ordinal)) entity.changes[entity.changed++] = identity
    for (let i = 0; i < settings.length; i++) {
      const setting = settings[i]
      const { attribute } = setting
      setting.begins = this.#states(setting)
      if (setting.begins) {
        setting.raw = this.#raw(setting)
        if (attribute.restated || ordinal === NONE || !indexes.column(attribute).holdsValue(ordinal, setting.raw))
          entity.changes[entity.changed++] = setting
      } else if (setting.retracts && ordinal !== NONE && indexes.holdsAny(attribute, ordinal))
        entity.changes[entity.changed++] = setting
    }
  }

  /** Whether the event has a value for the setting. */
  #states({ from, operand, target }: Setting): boolean {
    if (from <= NUMBER) return this.#operands.present[this.#event + operand] !== 0
    return from === CONSTANT || this.#present(target!)
  }

  #raw({ attribute, from, operand, constant, target, raw }: Setting): RawValue {
    if (from === TEXT) return this.#code(this.#event + operand)
    if (from === NUMBER) return this.#operands.number[this.#event + operand]
    if (from === REFERENCE) return target!.ordinal
    // a constant text keeps its code once it has one
    return raw === NONE || typeof constant !== 'string'
      ? rawOf(attribute.type, constant!, this.#indexes.dictionary)
      : raw
  }

  /** The code of an operand of the event that is a text, given out now where it is new; -1 for operand -1 and where it is absent. */
  intern(operand: number): number {
    if (operand === NONE || this.#operands.present[this.#event + operand] === 0) return NONE
    return this.#intern(this.#event + operand)
  }

  #intern(operand: number): number {
    const known = this.#code(operand)
    if (known >= 0) return known
    const { view, start, end } = this.#operands
    const code = this.#indexes.dictionary.internIn(view, start[operand], end[operand], this.#hashes[operand])
    this.#codes[operand] = code
    return code
  }

  /** Milliseconds, or null. */
  get eventTime(): number | null {
    const { time } = this.plan
    const operand = this.#event + time
    return time === NONE || this.#operands.present[operand] === 0 ? null : this.#operands.number[operand]
  }

  /** Writes new entities and all changes to a frame, and does them to the indexes. */
  write(to: ByteWriter, personal: ByteWriter, written: { codes: number }, t: T): void {
    if (this.#made !== null) {
      this.#made.write(to, personal, written, t)
      return
    }
    const indexes = this.#indexes
    const { dictionary } = indexes
    const order = this.#order
    const count = this.#count
    let fresh = 0
    let changed = 0
    for (let i = 0; i < count; i++) {
      if (order[i].ordinal === NONE) fresh++
      if (order[i].changed > 0) changed++
    }
    to.varint(fresh)
    for (let i = 0; i < count; i++) {
      const entity = order[i]
      if (entity.ordinal !== NONE) continue
      const { kind, key } = entity
      const raw = entity.keyIsText ? this.intern(key) : this.#operands.number[this.#event + key]
      to.varint(kind.number)
      if (entity.keyIsText) this.#writeText(personal, key, raw, written)
      else writeRaw(personal, kind.keyType, raw, dictionary, written)
      entity.ordinal = indexes.addEntity(kind, raw)
    }
    to.varint(changed)
    for (let i = 0; i < count; i++) {
      const entity = order[i]
      if (entity.changed === 0) continue
      to.varint(entity.kind.number)
      to.varint(entity.ordinal)
      to.varint(entity.changed)
      for (let j = 0; j < entity.changed; j++) this.#write(entity, entity.changes[j], to, personal, written, t)
    }
  }

  #write(
    { kind, ordinal, identity }: Entity,
    setting: Setting,
    to: ByteWriter,
    personal: ByteWriter,
    written: { codes: number },
    t: T,
  ): void {
    const indexes = this.#indexes
    const { attribute, begins, from, target } = setting
    to.varint(attribute.number * 2 + (begins ? 1 : 0))
    if (setting === identity) indexes.begin(attribute, ordinal, indexes.rawKey(kind, ordinal), t)
    else if (!begins) indexes.end(attribute, ordinal, undefined, t)
    else {
      if (from === REFERENCE) {
        setting.raw = target!.ordinal
        to.varint(target!.ordinal)
      } else {
        if (setting.raw === NONE) this.#internText(setting)
        if (from === TEXT) this.#writeText(personal, setting.operand, setting.raw as number, written)
        else writeRaw(personal, attribute.type, setting.raw, indexes.dictionary, written)
      }
      indexes.begin(attribute, ordinal, setting.raw, t)
    }
  }

  /** What `writeCode` does, with the text from the event. */
  #writeText(personal: ByteWriter, operand: number, code: number, written: { codes: number }): void {
    if (code !== written.codes) {
      writeCode(personal, code, this.#indexes.dictionary, written)
      return
    }
    const { bytes, start, end } = this.#operands
    personal.varint(code + 1)
    personal.range(bytes, start[this.#event + operand], end[this.#event + operand])
    written.codes++
  }

  /** Gives a text its code where it has none; -1 may also be a number that is meant. */
  #internText(setting: Setting): void {
    const { from, operand, constant } = setting
    if (from === TEXT) setting.raw = this.intern(operand)
    else if (from === CONSTANT && typeof constant === 'string') setting.raw = this.#indexes.dictionary.intern(constant)
  }
}

function entitiesOf(plan: StatementPlan, indexes: Indexes): Entity[] {
  const entities: Entity[] = []
  for (const { kind, key } of plan.entities) {
    const identity: Setting = {
      attribute: indexes.identity(kind),
      from: CONSTANT,
      operand: NONE,
      constant: null,
      target: null,
      retracts: false,
      raw: NONE,
      begins: true,
    }
    entities.push({
      kind,
      identity,
      key,
      keyIsText: isText(plan.types[key]),
      settings: [],
      rivals: entities.filter(other => other.kind === kind),
      changes: [],
      changed: 0,
      ordinal: NONE,
      lastKey: NONE,
      lastOrdinal: NONE,
      mentioned: false,
    })
  }
  for (const { entity, set } of plan.statements)
    for (const { attribute, source, retracts } of set) {
      const operand = source.from === 'operand' ? source.operand : NONE
      const from =
        source.from === 'entity'
          ? REFERENCE
          : source.from === 'value'
            ? CONSTANT
            : isText(plan.types[operand])
              ? TEXT
              : NUMBER
      const constant = source.from === 'value' ? source.value : null
      const target = source.from === 'entity' ? entities[source.entity] : null
      entities[entity].settings.push({ attribute, from, operand, constant, target, retracts, raw: NONE, begins: true })
    }
  return entities
}
