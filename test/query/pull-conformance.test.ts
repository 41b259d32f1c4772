import { expect, test } from 'vitest'
import type { AnyValue } from '../../src/model/answer.ts'
import { PullMap } from '../../src/model/answer.ts'
import type { FactColumn, FactView, PointFact } from '../../src/model/fact-view.ts'
import { type Attribute, type Kind, Schema } from '../../src/model/schema.ts'
import { ANY, refTo, STRING } from '../../src/model/type.ts'
import { compareValues, EntityRef, isList, type Keyword, type Value, ValueMap } from '../../src/model/value.ts'
import { keyText } from '../../src/query/columns/numbering.ts'
import type { Edn } from '../../src/query/language/edn.ts'
import { elementLiteral } from '../../src/query/language/literal.ts'
import { pullMany, readEdn, showForm, type Transform } from '../../src/query/query.ts'
import { dbNamed, type Recorded, type RecordedDb, recordedCases, recordedDbs } from './datascript.ts'

/** What DataScript pulled while it ran its own tests, pulled here again: from datoms as they are, of any type and without schema. */

/** Forced by the design (surface §7). */
const FORCED: Readonly<Record<number, string>> = { 301: 'there is no limit where none is asked for' }

const THING: Kind = { number: 0, name: 'tx', keyType: STRING }
const keyword = (value: Value): string => (value as Keyword).name

/** Recorded datoms as a view that can say what one entity has, and who refers to whom: all that a pull needs. */
class DatomView {
  readonly t = 1
  readonly history = undefined
  readonly strings = { code: () => -1, text: () => '', size: 0 }
  readonly schema: Schema
  readonly #datoms: readonly (readonly Value[])[]

