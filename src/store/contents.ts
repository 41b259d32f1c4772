import type { Raw } from '../model/column.ts'
import { type Attribute, type AttributeSpec, type Kind, Schema } from '../model/schema.ts'
import type { T } from '../model/transaction.ts'
import { parseType, showType } from '../model/type.ts'
import type { Value } from '../model/value.ts'
import { Budget } from './budget.ts'
import { Dictionary } from './dictionary.ts'
import { fence } from './fence.ts'
import { ManyColumn } from './many-column.ts'
import { type Address, Memory } from './memory.ts'
import { OneColumn } from './one-column.ts'
import { OrdinalIndex } from './ordinal-index.ts'
import { type RawValue, rawOf, valueFrom } from './raw-value.ts'
import type { Seen } from './seen.ts'
import { SharedStructure } from './shared-structure.ts'
import { PACE } from './slot-block.ts'
import { type ContractRow, type SourceRow, Transactions } from './transactions.ts'

/** Bytes for columns as of the moments that were asked for lately. */
const LATELY = 64 << 20

// cells
const BASIS = 1
const FRONTIER = 2
const CATALOG = 4
const CATALOG_BYTES = 5
const DICTIONARY = 6
const TRANSACTIONS = 7
/** Addresses of the columns, by number of the attribute; then how many there are. */
const COLUMNS = 8
const COLUMN_COUNT = 9
/** Those of the keys, by number of the kind. */
const KINDS = 10
const KIND_COUNT = 11
/** How often was published, and odd while that is. */
const PUBLISHED = 12
const CELLS = 16

/** What is no array of numbers. Lists only grow. */
interface Catalog {
  readonly kinds: readonly { readonly name: string; readonly keyType: string }[]
  readonly attributes: readonly (Omit<AttributeSpec, 'type'> & { readonly type: string })[]
  readonly sources: readonly SourceRow[]
  readonly contracts: readonly ContractRow[]
}

const utf8 = new TextEncoder()

/** What a store knows that a reader may ask for: its schema, texts, keys, transactions and columns. The same in every thread. */
export class Contents extends SharedStructure {
  readonly schema = new Schema()
  readonly dictionary: Dictionary
  readonly transactions: Transactions
  readonly #lately: Budget
  readonly #columns: (OneColumn | ManyColumn)[] = []
  readonly #kinds: OrdinalIndex[] = []
  readonly #frontier: BigInt64Array
  /** Addresses as other threads know them. */
  #columnRoots: Uint32Array = new Uint32Array(0)
  #kindRoots: Uint32Array = new Uint32Array(0)
  /** How much of each list is in the catalog. */
  #told = ''

  /** New contents, or those at `root`. */
  constructor(memory = new Memory(), root: Address = 0, budget = LATELY) {
    super(memory, root, CELLS)
    const { cells } = this
    this.#lately = new Budget(budget)
    this.dictionary = new Dictionary(undefined, memory, cells[DICTIONARY])
    this.transactions = new Transactions(memory, cells[TRANSACTIONS])
    if (root === 0) {
      cells[DICTIONARY] = this.dictionary.root
      cells[TRANSACTIONS] = this.transactions.root
    }
    const { buffer, offset } = memory.place(this.root)
    this.#frontier = new BigInt64Array(buffer, offset + 4 * FRONTIER, 1)
    this.sync()
  }

  /** The last transaction that is published. */
  get published(): T {
    return Atomics.load(this.cells, BASIS)
  }

