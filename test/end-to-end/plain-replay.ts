import type { Random } from '../../src/base/random.ts'

/*
 * Random contracts, and what events under them must leave behind, computed in the most obvious way: sets of values before and after
 * each event and a plain list of intervals, by the words of the store's rules 1 to 9. Nothing here is quick, and nothing is shared
 * with the program but the text of the contract.
 */

export interface Setting {
  readonly attribute: string
  /** A field, a constant, or the fields of the key of a kind. */
  readonly field?: string
  readonly constant?: string
  readonly ref?: { readonly kind: string; readonly key: readonly string[] }
  readonly many: 'no' | 'add' | 'replace'
  readonly retracts: boolean
  readonly restated: boolean
  readonly component: boolean
}

export interface Statement {
  readonly kind: string
  readonly key: readonly string[]
  readonly ordered: boolean
  readonly set: readonly Setting[]
}

/** Fields by type; all optional, few different values, so that entities come again and values are stated again. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  string: ['s0', 's1', 's2'],
  long: ['n0', 'n1'],
  'decimal(2)': ['d0'],
  'list(string)': ['l0', 'l1'],
  'list(long)': ['m0'],
}
const STRINGS = ['x', 'y', 'zé', 'a/b', '~']
const LONGS = ['1', '-7', '9007199254740993', '-9223372036854775808']
const DECIMALS = ['1.50', '-2.55', '92233720368547758.08']
/** Kinds with the types of their key fields. */
const KINDS: Readonly<Record<string, readonly string[]>> = { k: ['string'], n: ['long'], c: ['string', 'long'] }

export interface World {
  readonly statements: readonly Statement[]
  readonly tombstones: boolean
  readonly yaml: string
}

export function randomWorld(random: Random): World {
  const chance = (of: number) => random.below(of) === 0
  const field = (type: string) => random.pick(FIELDS[type])
  const keyOf = (kind: string) => KINDS[kind].map(field)
  const plain = { many: 'no', restated: false, component: false } as const
  const retracts = () => chance(3)
  const setting = (): Setting => {
    const kind = random.pick(Object.keys(KINDS))
    switch (random.below(9)) {
      case 0:
        return { ...plain, attribute: 'text', field: field('string'), retracts: retracts() }
      case 1:
        return { ...plain, attribute: 'number', field: field('long'), retracts: retracts() }
      case 2:
        return { ...plain, attribute: 'price', field: 'd0', retracts: retracts() }
      case 3:
        return { ...plain, attribute: 'seen', field: field('string'), retracts: retracts(), restated: true }
      case 4:
        return { ...plain, attribute: 'state', constant: random.pick(['x', 'paid']), retracts: false }
      case 5:
        return { ...plain, attribute: `to-${kind}`, ref: { kind, key: keyOf(kind) }, retracts: retracts() }
      case 6:
        return {
          ...plain,
          attribute: `part-${kind}`,
          ref: { kind, key: keyOf(kind) },
          retracts: retracts(),
          component: true,
        }
      case 7: {
        const type = random.pick(['string', 'long'])
        const many = random.pick(['add', 'replace'] as const)
        return { ...plain, attribute: `${type}s`, field: field(`list(${type})`), many, retracts: retracts() }
      }
      default: {
        const [target, type] = random.pick([['k', 'list(string)'] as const, ['n', 'list(long)'] as const])
        const many = random.pick(['add', 'replace'] as const)
        return {
          ...plain,
          attribute: `all-${target}`,
          ref: { kind: target, key: [field(type)] },
          many,
          retracts: retracts(),
        }
      }
    }
  }
  const statements = Array.from({ length: 1 + random.below(4) }, (): Statement => {
    const kind = random.pick(Object.keys(KINDS))
    const set = new Map<string, Setting>()
    for (let i = random.below(6); i > 0; i--) {
      const one = setting()
      set.set(one.attribute, one)
    }
    return { kind, key: keyOf(kind), ordered: chance(3), set: [...set.values()] }
  })
  const tombstones = chance(2)
  return { statements, tombstones, yaml: yamlOf(statements, tombstones) }
}

