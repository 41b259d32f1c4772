import { NAMES } from './world.ts'

/** One kind of question, with other constants from run to run: a loop that sees one constant only predicts its branches. */
export interface Question {
  readonly name: string
  readonly world: 'people' | 'wide' | 'chain'
  /** With `@name`, `@other`, `@sex`, `@salary` in place of constants. */
  readonly datalog: string
  readonly rules?: true
  /** Arguments in place of constants. */
  readonly args?: readonly ('salary' | 'id')[]
  /** Only one of 8 shards of it, another one in each variant. */
  readonly shard?: true
  /** For DuckDB; `?` takes the arguments, `@shard` is the variant. */
  readonly sql: string
  /** Columns that hold entities. */
  readonly entities: readonly number[]
}

export const VARIANTS = 8

/** The constants of a variant. */
export const constants = (variant: number) => ({
  name: NAMES[variant % NAMES.length],
  other: NAMES[(variant + 3) % NAMES.length],
  sex: variant % 2 === 0 ? 'male' : 'female',
  salary: 49_000 + 250 * variant,
})

/** A text with the constants of a variant. */
export function written(text: string, variant: number): string {
  const { name, other, sex, salary } = constants(variant)
  return text
    .replaceAll('@name', name)
    .replaceAll('@other', other)
    .replaceAll('@sex', sex)
    .replaceAll('@salary', String(salary))
    .replaceAll('@shard', String(variant))
}

/** The person or node that a variant asks for: in the tree one with a dozen nodes below it. */
export const asked = ({ world }: Question, variant: number, size: number): number =>
  world === 'people' ? 2 + ((variant * 7919) % (size - 1)) : 243 + ((variant * 7919) % 240)

const FOLLOWS = 'SELECT a, b FROM follows'
const CLOSURE = `WITH RECURSIVE reach(a, b) AS (${FOLLOWS} UNION SELECT f.a, r.b FROM follows f JOIN reach r ON f.b = r.a) SELECT a, b FROM reach`

export const RULES = '[[(follows ?x ?y) [?x :follows ?y]] [(follows ?x ?y) [?x :follows ?t] (follows ?t ?y)]]'

const person = (name: string, datalog: string, sql: string, entities: readonly number[] = [0]): Question => ({
  name,
  world: 'people',
  datalog,
  sql,
  entities,
})

export const QUESTIONS: readonly Question[] = [
  person('q1', '[:find ?e :where [?e :name "@name"]]', "SELECT id FROM person WHERE name = '@name'"),
  person(
    'q2',
    '[:find ?e ?a :where [?e :name "@name"] [?e :age ?a]]',
    "SELECT id, age FROM person WHERE name = '@name'",
  ),
  person(
    'q2 switched',
    '[:find ?e ?a :where [?e :age ?a] [?e :name "@name"]]',
    "SELECT id, age FROM person WHERE name = '@name'",
  ),
  person(
    'q3',
    '[:find ?e ?a :where [?e :name "@name"] [?e :age ?a] [?e :sex "@sex"]]',
    "SELECT id, age FROM person WHERE name = '@name' AND sex = '@sex'",
  ),
  person(
    'q4',
    '[:find ?e ?l ?a :where [?e :name "@name"] [?e :last-name ?l] [?e :age ?a] [?e :sex "@sex"]]',
    "SELECT id, last_name, age FROM person WHERE name = '@name' AND sex = '@sex'",
  ),
  person(
    'value join',
    '[:find ?e1 ?l ?a :where [?e :name "@name"] [?e :age ?a] [?e1 :age ?a] [?e1 :last-name ?l]]',
    "SELECT id, last_name, age FROM person WHERE age IN (SELECT age FROM person WHERE name = '@name')",
  ),
  person(
    'qpred1',
    '[:find ?e ?s :where [?e :salary ?s] [(> ?s @salary)]]',
    'SELECT id, salary FROM person WHERE salary > @salary',
  ),
  {
    ...person(
      'qpred2',
      '[:find ?e ?s :in $ ?min :where [?e :salary ?s] [(> ?s ?min)]]',
      'SELECT id, salary FROM person WHERE salary > ?',
    ),
    args: ['salary'],
  },
  person(
    'or',
    '[:find ?e :where (or [?e :name "@name"] [?e :name "@other"])]',
    "SELECT id FROM person WHERE name = '@name' OR name = '@other'",
  ),
  person(
    'not',
    '[:find ?e ?a :where [?e :age ?a] (not [?e :sex "@sex"])]',
    "SELECT id, age FROM person WHERE sex <> '@sex'",
  ),
  person(
    'range',
    '[:find ?e ?s :where [?e :salary ?s] [(< @salary ?s 80000)]]',
    'SELECT id, salary FROM person WHERE salary > @salary AND salary < 80000',
  ),
  person(
    '5-merge',
    '[:find ?e ?n ?l ?a ?s :where [?e :name ?n] [?e :last-name ?l] [?e :sex "@sex"] [?e :age ?a] [?e :salary ?s]]',
    "SELECT id, name, last_name, age, salary FROM person WHERE sex = '@sex'",
  ),
  person('avg', '[:find (avg ?s) . :with ?e :where [?e :salary ?s]]', 'SELECT avg(salary) FROM person', []),
  person(
    'avg by sex',
    '[:find ?sex (avg ?s) (count ?e) :where [?e :sex ?sex] [?e :salary ?s]]',
    'SELECT sex, avg(salary), count(*) FROM person GROUP BY sex',
    [],
  ),
  person(
    'avg by sex x name',
    '[:find ?sex ?n (avg ?s) :with ?e :where [?e :sex ?sex] [?e :name ?n] [?e :salary ?s]]',
    'SELECT sex, name, avg(salary) FROM person GROUP BY sex, name',
    [],
  ),
  {
    ...person(
      'one entity',
      '[:find ?n ?l ?x ?a ?s :in $ ?e :where [?e :name ?n] [?e :last-name ?l] [?e :sex ?x] [?e :age ?a] [?e :salary ?s]]',
      'SELECT name, last_name, sex, age, salary FROM person WHERE id = ?',
      [],
    ),
    args: ['id'],
  },
  person('scan', '[:find ?e ?s :where [?e :salary ?s]]', 'SELECT id, salary FROM person'),
  {
    // our entities are numbered from 0, so the shards hold others
    ...person(
      'scan, one of 8 shards',
      '[:find ?e ?s :where [?e :salary ?s]]',
      'SELECT id, salary FROM person WHERE (id - 1) % 8 = @shard',
    ),
    shard: true,
  },
  {
    name: 'rules, wide 7x3',
    world: 'wide',
    datalog: '[:find ?a ?b :in $ % :where (follows ?a ?b)]',
    rules: true,
    sql: CLOSURE,
    entities: [0, 1],
  },
  {
    name: 'rules, chain 30x5',
    world: 'chain',
    datalog: '[:find ?a ?b :in $ % :where (follows ?a ?b)]',
    rules: true,
    sql: CLOSURE,
    entities: [0, 1],
  },
  {
    name: 'rules, one side bound',
    world: 'wide',
    datalog: '[:find ?b :in $ % ?a :where (follows ?a ?b)]',
    rules: true,
    args: ['id'],
    sql: 'WITH RECURSIVE reach(b) AS (SELECT b FROM follows WHERE a = ? UNION SELECT f.b FROM follows f JOIN reach r ON f.a = r.b) SELECT b FROM reach',
    entities: [0],
  },
]