  constructor({ schema, datoms }: RecordedDb) {
    // a value that is nil, or a tuple with one, is none
    const form = readEdn(datoms) as Edn & { items: readonly Edn[] }
    const stated = form.items.filter(datom => !showForm(datom).includes('nil'))
    this.#datoms = stated.map(datom => elementLiteral(datom).value as readonly Value[])
    const declared = schema === 'nil' ? new ValueMap([]) : (elementLiteral(readEdn(schema)).value as ValueMap)
    this.schema = new DatomSchema(declared, new Set(this.#datoms.map(([, a]) => keyword(a))))
  }

  extent(): number {
    return 2 ** 30
  }

  values(attribute: Attribute, ordinal: number): PointFact[] {
    return this.#datoms
      .filter(([e, a]) => Number(e) === ordinal && keyword(a) === attribute.ident)
      .map(([, , v]) => ({ value: attribute.type.base === 'ref' ? new EntityRef(Number(v)) : v, from: 1 }))
      .sort((a, b) => compareValues(a.value, b.value))
  }

  facts(attribute: Attribute): FactColumn {
    const own = this.#datoms.filter(([, a]) => keyword(a) === attribute.ident).sort(([a], [b]) => Number(a) - Number(b))
    return {
      attribute,
      length: own.length,
      count: own.length,
      e: Int32Array.from(own, ([e]) => Number(e)),
      v: { as: 'i32', values: Int32Array.from(own, ([, , v]) => Number(v)) },
      from: new Uint32Array(own.length).fill(1),
      t: 1,
    }
  }

  /** The entity that an id means: its number, a lookup ref or the name of an entity; -1 where there is none. */
  entity(id: Edn): number {
    const { value } = elementLiteral(id)
    if (typeof value === 'bigint') return Number(value)
    const [ident, key] = isList(value) ? [keyword(value[0]), value[1]] : [':db/ident', value]
    const found = this.#datoms.find(([, a, v]) => keyword(a) === ident && compareValues(v, key) === 0)
    return found === undefined ? -1 : Number(found[0])
  }
}

/** A schema that contradicts nobody: whatever a pattern names is an attribute. */
class DatomSchema extends Schema {
  readonly #declared: ValueMap
  readonly #idents: ReadonlySet<string>

  constructor(declared: ValueMap, idents: ReadonlySet<string>) {
    super()
    this.#declared = declared
    this.#idents = idents
  }

  override get kinds(): readonly Kind[] {
    return [THING]
  }

  override kind(): Kind {
    return THING
  }

  override find(ident: string): Attribute {
    return super.find(ident) ?? this.#open(ident)
  }

  override ofKind(): readonly Attribute[] {
    return [...this.#idents].map(ident => this.find(ident))
  }

  #open(ident: string): Attribute {
    const of = this.#declared.entries.find(([attribute]) => keyword(attribute) === ident)?.[1]
    const entries = of instanceof ValueMap ? of.entries : []
    const says = (key: string, text: string): boolean =>
      entries.some(([k, v]) => keyword(k) === key && keyText(v).endsWith(text))
    return this.addAttribute({
      ident,
      kind: 'tx',
      type: says(':db/valueType', ':db.type/ref') ? refTo('tx') : ANY,
      many: says(':db/cardinality', ':db.cardinality/many'),
      component: says(':db/isComponent', 'true'),
      identity: false,
      index: false,
      restated: false,
      doc: '',
    })
  }
}

/** A text that equal results share, whichever of the two systems gave them: an entity is its number. Deep ones are written from inside. */
function canonical(value: AnyValue): string {
  if (value === null) return 'nil'
  if (value instanceof EntityRef) return keyText(BigInt(value.number))
  if (isList(value)) return `[${value.map(canonical).join(' ')}]`
  const pairs: readonly (readonly AnyValue[])[] | undefined =
    value instanceof PullMap ? value.pairs : value instanceof ValueMap ? value.entries : undefined
  if (pairs === undefined) return keyText(value as Value)
  return `{${pairs
    .map(pair => pair.map(canonical).join(' '))
    .sort()
    .join()}}`
}

function expected(form: Edn): string {
  if (form.form === 'nil') return 'nil'
  if (form.form === 'vector') return `[${form.items.map(expected).join(' ')}]`
  if (form.form === 'map')
    return `{${form.entries
      .map(entry => entry.map(expected).join(' '))
      .sort()
      .join()}}`
  return canonical(elementLiteral(form).value)
}

const TRANSFORMS: ReadonlyMap<string, Transform> = new Map([['vector', value => [value] as AnyValue]])

function pulled({ op, args: [db, pattern, id] }: Recorded): string {
  const view = new DatomView(dbs.get(dbNamed(readEdn(db)) as string) as RecordedDb)
  const form = readEdn(id)
  const ids = op === 'pull-many' ? (form as Edn & { items: readonly Edn[] }).items : [form]
  const maps = pullMany(
    view as unknown as FactView,
    pattern,
    ids.map(each => view.entity(each)),
    { transforms: TRANSFORMS },
  )
  return op === 'pull-many' ? canonical(maps) : canonical(maps[0])
}

const dbs = recordedDbs()
const cases = recordedCases().filter(
  ({ op, number }) => (op === 'pull' || op === 'pull-many') && FORCED[number] === undefined,
)

test.skipIf(cases.length === 0)('every recorded pull is asked or has its reason (needs HEARTWOOD_SHARED)', () => {
  expect(cases.length).toBe(70 + 2 - Object.keys(FORCED).length)
})

/** Too deep for a reader and a writer that call themselves: a chain of friends, each with a name. */
const DEEP = 307

test.skipIf(cases.length === 0)(`${DEEP}: a chain as deep as it is (needs HEARTWOOD_SHARED)`, () => {
  const { args, result } = cases.find(({ number }) => number === DEEP) as Recorded
  const view = new DatomView(dbs.get(dbNamed(readEdn(args[0])) as string) as RecordedDb)
  const names: AnyValue[] = []
  let next = pullMany(view as unknown as FactView, args[1], [Number(args[2])])[0] as PullMap | undefined
  while (next) {
    const found = new Map(next.pairs.map(([key, value]) => [keyText(key), value]))
    names.push(found.get('k:name') as AnyValue)
    next = (found.get('k:friend') as PullMap[] | undefined)?.[0]
  }
  // the deepest is written first
  const written = Array.from((result as string).matchAll(/:name "([^"]*)"/g), ([, name]) => name)
  expect(names).toEqual(written.reverse())
  expect(names.length).toBeGreaterThan(500)
})

for (const recorded of cases.filter(({ number }) => number !== DEEP)) {
  test(`${recorded.number} ${recorded.args.slice(1).join(' ').slice(0, 100)} (needs HEARTWOOD_SHARED)`, () => {
    expect(pulled(recorded)).toBe(expected(readEdn(recorded.result as string)))
  })
}