function yamlOf(statements: readonly Statement[], tombstones: boolean): string {
  const named = (key: readonly string[]) => `[${key.join(', ')}]`
  const shown = ({ attribute, field, constant, ref, many, retracts, restated, component }: Setting) => {
    const parts = [
      ...(field ? [`field: ${field}`] : []),
      ...(constant ? [`value: ${constant}`] : []),
      ...(ref ? [`ref: ${ref.kind}, key: ${named(ref.key)}`] : []),
      ...(many === 'no' ? [] : [`many: ${many === 'add' ? 'true' : 'replace'}`]),
      ...(retracts ? ['null: retract'] : []),
      ...(restated ? ['restated: true'] : []),
      ...(component ? ['component: true'] : []),
    ]
    return `${attribute}: { ${parts.join(', ')} }`
  }
  const fields = Object.entries(FIELDS).flatMap(([type, names]) =>
    names.map(name => `  - { name: ${name}, type: ${type}, optional: true }`),
  )
  const facts = statements.map(
    ({ kind, key, ordered, set }) =>
      `  - { entity: ${kind}, key: ${named(key)},${ordered ? ' order: time,' : ''} set: { ${set.map(shown).join(', ')} } }`,
  )
  return `name: odd/event
version: "1.0"
doc: Odd.
owner: odd
format: json
topic: odd
time: at
${tombstones ? 'tombstone: retract\n' : ''}fields:
  - { name: at, type: instant, optional: true }
${fields.join('\n')}
facts:
${facts.join('\n')}
`
}

/** An event as plain code reads it: texts by field, lists of texts, or null for a tombstone. */
export interface PlainEvent {
  readonly timestamp: number
  readonly key: string | null
  readonly at: number | null
  readonly values: Readonly<Record<string, string | readonly string[]>> | null
  /** A line that is no event, or one that breaks its contract. */
  readonly noEvent: boolean
  readonly broken: boolean
}

export function randomEvent(random: Random, now: number, world: World): PlainEvent {
  const hour = 3_600_000
  const timestamp = now - random.below(60) * hour + (random.below(10) === 0 ? random.below(90) * hour : 0)
  const at = random.below(3) === 0 ? null : now - random.below(48) * hour
  const plain = { timestamp, at, key: null, values: null, noEvent: false, broken: false }
  const noEvent = random.below(40) === 0
  if (noEvent || random.below(40) === 0) return { ...plain, noEvent, broken: true }
  if (random.below(8) === 0) {
    const [first] = world.statements
    const keys = { k: STRINGS, n: LONGS, c: ['x/1', 'y/-7', 'a~1b/1', '~0/1'] }[first.kind]!
    return { ...plain, key: random.pick([...keys, 'nobody']) }
  }
  const values: Record<string, string | string[]> = {}
  const of = (type: string) => random.pick(type.includes('string') ? STRINGS : type.includes('long') ? LONGS : DECIMALS)
  for (const [type, names] of Object.entries(FIELDS))
    for (const name of names) {
      if (random.below(4) === 0) continue
      values[name] = type.startsWith('list') ? Array.from({ length: random.below(4) }, () => of(type)) : of(type)
    }
  return { ...plain, values }
}

/** The line of an event file. */
export function lineOf({ timestamp, at, key, values, noEvent, broken }: PlainEvent, random: Random): string {
  if (noEvent) return random.pick(['{', 'nonsense', '{"topic":"odd"}'])
  if (broken)
    return `{"topic":"odd","timestamp":${timestamp},"value":${random.pick(['{"s0":7}', '[]', '{"stranger":1}'])}}`
  const head = `"topic":"odd","timestamp":${timestamp}${key === null ? '' : `,"key":${JSON.stringify(key)}`}`
  if (values === null) return `{${head},"value":null}`
  const typeOf = (name: string) => Object.keys(FIELDS).find(type => FIELDS[type].includes(name))!
  const json = (name: string, value: string) => (typeOf(name).includes('string') ? JSON.stringify(value) : value)
  const members = Object.entries(values).map(
    ([name, value]) =>
      `"${name}":${Array.isArray(value) ? `[${value.map(one => json(name, one))}]` : json(name, value as string)}`,
  )
  if (at !== null) members.push(`"at":${at}`)
  return `{${head},"value":{${members.join(',')}}}`
}

