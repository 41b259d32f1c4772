import { FactError } from '../base/error.ts'
import { hint, nearest } from '../base/nearest.ts'
import { TX_KIND } from './entity-id.ts'
import { INSTANT, LONG, STRING, showType, type ValueType } from './type.ts'

/** A kind of entity, such as customer. Its number is the upper half of its entities' numbers. */
export interface Kind {
  readonly number: number
  readonly name: string
  /** Of `:<name>/id`. */
  readonly keyType: ValueType
}

/** What facts of one attribute have in common, for its whole life. */
export interface Attribute {
  /** Dense, from 0, in order of definition; the attributes of transactions come first. */
  readonly number: number
  /** `:customer/country` */
  readonly ident: string
  readonly kind: Kind
  readonly type: ValueType
  readonly many: boolean
  /** The attribute is the identity of its kind: `:customer/id`. */
  readonly identity: boolean
  readonly index: boolean
  readonly component: boolean
  readonly restated: boolean
  readonly doc: string
}

/** What contracts say of an attribute before the schema has numbered it. */
export interface AttributeSpec {
  readonly ident: string
  readonly kind: string
  readonly type: ValueType
  readonly many: boolean
  readonly identity: boolean
  readonly index: boolean
  readonly component: boolean
  readonly restated: boolean
  readonly doc: string
}

const transaction: Kind = { number: TX_KIND, name: 'tx', keyType: LONG }

const TX_ATTRIBUTES: readonly (readonly [string, ValueType, string])[] = [
  ['t', LONG, 'The number of the transaction.'],
  ['instant', INSTANT, 'When the world could first have known.'],
  ['recordTime', INSTANT, "The record's own timestamp."],
  ['eventTime', INSTANT, "The event's own time, where its contract names a field for it."],
  ['eventId', STRING, "The event's id, where its contract names a field for it."],
  ['contract', STRING, 'Name and version of the contract that judged the event.'],
  ['fingerprint', STRING, 'Digest of that contract.'],
  ['source', STRING, 'Kind of source: file or kafka.'],
  ['topic', STRING, 'The topic of the event.'],
  ['partition', LONG, 'Of a Kafka topic.'],
  ['offset', LONG, 'In that partition.'],
  ['key', STRING, 'The key of the record.'],
  ['file', STRING, 'The name of the file.'],
  ['line', LONG, 'In that file, from 1.'],
]

/** Kinds and attributes by name and by number. It only grows, and what is there never changes. */
export class Schema {
  readonly #kinds: Kind[] = []
  readonly #kindByName = new Map<string, Kind>()
  readonly #attributes: Attribute[] = []
  readonly #byIdent = new Map<string, Attribute>()
  readonly #ofKind: Attribute[][] = []
  /** By number of the kind. */
  readonly #identities: Attribute[] = []

  constructor() {
    this.#addKind(transaction)
    for (const [name, type, doc] of TX_ATTRIBUTES) {
      const plain = { many: false, index: false, component: false, restated: false }
      this.#addAttribute({
        ...plain,
        number: this.#attributes.length,
        ident: `:tx/${name}`,
        kind: transaction,
        type,
        identity: name === 't',
        doc,
      })
    }
    this.#byIdent.set(':db/txInstant', this.attribute(':tx/instant'))
  }

  get kinds(): readonly Kind[] {
    return this.#kinds
  }

  /** In order of number; those of transactions first. */
  get attributes(): readonly Attribute[] {
    return this.#attributes
  }

  kindNamed(name: string): Kind | undefined {
    return this.#kindByName.get(name)
  }

  /** Throws `not-found` with the nearest names. */
  kind(name: string): Kind {
    const kind = this.#kindByName.get(name)
    if (kind) return kind
    const near = nearest(name, this.#kindByName.keys())
    throw new FactError('not-found', `no contract knows the entity kind ${name}.${hint(near)}`, {
      nearest: near,
      knownFrom: null,
    })
  }

  find(ident: string): Attribute | undefined {
    return this.#byIdent.get(ident)
  }

  /** Throws `unknown-attribute` with the nearest names. */
  attribute(ident: string): Attribute {
    const attribute = this.#byIdent.get(ident)
    if (attribute) return attribute
    throw this.unknown(ident)
  }

  /** What is said of an attribute that nothing states: with the nearest names, or how to see all of them. */
  unknown(ident: string): FactError {
    const near = this.nearest(ident)
    const words = near.length > 0 ? `.${hint(near)}` : '; [:find ?a :where [$schema ?a]] lists what they state'
    return new FactError('unknown-attribute', `no contract states ${ident}${words}`, { nearest: near })
  }

  /** Names that were perhaps meant: spelt nearly so, otherwise those that say the same of another kind. */
  nearest(ident: string): string[] {
    const near = nearest(ident, this.#byIdent.keys())
    if (near.length > 0) return near
    const name = (of: string): string => of.replace(/^:(?:.*\/)?/, '')
    const names = nearest(name(ident), new Set(Array.from(this.#byIdent.keys(), name)))
    return [...this.#byIdent.keys()].filter(other => names.includes(name(other))).slice(0, 3)
  }

  identity(kind: Kind): Attribute {
    return (this.#identities[kind.number] ??= this.attribute(kind.number === TX_KIND ? ':tx/t' : `:${kind.name}/id`))
  }

  ofKind(kind: Kind): readonly Attribute[] {
    return this.#ofKind[kind.number]
  }

  /** Adds a kind, or gives the one that is there. Throws `contract` where its key had another type. */
  addKind(name: string, keyType: ValueType): Kind {
    const known = this.#kindByName.get(name)
    if (known) {
      if (showType(known.keyType) !== showType(keyType))
        throw new FactError(
          'contract',
          `the key of ${name} is ${showType(known.keyType)} for ever, and cannot become ${showType(keyType)}`,
        )
      return known
    }
    return this.#addKind({ number: this.#kinds.length, name, keyType })
  }

  /** Adds an attribute, or gives the one that is there. Throws `contract` where type, cardinality or kind would change. */
  addAttribute(spec: AttributeSpec): Attribute {
    const known = this.#byIdent.get(spec.ident)
    const kind = this.kind(spec.kind)
    if (!known) return this.#addAttribute({ ...spec, kind, number: this.#attributes.length })
    const shape = (a: { type: ValueType; many: boolean }) => `${showType(a.type)}${a.many ? ' (many)' : ''}`
    const widened = known.type.base === 'enum' && spec.type.base === 'enum' && known.many === spec.many
    if (known.kind !== kind || (shape(known) !== shape(spec) && !widened))
      throw new FactError('contract', `${spec.ident} is ${shape(known)} for ever, and cannot become ${shape(spec)}`)
    return known
  }

  #addKind(kind: Kind): Kind {
    this.#kinds.push(kind)
    this.#kindByName.set(kind.name, kind)
    this.#ofKind.push([])
    return kind
  }

  #addAttribute(attribute: Attribute): Attribute {
    this.#attributes.push(attribute)
    this.#byIdent.set(attribute.ident, attribute)
    this.#ofKind[attribute.kind.number].push(attribute)
    return attribute
  }
}
