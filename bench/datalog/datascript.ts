// @ts-expect-error: the package has no types
import datascript from 'datascript'
import { asked, constants, RULES, written } from './questions.ts'
import type { OpenSide, Rows } from './side.ts'
import { chain, type Graph, people, wide } from './world.ts'

const open: OpenSide = async size => {
  const schema = { follows: { ':db/valueType': ':db.type/ref', ':db/cardinality': ':db.cardinality/many' } }
  const graph = (edges: Graph) =>
    datascript.db_with(
      datascript.empty_db(schema),
      edges.map(([a, b]) => [':db/add', a, 'follows', b]),
    )
  const dbs = {
    people: datascript.db_with(
      datascript.empty_db(schema),
      people(size).map(({ id, name, lastName, sex, age, salary }) => ({
        ':db/id': id,
        name,
        'last-name': lastName,
        sex,
        age,
        salary,
      })),
    ),
    wide: graph(wide(7, 3)),
    chain: graph(chain(30, 5)),
  }
  const plain = (text: string): string =>
    text.replaceAll(/ :(name|last-name|sex|age|salary|follows)(?=[ \]])/g, ' "$1"')
  return {
    prepare(question, variant) {
      if (question.shard) return undefined
      const text = plain(written(question.datalog, variant))
      const args = (question.args ?? []).map(arg =>
        arg === 'id' ? asked(question, variant, size) : constants(variant).salary,
      )
      // `$` comes first, then the rules, then the arguments
      const given = [dbs[question.world], ...(question.rules ? [plain(RULES)] : []), ...args]
      return () => {
        const found: unknown = datascript.q(text, ...given)
        return (Array.isArray(found) ? found : [[found]]) as Rows
      }
    },
    number: (_, entity) => entity as number,
  }
}

export default open