/** A line, and when it could have been known. */
export interface Known {
  readonly known: number
  readonly name: string
  readonly file: number
  readonly line: number
  readonly event: PlainEvent
}

interface Fact {
  readonly entity: string
  readonly attribute: string
  readonly value: string
  readonly from: number
  /** Event time of the event that stated it. */
  readonly time: number
  to: number
}

/** What holds after events, in plain lists. */
export class PlainReplay {
  readonly world: World
  readonly facts: Fact[] = []
  /** By t - 1. */
  readonly instants: number[] = []
  frontier = 0
  refused = 0
  late = 0
  heldBack = 0
  superseded = 0
  readonly #known = new Map<string, number>()

  constructor(world: World) {
    this.world = world
  }

  get t(): number {
    return this.instants.length
  }

  copy(): PlainReplay {
    const copy = new PlainReplay(this.world)
    copy.facts.push(...this.facts.map(fact => ({ ...fact })))
    copy.instants.push(...this.instants)
    for (const [file, known] of this.#known) copy.#known.set(file, known)
    const { frontier, refused, late, heldBack, superseded } = this
    return Object.assign(copy, { frontier, refused, late, heldBack, superseded })
  }

  /** New lines of files, merged: by when each could have been known (rule 1), then by file, then by line (rule 3). */
  merged(files: ReadonlyMap<string, readonly PlainEvent[]>, now: number): Known[] {
    const all: Known[] = []
    let file = 0
    for (const [name, events] of files) {
      let known = this.#known.get(name) ?? 0
      for (const [line, event] of events.entries()) {
        // a line that is no event has no time of its own; one that only breaks its contract has
        if (!event.noEvent) known = Math.max(known, Math.min(event.timestamp, now))
        all.push({ known, name, file, line, event })
      }
      file++
    }
    return all.sort((a, b) => a.known - b.known || a.file - b.file || a.line - b.line)
  }

  /** Applies lines in the order in which they were merged. */
  load(lines: readonly Known[]): void {
    for (const { known, name, event } of lines) {
      this.#known.set(name, known)
      if (known - (event.noEvent ? known : event.timestamp) > 86_400_000) this.heldBack++
      const instant = Math.max(this.frontier, known)
      if (!this.#apply(event)) this.refused++
      else {
        this.instants.push(instant)
        if (instant > known) this.late++
        this.frontier = instant
      }
    }
  }

  /** Applies one event, or gives false where it is refused. Its transaction is the next. */
  #apply({ values, key, timestamp, at, broken }: PlainEvent): boolean {
    if (broken) return false
    const t = this.t + 1
    if (values === null) return this.#tombstone(key, t)
    const time = at ?? timestamp
    const held = (slot: string) =>
      this.facts.filter(fact => fact.to === 0 && `${fact.entity} ${fact.attribute}` === slot)
    const keep = new Map<string, Set<string>>()
    const kept = (slot: string) => {
      if (!keep.has(slot)) keep.set(slot, new Set(held(slot).map(({ value }) => value)))
      return keep.get(slot)!
    }
    const stated = new Map<string, Set<string>>()
    const tooLate = new Map<string, Set<string>>()
    const add = (to: Map<string, Set<string>>, slot: string, value: string) =>
      to.set(slot, (to.get(slot) ?? new Set()).add(value))
    const ones = new Set<string>()
    const again = new Set<string>()
    let superseded = 0
    const mention = (id: string) => add(stated, `${id} :${kindOf(id)}/id`, id.slice(id.indexOf(':') + 1))

    for (const { kind, key: fields, ordered, set } of this.world.statements) {
      const entity = entityOf(kind, fields, values)
      if (entity === null) continue
      mention(entity)
      for (const setting of set) {
        const slot = `${entity} :${kind}/${setting.attribute}`
        const late = ordered && held(slot).some(fact => time < fact.time)
        const found = valuesOf(setting, values)
        if (found === null) {
          if (!setting.retracts) continue
          if (late) superseded++
          else kept(slot).clear()
          continue
        }
        if (setting.ref) for (const id of found) mention(id)
        if (setting.many === 'no') {
          ones.add(slot)
          if (setting.restated) again.add(slot)
          add(late ? tooLate : stated, slot, found[0])
        } else if (setting.many === 'replace' && late) superseded++
        else {
          if (setting.many === 'replace') kept(slot).clear()
          kept(slot)
          for (const value of found) add(stated, slot, value)
        }
      }
    }
    for (const slot of ones)
      if (new Set([...(stated.get(slot) ?? []), ...(tooLate.get(slot) ?? [])]).size > 1) return false
    for (const [slot, values] of tooLate)
      for (const value of values) if (again.has(slot) || !held(slot).some(fact => fact.value === value)) superseded++
    this.superseded += superseded

    for (const slot of new Set([...keep.keys(), ...stated.keys()])) {
      const now = stated.get(slot) ?? new Set()
      const result = new Set(ones.has(slot) && now.size > 0 ? now : [...kept(slot), ...now])
      for (const fact of held(slot))
        if (!result.has(fact.value) || (again.has(slot) && now.has(fact.value))) fact.to = t
        else result.delete(fact.value)
      const [entity, attribute] = splitSlot(slot)
      for (const value of result) this.facts.push({ entity, attribute, value, from: t, time, to: 0 })
    }
    return true
  }

  #tombstone(key: string | null, t: number): boolean {
    const [{ kind }] = this.world.statements
    if (!this.world.tombstones || key === null || (kind === 'n' && !/^-?\d+$/.test(key))) return false
    const gone = new Set([`${kind}:${key}`])
    for (const id of gone)
      for (const { entity, attribute, value, to } of this.facts)
        if (to === 0 && entity === id && /\/part-/.test(attribute)) gone.add(value)
    for (const fact of this.facts)
      if (fact.to === 0 && (gone.has(fact.entity) || (/\/(part|to|all)-/.test(fact.attribute) && gone.has(fact.value))))
        fact.to = t
    return true
  }