  /** The same with its frontier, milliseconds: both of one moment, so that who asks twice is told the same. */
  get seen(): Seen {
    for (;;) {
      const times = Atomics.load(this.cells, PUBLISHED)
      const seen = { basis: this.published, frontier: Number(Atomics.load(this.#frontier, 0)) }
      fence()
      if ((times & 1) === 0 && Atomics.load(this.cells, PUBLISHED) === times) return seen
    }
  }

  protected attach(cells: Uint32Array): void {
    const { memory } = this
    if (memory.writable) return
    if (cells[COLUMNS] !== 0) this.#columnRoots = memory.u32(cells[COLUMNS])
    if (cells[KINDS] !== 0) this.#kindRoots = memory.u32(cells[KINDS])
    if (cells[CATALOG] !== 0) this.#learn(cells[CATALOG], cells[CATALOG_BYTES])
  }

  /** Takes up what other threads of the store have defined. */
  refresh(): void {
    this.sync()
  }

  #learn(address: Address, bytes: number): void {
    const { buffer, offset } = this.memory.place(address)
    const { schema, transactions } = this
    const catalog: Catalog = JSON.parse(Buffer.from(buffer, offset, bytes).toString('utf8'))
    for (const { name, keyType } of catalog.kinds.slice(schema.kinds.length - 1))
      schema.addKind(name, parseType(keyType))
    for (const { type, ...spec } of catalog.attributes.slice(schema.attributes.length - OWN))
      schema.addAttribute({ ...spec, type: parseType(type) })
    transactions.sources.push(...catalog.sources.slice(transactions.sources.length))
    transactions.contracts.push(...catalog.contracts.slice(transactions.contracts.length))
  }

  /** Lets readers see everything up to `basis`, whose frontier is this many milliseconds. */
  publish(basis: T, frontier: number): void {
    const { schema, transactions } = this
    transactions.settle()
    const told = [schema.kinds, schema.attributes, transactions.sources, transactions.contracts]
      .map(list => list.length)
      .join()
    if (told !== this.#told) this.#tell()
    this.#told = told
    Atomics.add(this.cells, PUBLISHED, 1)
    Atomics.store(this.cells, BASIS, basis)
    Atomics.store(this.#frontier, 0, BigInt(frontier))
    Atomics.add(this.cells, PUBLISHED, 1)
  }

  #tell(): void {
    const { schema, transactions, cells, memory } = this
    const catalog: Catalog = {
      kinds: schema.kinds.slice(1).map(({ name, keyType }) => ({ name, keyType: showType(keyType) })),
      attributes: schema.attributes
        .slice(OWN)
        .map(({ kind, type, number: _, ...rest }) => ({ ...rest, kind: kind.name, type: showType(type) })),
      sources: transactions.sources,
      contracts: transactions.contracts,
    }
    const bytes = utf8.encode(JSON.stringify(catalog))
    const address = memory.allocate(bytes.length)
    const { buffer, offset } = memory.place(address)
    new Uint8Array(buffer, offset, bytes.length).set(bytes)
    const tableOf = (roots: readonly Address[]): Address => {
      const table = memory.allocate(4 * roots.length)
      memory.u32(table).set(roots)
      return table
    }
    // every attribute and kind has its place by now, so that a reader finds one for each that it learns of
    const columns = tableOf(
      schema.attributes.map((attribute, number) => (number < OWN ? 0 : this.column(attribute).root)),
    )
    const kinds = tableOf(schema.kinds.map(kind => this.#kind(kind).root))
    this.replace(
      () => {
        cells[CATALOG] = address
        cells[CATALOG_BYTES] = bytes.length
        cells[COLUMNS] = columns
        cells[COLUMN_COUNT] = schema.attributes.length
        cells[KINDS] = kinds
        cells[KIND_COUNT] = schema.kinds.length
      },
      cells[CATALOG],
      cells[COLUMNS],
      cells[KINDS],
    )
  }

  /** The column of an attribute that is not of transactions. */
  column(attribute: Attribute): OneColumn | ManyColumn {
    return this.#columns[attribute.number] ?? this.#open(attribute)
  }

  #open(attribute: Attribute): OneColumn | ManyColumn {
    const { memory } = this
    const root = memory.writable ? 0 : this.#columnRoots[attribute.number]
    // who writes sees everything whole; for others it is so up to what is published
    const published = memory.writable ? undefined : () => this.published
    const column = attribute.many
      ? new ManyColumn(attribute, this.#lately, PACE, memory, root, published)
      : new OneColumn(
          attribute,
          this.#lately,
          PACE,
          memory,
          root,
          published,
          attribute.identity ? key => this.ordinalOf(attribute.kind, key) : undefined,
        )
    this.#columns[attribute.number] = column
    return column
  }

  /** Brings into the columns what was gathered on the way there. */
  settle(): void {
    for (const column of this.#columns) if (column instanceof OneColumn) column.settle()
    this.transactions.settle()
  }

  #kind(kind: Kind): OrdinalIndex {
    let keys = this.#kinds[kind.number]
    if (!keys) {
      keys = new OrdinalIndex(kind.keyType, this.memory, this.memory.writable ? 0 : this.#kindRoots[kind.number])
      this.#kinds[kind.number] = keys
    }
    return keys
  }

  extent(kind: Kind): number {
    return this.#kind(kind).size
  }

  ordinal(kind: Kind, key: Value): number {
    return this.#kind(kind).find(rawOf(kind.keyType, key, this.dictionary))
  }

  /** The same for a key in its raw form, whose text has a code. */
  ordinalOf(kind: Kind, key: RawValue): number {
    return this.#kind(kind).find(key)
  }

  /** What `ordinalOf` does, for one kind. */
  finder(kind: Kind): (key: RawValue) => number {
    const ordinals = this.#kind(kind)
    return key => ordinals.find(key)
  }

  /** Numbers an entity; ordinals are dense in order of first mention (store rule 10). */
  addEntity(kind: Kind, key: RawValue): number {
    return this.#kind(kind).add(key)
  }

  /** The same for many, all of them new. */
  addEntities(kind: Kind, keys: Raw, rows: number): void {
    this.#kind(kind).addAll(keys, rows)
  }

  rawKey(kind: Kind, ordinal: number): RawValue {
    return this.#kind(kind).key(ordinal)
  }

  /** All of them by ordinal; the array may be longer. */
  rawKeys(kind: Kind): Raw {
    return this.#kind(kind).keys
  }

  key(kind: Kind, ordinal: number): Value {
    return valueFrom(kind.keyType, this.rawKey(kind, ordinal), this.dictionary)
  }

  /** Forgets what was read lately, so that whatever is read next is read for the first time. */
  forgetLately(): void {
    this.#lately.clear()
  }

  /** Off-heap bytes of everything: columns, dictionary, keys, transactions, what waits to be used again, and what was read lately. */
  get bytes(): number {
    return this.memory.bytes + this.#lately.bytes
  }

  /** Facts that hold and facts that ended, over all attributes. */
  get facts(): { live: number; ended: number } {
    this.settle()
    let live = 0
    let ended = 0
    for (const column of this.#columns) {
      if (!column) continue
      live += column.live
      ended += column.ended
    }
    return { live, ended }
  }
}

/** Attributes that every schema has, those of transactions. */
const OWN = new Schema().attributes.length
