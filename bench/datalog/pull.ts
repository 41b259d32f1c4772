// @ts-expect-error: the package has no types
import datascript from 'datascript'
import { PullMap } from '../../src/model/answer.ts'
import { entityNumber } from '../../src/model/entity-id.ts'
import { EntityRef, Keyword } from '../../src/model/value.ts'
import { pullMany } from '../../src/query/query.ts'
import { progress } from '../progress.ts'
import { milliseconds } from './samples.ts'
import { type Said, saidOf, worldOf } from './store.ts'
import { people, wide } from './world.ts'

/** What the pulls took on one side, milliseconds by name, and a digest of what they gave. */
export type Pulled = Readonly<Record<string, { readonly ms: number; readonly digest: string }>>

/** A tree of 781 nodes, each a person, pulled from its root as the usual benchmark does. */
const PATTERNS = {
  'pull one': '[:name {:follows ...}]',
  'pull many': '[:db/id :last-name :sex :age :salary {:follows ...}]',
  'pull wildcard': '[* {:follows ...}]',
}

type Pull = (pattern: string) => () => unknown

const EDGES = wide(4, 5)
const NODES = [...new Set(EDGES.flat())]
const PERSONS = people(NODES.length)

async function ours(): Promise<Pull> {
  const said = NODES.map((id, i): Said => ({ ...saidOf(PERSONS[i]), id }))
  const world = await worldOf([...said, ...EDGES.map(([a, b]): Said => ({ id: a, set: { follows: b } }))])
  const view = world.store.view({ now: true })
  const kind = view.schema.kind('p')
  const root = entityNumber(kind.number, view.ordinal(kind, 1n))
  return pattern => {
    const named = pattern.replaceAll(/:(name|last-name|sex|age|salary|follows)/g, ':p/$1')
    return () => pullMany(view, named, [root])[0]
  }
}

function theirs(): Pull {
  const db = datascript.db_with(
    datascript.empty_db({ follows: { ':db/valueType': ':db.type/ref', ':db/cardinality': ':db.cardinality/many' } }),
    [
      ...NODES.map((id, i) => {
        const { name, lastName, sex, age, salary } = PERSONS[i]
        return { ':db/id': id, name, 'last-name': lastName, sex, age, salary }
      }),
      ...EDGES.map(([a, b]) => [':db/add', a, 'follows', b]),
    ],
  )
  return pattern => {
    const plain = pattern.replaceAll(/:(name|last-name|sex|age|salary|follows)/g, '"$1"').replaceAll(/\*/g, '"*"')
    return () => datascript.pull(db, plain, 1)
  }
}

/** How many nodes there are, and what their names, ages and salaries add up to, whichever shape the maps have. */
function digestOf(pulled: unknown): string {
  let [nodes, sum] = [0, 0]
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) return value.forEach(visit)
    const entries: [string, unknown][] =
      value instanceof PullMap
        ? value.pairs.map(([key, inner]) => [key instanceof Keyword ? key.name : String(key), inner])
        : Object.entries(value as object)
    nodes++
    for (const [key, inner] of entries) {
      if (/follows$/.test(key)) visit(inner)
      else if (/(age|salary)$/.test(key)) sum += Number(inner)
      else if (typeof inner === 'string') sum += inner.length
      else if (!(inner instanceof EntityRef) && typeof inner !== 'number' && typeof inner !== 'bigint')
        throw new Error(`what is ${key}?`)
    }
  }
  visit(pulled)
  return `${nodes}:${sum}`
}

const [side, pace] = process.argv.slice(2)
progress(`pulls of ${NODES.length} nodes in ${side}`)
const pull = side === 'heartwood' ? await ours() : theirs()
const told: Record<string, { ms: number; digest: string }> = {}
for (const [name, pattern] of Object.entries(PATTERNS)) {
  const run = pull(pattern)
  told[name] = { ms: await milliseconds(run, JSON.parse(pace)), digest: digestOf(run()) }
}
process.stdout.write(JSON.stringify(told))