  /** All intervals as of `t`. */
  intervals(t: number): string[] {
    return this.facts
      .filter(({ from }) => from <= t)
      .map(({ entity, attribute, value, from, to }) => `${entity} ${attribute} ${value} ${from} ${to > t ? 0 : to}`)
      .sort()
  }
}

const kindOf = (id: string): string => id.slice(0, id.indexOf(':'))
const splitSlot = (slot: string): [string, string] => [
  slot.slice(0, slot.indexOf(' :')),
  slot.slice(slot.indexOf(' :') + 1),
]

function entityOf(kind: string, fields: readonly string[], values: Readonly<Record<string, unknown>>): string | null {
  const parts = fields.map(name => values[name] as string | undefined)
  if (parts.some(part => part === undefined)) return null
  const escaped = parts.length === 1 ? parts : parts.map(part => part!.replaceAll('~', '~0').replaceAll('/', '~1'))
  return `${kind}:${escaped.join('/')}`
}

/** What a setting states; null where it states nothing. */
function valuesOf(setting: Setting, values: Readonly<Record<string, string | readonly string[]>>): string[] | null {
  const { field, constant, ref, many } = setting
  if (constant !== undefined) return [constant]
  if (field !== undefined) {
    const value = values[field]
    return value === undefined ? null : typeof value === 'string' ? [value] : [...value]
  }
  if (many === 'no') {
    const target = entityOf(ref!.kind, ref!.key, values)
    return target === null ? null : [target]
  }
  const list = values[ref!.key[0]] as readonly string[] | undefined
  return list === undefined ? null : list.map(key => `${ref!.kind}:${key}`)
}
