// @ts-expect-error: the package has no types
import datascript from 'datascript'
import { EntityRef, type Value } from '../../../src/model/value.ts'
import { everyFact, type PastFact, pastFacts } from '../naive-past.ts'
import { canonicalNumber, type Opened, object, plainNumber } from './opened.ts'
import { type Question, textOf } from './question.ts'
import { ENTITIES, LAST, type PlainWorld } from './world.ts'

/** What DataScript finds over the same facts. Its attributes are texts, its entities plain numbers; views and histories are its databases and relations. */
export function byDataScript(question: Question, world: PlainWorld, { store, sources }: Opened): readonly string[] {
  const { now, args, rules, find } = question
  const schema = schemaOf(world)
  const inputs = [...sources].map(([name, view]) =>
    name === '$h'
      ? pastFacts({ store, t: now, since: 0, history: true }).map(({ e, a, v, tx, op }) => [
          plain(e),
          a.slice(1),
          plain(v),
          (plain(tx) as number) + FIRST_TX,
          op,
        ])
      : databaseOf(everyFact(view), schema),
  )
  if (rules.length > 0) inputs.push(asStrings(`[${rules.join(' ')}]`))
  const entity = (given: unknown): unknown => (Array.isArray(given) ? given.map(entity) : numberOf(given as string))
  const givens = Object.entries(args).map(([name, given]) => (name.startsWith('?p') ? entity(given) : given))
  const rows = datascript.q(asStrings(textOf(question)), ...inputs, ...givens) as unknown[][]
  return rows.map(row => row.map((value, i) => shown(value, find[i])).join(' | '))
}

/** Attributes are strings there, in clauses and in patterns of pulls, and only keywords begin a lookup ref: an entity is its number. */
const asStrings = (text: string): string =>
  text
    .replace(/\[:([pq])\/id "(\w)"\]/g, (_, kind, key) => String(numberOf(`${kind}:${key}`)))
    .replace(/:([pq]\/\w+)/g, '"$1"')
    .replace(/\((starts-with|ends-with|includes)\?/g, '(clojure.string/$1?')

/** Entities are numbered in the order of their first mention, which is that of their names. */
const numberOf = (name: string): number => 1000 * (name[0] === 'p' ? 1 : 2) + ENTITIES[name[0] as 'p'].indexOf(name) + 1

/** Its transactions are numbered from here. */
const FIRST_TX = 0x20000000

/** One transaction after the other, so that they have the numbers of ours; `init_db` puts attributes that are texts in a wrong order. */
function databaseOf(facts: readonly PastFact[], schema: unknown): unknown {
  let database = datascript.empty_db(schema)
  for (let t = 1; t <= LAST; t++)
    database = datascript.db_with(
      database,
      facts
        .filter(({ a, tx }) => !a.startsWith(':tx/') && plain(tx) === t)
        .map(({ e, a, v }) => [':db/add', plain(e), a.slice(1), plain(v)]),
    )
  return database
}

const plain = (value: Value): unknown => {
  if (value instanceof EntityRef) return plainNumber(value.number)
  return typeof value === 'bigint' ? Number(value) : value
}

function schemaOf({ attributes }: PlainWorld): Record<string, Record<string, string>> {
  const schema: Record<string, Record<string, string>> = {}
  for (const kind of ['p', 'q'] as const) {
    schema[`${kind}/id`] = { ':db/unique': ':db.unique/identity' }
    for (const { name, type, many } of attributes[kind])
      schema[`${kind}/${name}`] = {
        ...(many ? { ':db/cardinality': ':db.cardinality/many' } : {}),
        ...(type.startsWith('ref') ? { ':db/valueType': ':db.type/ref' } : {}),
      }
  }
  return schema
}

function shown(value: unknown, element: string): string {
  if (value === null || value === undefined) return 'nil'
  if (typeof value === 'number') return canonicalNumber(value > FIRST_TX / 2 ? value - FIRST_TX : value)
  if (typeof value === 'string') return JSON.stringify(value)
  if (Array.isArray(value)) {
    const texts = value.map(each => shown(each, element))
    // a set has no order
    if (element.startsWith('(distinct')) texts.sort(byValue)
    return `[${texts.join(' ')}]`
  }
  if (typeof value === 'object')
    return object(
      Object.entries(value).map(([key, inside]) => [
        JSON.stringify(key === 'id' || key === ':db/id' ? 'db/id' : key),
        shown(inside, element),
      ]),
    )
  return String(value)
}

const byValue = (a: string, b: string): number => {
  const [x, y] = [JSON.parse(a), JSON.parse(b)]
  return x < y ? -1 : x > y ? 1 : 0
}
