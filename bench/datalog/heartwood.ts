import { rowsOf } from '../../src/model/answer-rows.ts'
import { entityNumber, ordinalOf } from '../../src/model/entity-id.ts'
import type { FactView } from '../../src/model/fact-view.ts'
import { parseQuery, runQuery } from '../../src/query/query.ts'
import { asked, constants, type Question, RULES, written } from './questions.ts'
import type { OpenSide } from './side.ts'
import { type Said, saidOf, worldOf } from './store.ts'
import { chain, type Graph, people, wide } from './world.ts'

const viewOf = async (said: readonly Said[]): Promise<FactView> => (await worldOf(said)).store.view({ now: true })
const graph = (edges: Graph): Promise<FactView> => viewOf(edges.map(([a, b]) => ({ id: a, set: { follows: b } })))

/** The text of a question for our attributes. */
export const datalogOf = ({ datalog }: Pick<Question, 'datalog'>, variant: number): string =>
  written(datalog, variant).replaceAll(/ :(name|last-name|sex|age|salary|follows) /g, ' :p/$1 ')

const open: OpenSide = async size => {
  const views = {
    people: await viewOf(people(size).map(saidOf)),
    wide: await graph(wide(7, 3)),
    chain: await graph(chain(30, 5)),
  }
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
    const query = parseQuery(datalogOf(question, variant))
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
