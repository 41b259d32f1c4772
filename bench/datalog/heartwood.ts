import { ManualClock } from '../../src/base/clock.ts'
import { rowsOf } from '../../src/model/answer-rows.ts'
import type { Effect } from '../../src/model/effect.ts'
import { entityNumber, ordinalOf } from '../../src/model/entity-id.ts'
import type { FactView } from '../../src/model/fact-view.ts'
import { LONG, refTo, STRING, type ValueType } from '../../src/model/type.ts'
import type { Value } from '../../src/model/value.ts'
import { parseQuery, runQuery } from '../../src/query/query.ts'
import { MemoryDisk } from '../../src/store/memory-disk.ts'
import { Store } from '../../src/store/store.ts'
import { asked, constants, type Question, RULES, written } from './questions.ts'
import type { OpenSide } from './side.ts'
import { chain, type Graph, people, wide } from './world.ts'

const ATTRIBUTES: readonly (readonly [string, ValueType, boolean])[] = [
  ['id', LONG, false],
  ['name', STRING, false],
  ['last-name', STRING, false],
  ['sex', STRING, false],
  ['age', LONG, false],
  ['salary', LONG, false],
  ['follows', refTo('p'), true],
]
const NOW = Date.parse('2024-01-01T00:00:00Z')

/** A store in memory with one transaction for each list of facts. */
async function storeOf(
  facts: readonly { id: number; set: Readonly<Record<string, Value | number>> }[],
): Promise<FactView> {
  const store = await Store.open({ disk: new MemoryDisk(), data: 'data', clock: new ManualClock(NOW), readOnly: false })
  const { schema } = store
  schema.addKind('p', LONG)
  for (const [name, type, many] of ATTRIBUTES) {
    const plain = { kind: 'p', index: false, component: false, restated: false, doc: '' }
    schema.addAttribute({ ...plain, ident: `:p/${name}`, type, many, identity: name === 'id' })
  }
  const kind = schema.kind('p')
  const contract = store.contract('bench/person/1.0', 'f'.repeat(64), '{}')
  let offset = 0n
  for (const { id, set } of facts) {
    const entity = { kind, key: BigInt(id) }
    const effects = Object.entries(set).map(([name, value]): Effect => {
      const attribute = schema.attribute(`:p/${name}`)
      const target = attribute.type.base === 'ref' ? { kind, key: BigInt(value as number) } : null
      const plain = typeof value === 'number' ? BigInt(value) : value
      return { op: 'assert', entity, attribute, value: target ?? plain }
    })
    const record = {
      origin: { topic: 'people', partition: 0, offset: offset++ },
      timestamp: NOW,
      key: null,
      headers: {},
      value: Buffer.from('{}'),
    }
    store.apply({ record, effects, contract, eventTime: null, eventId: null, subject: null })
  }
  await store.commit()
  return store.view({ now: true })
}

const graph = (edges: Graph): Promise<FactView> => storeOf(edges.map(([a, b]) => ({ id: a, set: { follows: b } })))

const open: OpenSide = async size => {
  const views = {
    people: await storeOf(
      people(size).map(({ id, name, lastName, sex, age, salary }) => ({
        id,
        set: { name, 'last-name': lastName, sex, age, salary },
      })),
    ),
    wide: await graph(wide(7, 3)),
    chain: await graph(chain(30, 5)),
  }
  const text = ({ datalog }: Question, variant: number): string =>
    written(datalog, variant).replaceAll(/ :(name|last-name|sex|age|salary|follows) /g, ' :p/$1 ')
  const rules = RULES.replaceAll(':follows', ':p/follows')
  const argsOf = (question: Question, variant: number): Record<string, unknown> => {
    const view = views[question.world]
    const kind = view.schema.kind('p')
    const id = entityNumber(kind.number, view.ordinal(kind, BigInt(asked(question, variant, size))))
    const args: Record<string, unknown> = question.rules ? { '%': rules } : {}
    for (const arg of question.args ?? []) {
      if (arg === 'id') args[question.rules ? '?a' : '?e'] = id
      else args['?min'] = constants(variant).salary
    }
    return args
  }
  const run = (question: Question, variant: number) => {
    const view = views[question.world]
    const query = parseQuery(text(question, variant))
    const shard = question.shard ? { variable: '?e', index: variant, of: 8 } : null
    const options = { sources: new Map([['$', view]]), args: argsOf(question, variant), shard }
    return () => rowsOf(runQuery(query, options))
  }
  let fresh = 0
  return {
    prepare: run,
    number: (world, entity) => Number(views[world].key(views[world].schema.kind('p'), ordinalOf(entity as number))),
    first(question, variant) {
      const spaced = {
        ...question,
        datalog: question.datalog.replace(':where', `:where${' '.repeat(++fresh % 1000)} `),
      }
      return run(spaced, variant)()
    },
  }
}

export default open
