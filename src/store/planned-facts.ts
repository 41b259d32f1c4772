import type { ByteWriter } from '../base/bytes.ts'
import type { Attribute, Kind } from '../model/schema.ts'
import type { Operands, StatementPlan } from '../model/statement-plan.ts'
import type { T } from '../model/transaction.ts'
import type { Value } from '../model/value.ts'
import type { Indexes } from './indexes.ts'
import { compilePlan, type PlanCode } from './plan-code.ts'
import { isText, type RawValue, rawOf, writeCode, writeRaw } from './raw-value.ts'

const NONE = -1
const UNKNOWN = -2

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
 * Turns the operands of an event into facts by the plan of its contract: what `expand` and the writing of its changes do, without effects
 * and for the simple case. First `settle`, which only reads; then `write`, which must follow at once.
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
  /** Codes of texts that were looked up for the current event. */
  readonly #codes: Int32Array
  /** The same of the last events that had such a text. */
  readonly #lastCodes: Int32Array
  /** Those that it mentions, in order of first mention; the first `#count`. */
  readonly #order: Entity[]
  #count = 0

  constructor(plan: StatementPlan, operands: Operands, indexes: Indexes) {
    this.plan = plan
    this.#operands = operands
    this.#indexes = indexes
    this.#codes = new Int32Array(plan.types.length)
    this.#lastCodes = new Int32Array(plan.types.length).fill(NONE)
    this.#made = compilePlan(plan, operands, indexes, {
      code: operand => this.#code(operand),
      intern: operand => this.intern(operand),
    })
    this.#entities = entitiesOf(plan, indexes)
    this.#order = [...this.#entities]
    this.#mentions = plan.statements.map(({ entity, set }) => ({
      entity: this.#entities[entity],
      targets: set.flatMap(({ source }) => (source.from === 'entity' ? [this.#entities[source.entity]] : [])),
    }))
  }

  /** Finds out what the event changes. False where two entities of one kind are the same, which only `expand` can net. */
  settle(): boolean {
    const codes = this.#codes
    for (let i = 0; i < codes.length; i++) codes[i] = UNKNOWN
    if (this.#made !== null) {
      this.#made.settle()
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
    return this.#operands.present[entity.key] !== 0
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
    const raw = keyIsText ? this.#code(key) : this.#operands.number[key]
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
    const { bytes, start, end, number } = this.#operands
    if (!a.keyIsText) return number[a.key] === number[b.key]
    const length = end[a.key] - start[a.key]
    if (length !== end[b.key] - start[b.key]) return false
    for (let i = 0; i < length; i++) if (bytes[start[a.key] + i] !== bytes[start[b.key] + i]) return false
    return true
  }

  /** The code of a text operand, or -1 where the dictionary has none yet. */
  #code(operand: number): number {
    const known = this.#codes[operand]
    if (known !== UNKNOWN) return known
    const { view, start, end } = this.#operands
    const { dictionary } = this.#indexes
    // many a value is that of the event before
    const last = this.#lastCodes[operand]
    const same = last !== NONE && dictionary.isText(last, view, start[operand], end[operand])
    const code = same ? last : dictionary.codeIn(view, start[operand], end[operand])
    this.#codes[operand] = code
    this.#lastCodes[operand] = code
    return code
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
    if (from <= NUMBER) return this.#operands.present[operand] !== 0
    return from === CONSTANT || this.#present(target!)
  }

  #raw({ attribute, from, operand, constant, target, raw }: Setting): RawValue {
    if (from === TEXT) return this.#code(operand)
    if (from === NUMBER) return this.#operands.number[operand]
    if (from === REFERENCE) return target!.ordinal
    // a constant text keeps its code once it has one
    return raw === NONE || typeof constant !== 'string'
      ? rawOf(attribute.type, constant!, this.#indexes.dictionary)
      : raw
  }

  /** The code of an operand that is a text, given out now where it is new; -1 for operand -1 and where it is absent. */
  intern(operand: number): number {
    const { view, present, start, end } = this.#operands
    if (operand === NONE || present[operand] === 0) return NONE
    const known = this.#code(operand)
    if (known >= 0) return known
    const code = this.#indexes.dictionary.internIn(view, start[operand], end[operand])
    this.#codes[operand] = code
    this.#lastCodes[operand] = code
    return code
  }

  /** Milliseconds, or null. */
  get eventTime(): number | null {
    const { time } = this.plan
    return time === NONE || this.#operands.present[time] === 0 ? null : this.#operands.number[time]
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
      const raw = entity.keyIsText ? this.intern(key) : this.#operands.number[key]
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
    personal.range(bytes, start[operand], end[operand])
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
