import { type ArrayFact, arrayStore } from '../../src/model/array-view.ts'
import type { FactView } from '../../src/model/fact-view.ts'
import { type Attribute, type Kind, Schema } from '../../src/model/schema.ts'
import { BOOLEAN, KEYWORD, LONG, refTo, STRING, showType, type ValueType } from '../../src/model/type.ts'
import { compareValues, EntityRef, Keyword, type Value, ValueMap } from '../../src/model/value.ts'
import { readEdn } from '../../src/query/language/edn.ts'
import { elementLiteral } from '../../src/query/language/literal.ts'
import type { RecordedDb } from './datascript.ts'

/** All entities are of one kind, transactions too, so that an entity is its plain number. */
const THING: Kind = { number: 0, name: 'tx', keyType: STRING }

interface Shape {
  readonly type: ValueType
  readonly many: boolean
  readonly identity: boolean
}

/** A schema that contradicts nobody: whatever a query names is an attribute. */
class OpenSchema extends Schema {
  readonly #shapes: ReadonlyMap<string, Shape>

  constructor(shapes: ReadonlyMap<string, Shape>) {
    super()
    this.#shapes = shapes
  }

  override get kinds(): readonly Kind[] {
    return [THING]
  }

  override kindNamed(): Kind {
    return THING
  }

  override kind(): Kind {
    return THING
  }

  /** Entities share their kind with transactions here, and those have attributes of their own. */
  override ofKind(): readonly Attribute[] {
    return super.ofKind(THING).filter(({ ident }) => !ident.startsWith(':tx/'))
  }

  override find(ident: string): Attribute {
    return super.find(ident) ?? this.#open(ident)
  }

  override attribute(ident: string): Attribute {
    return super.find(ident) ?? this.#open(ident)
  }

  #open(ident: string): Attribute {
    const shape = this.#shapes.get(ident) ?? { type: STRING, many: false, identity: false }
    const plain = { index: false, component: false, restated: false, doc: '' }
    return this.addAttribute({ ...plain, ...shape, ident, kind: THING.name })
  }
}

const keyword = (value: Value): string => (value as Keyword).name

/** What DataScript's own schema says of an attribute: whether `key` is `value`. */
function says(schema: Value, ident: string, key: string, value: string): boolean {
  if (!(schema instanceof ValueMap)) return false
  const of = schema.entries.find(([attribute]) => keyword(attribute) === ident)?.[1]
  return (
    of instanceof ValueMap &&
    of.entries.some(([k, v]) => keyword(k) === key && v instanceof Keyword && v.name === value)
  )
}

/** Recorded databases as views of one store, with the types that their values have. Where an attribute has values of several types, see `recordedRows`. */
export function recordedViews(dbs: readonly RecordedDb[]): FactView[] {
  const read = dbs.map(({ schema, datoms }) => ({
    schema: schema === 'nil' ? [] : elementLiteral(readEdn(schema)).value,
    datoms: elementLiteral(readEdn(datoms)).value as readonly (readonly Value[])[],
  }))
  const shapes = new Map<string, Shape>()
  for (const { schema, datoms } of read) {
    for (const [, attribute, value] of datoms) {
      const ident = keyword(attribute)
      const ref = says(schema, ident, ':db/valueType', ':db.type/ref')
      const type = ref ? refTo('tx') : typeOf(value)
      const before = shapes.get(ident)
      if (before !== undefined && showType(before.type) !== showType(type)) throw new Error(`${ident} is of two types`)
      shapes.set(ident, {
        type,
        many: says(schema, ident, ':db/cardinality', ':db.cardinality/many'),
        identity: says(schema, ident, ':db/unique', ':db.unique/identity'),
      })
    }
  }
  const schema = new OpenSchema(shapes)
  return read.map(({ datoms }) => {
    const facts = datoms.map(([e, a, v]): ArrayFact => {
      const ident = keyword(a)
      return { e: `tx:${e}`, a: ident, v: shapes.get(ident)?.type.base === 'ref' ? new EntityRef(Number(v)) : v }
    })
    return byKeys(arrayStore({ schema, facts, layout: 'sparse' })(), facts, shapes)
  })
}

function typeOf(value: Value): ValueType {
  if (typeof value === 'string') return STRING
  if (typeof value === 'bigint') return LONG
  if (typeof value === 'boolean') return BOOLEAN
  if (value instanceof Keyword) return KEYWORD
  throw new Error('a value of no type that facts have')
}

/** Entities are known by whatever attribute is unique. */
function byKeys(view: FactView, facts: readonly ArrayFact[], shapes: ReadonlyMap<string, Shape>): FactView {
  const keyed = facts.filter(({ a }) => shapes.get(a)?.identity)
  return {
    t: view.t,
    instant: view.instant,
    at: view.at,
    settled: view.settled,
    schema: view.schema,
    strings: view.strings,
    facts: attribute => view.facts(attribute),
    count: attribute => view.count(attribute),
    intervals: attribute => view.intervals(attribute),
    intervalsOf: (attribute, ordinal) => view.intervalsOf(attribute, ordinal),
    extent: () => 2 ** 30,
    ordinal: (_, key) => {
      const fact = keyed.find(({ v }) => compareValues(v as Value, key) === 0)
      return fact === undefined ? -1 : Number(fact.e.slice('tx:'.length))
    },
    key: (_, ordinal) => BigInt(ordinal),
    known: (kind, ordinal) => view.known(kind, ordinal),
    values: (attribute, ordinal) => view.values(attribute, ordinal),
    firstKnown: (attribute, ordinal) => view.firstKnown(attribute, ordinal),
    instantOf: t => view.instantOf(t),
  }
}
