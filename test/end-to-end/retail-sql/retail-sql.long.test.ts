import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { machineClock } from '../../../src/base/clock.ts'
import { type Random, seeded } from '../../../src/base/random.ts'
import type { Answered } from '../../../src/database/api.ts'
import { openDatabase, type WritableDatabase } from '../../../src/database/database.ts'
import type { PlanNode } from '../../../src/query/query.ts'
import { jsonAnswer } from '../../../src/serve/format/answer-text.ts'
import { heartwood, newFolder, removeFolders } from '../../service.ts'
import { retailFile, retailProject } from '../retail.ts'
import { MOMENTS } from './moments.ts'
import { NUMBERS } from './numbers.ts'
import { ORDERS } from './orders.ts'
import type { Question } from './question.ts'
import { type Moment, RawLines } from './raw-lines.ts'
import { SALES } from './sales.ts'

const file = retailFile()
const DAY = 86_400_000

/** Null is now: the moment of the last event. One lies before the first event, one falls on a moment that several invoices share. */
const ASKED: readonly (string | null)[] = [
  null,
  '2010-11-30T00:00:00.000Z',
  '2010-12-10T12:00:00.000Z',
  '2011-05-10T15:06:00.000Z',
  '2011-08-31T23:59:59.999Z',
  '2011-11-17T11:11:11.111Z',
]
const LAST = '2011-12-09T12:50:00.000Z'

/*
 * What an analyst asks of the shop, in Datalog and in SQL. DuckDB reads the raw file itself; nothing but the contract's meaning, written
 * down once more in `raw-lines.ts`, is shared. Answers must be equal, decimals digit for digit; doubles to ten digits, since SQL rounds on the way.
 */
describe.skipIf(!file)('questions about the retail file, beside SQL over the raw file (needs HEARTWOOD_SHARED)', () => {
  let database: WritableDatabase
  let raw: RawLines

  beforeAll(async () => {
    const data = join(newFolder(), 'store')
    expect(heartwood(['load', file!, '--data', data, '--project', retailProject()!]).status).toBe(0)
    database = await openDatabase({ data, project: retailProject(), clock: machineClock, readOnly: true })
    raw = await RawLines.read(file!)
  })

  afterAll(async () => {
    await database?.close()
    removeFolders()
  })

  const momentOf = (asked: string | null): Moment => {
    const now = Date.parse(asked ?? LAST)
    return { now, before: now - 90 * DAY }
  }

  const asking = ({ query, args, sources }: Question, asked: string | null): Answered =>
    database.query({
      query,
      ...(args && { args }),
      ...(sources && { sources: sources(momentOf(asked)) }),
      ...(asked === null ? {} : { asOf: asked }),
    })

  const questions = [...SALES, ...NUMBERS, ...MOMENTS]

  test('there are thirty questions and more', () => {
    expect(questions.length).toBeGreaterThanOrEqual(30)
    expect(new Set(questions.map(({ name }) => name)).size).toBe(questions.length)
  })

  describe.each(ASKED)('as of %s', asked => {
    beforeAll(() => raw.look(momentOf(asked)))

    test.each(questions.map((question): [string, Question] => [question.name, question]))('%s', async (_, question) => {
      const { sql, ordered } = question
      const { answer, view } = asking(question, asked)
      const { result } = JSON.parse([...jsonAnswer(answer, view)].join('')) as { result: unknown }
      const wanted = shaped(await raw.ask(sql), question)
      if (Array.isArray(wanted) && Array.isArray(result)) expect(result.length).toBe(wanted.length)
      const inOrder = (rows: unknown) => (ordered || !Array.isArray(rows) ? rows : rows.toSorted(byText))
      expect(inOrder(round(result))).toEqual(inOrder(round(wanted)))
    })
  })

  test.each(ORDERS)(
    'the order of clauses changes the rows that come by the way by half at most: $find',
    ({ find, clauses }) => {
      const random = seeded(clauses.length)
      const orders = Array.from({ length: 40 }, () => shuffled(clauses, random))
      const work = [clauses, [...clauses].reverse(), ...orders].map(order => {
        const query = `[:find ${find} :where ${order.join(' ')}]`
        return rowsIn(database.explain({ query, run: true }).explained.plan)
      })
      expect(Math.max(...work)).toBeLessThanOrEqual(1.5 * Math.min(...work))
      expect(Math.min(...work)).toBeGreaterThan(0)
    },
  )

  test('answers are not empty but before the first event, where all of them are', () => {
    for (const question of questions) {
      const rows = ASKED.map(asked => asking(question, asked).answer.rows)
      expect([question.name, rows[1]]).toEqual([question.name, 0])
      expect([question.name, Math.max(...rows) > 0]).toEqual([question.name, true])
    }
  })
})

const shuffled = <X>(list: readonly X[], random: Random): X[] => {
  const out = [...list]
  for (let i = out.length - 1; i > 0; i--) {
    const j = random.below(i + 1)
    ;[out[i], out[j]] = [out[j], out[i]]
  }
  return out
}

/** Rows that steps of a plan gave, all together. */
const rowsIn = ({ rows, children }: PlanNode): number => children.reduce((sum, child) => sum + rowsIn(child), rows ?? 0)

function shaped(rows: unknown[][], { shape }: Question): unknown {
  switch (shape) {
    case 'scalar':
      return rows[0]?.[0] ?? null
    case 'tuple':
      return rows[0] ?? null
    case 'collection':
    case 'maps':
      return rows.map(([cell]) => cell)
    default:
      return rows
  }
}

const byText = (a: unknown, b: unknown): number => {
  const [left, right] = [JSON.stringify(a), JSON.stringify(b)]
  return left < right ? -1 : left > right ? 1 : 0
}

/** Ten digits of a number with a fraction. */
function round(value: unknown): unknown {
  if (typeof value === 'number') return Number.isInteger(value) ? value : Number(value.toPrecision(10))
  if (Array.isArray(value)) return value.map(round)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, round(inner)]))
}
