import { DuckDBInstance } from '@duckdb/node-api'
import { asked, constants, type Question, written } from './questions.ts'
import type { OpenSide, Rows } from './side.ts'
import { chain, type Graph, people, wide } from './world.ts'

const open: OpenSide = async size => {
  const connect = async () => (await DuckDBInstance.create(':memory:')).connect()
  const graph = async (edges: Graph) => {
    const connection = await connect()
    await connection.run('CREATE TABLE follows (a INTEGER, b INTEGER)')
    await connection.run(`INSERT INTO follows VALUES ${edges.map(([a, b]) => `(${a},${b})`).join()}`)
    return connection
  }
  const persons = await connect()
  await persons.run(
    'CREATE TABLE person (id INTEGER PRIMARY KEY, name VARCHAR, last_name VARCHAR, sex VARCHAR, age INTEGER, salary INTEGER)',
  )
  const appender = await persons.createAppender('person')
  for (const { id, name, lastName, sex, age, salary } of people(size)) {
    appender.appendInteger(id)
    for (const text of [name, lastName, sex]) appender.appendVarchar(text)
    appender.appendInteger(age)
    appender.appendInteger(salary)
    appender.endRow()
  }
  appender.closeSync()
  for (const column of ['name', 'last_name', 'age', 'salary'])
    await persons.run(`CREATE INDEX person_${column} ON person (${column})`)
  const connections = { people: persons, wide: await graph(wide(7, 3)), chain: await graph(chain(30, 5)) }
  const statements = new Map<string, Awaited<ReturnType<typeof persons.prepare>>>()
  const prepared = async (question: Question, sql: string) => {
    const key = `${question.world} ${sql}`
    let statement = statements.get(key)
    if (statement === undefined) statements.set(key, (statement = await connections[question.world].prepare(sql)))
    return statement
  }
  return {
    prepare(question, variant) {
      const sql = written(question.sql, variant)
      return async () => {
        const statement = await prepared(question, sql)
        for (const [i, arg] of (question.args ?? []).entries())
          statement.bindInteger(i + 1, arg === 'id' ? asked(question, variant, size) : constants(variant).salary)
        return (await statement.runAndReadAll()).getRowsJS() as Rows
      }
    },
    number: (_, entity) => Number(entity),
  }
}

export default open
