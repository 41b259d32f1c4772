import { unreachable } from '../../base/assert.ts'
import { FactError } from '../../base/error.ts'
import type { AnsweredRows } from '../../database/api.ts'
import { arrowParts, checkType, type Shape } from '../../extract/arrow-answer.ts'
import type { Answer } from '../../model/answer.ts'
import { columnNames } from '../../model/column-names.ts'
import { ANSWERS, CSV_WITH_HEADER } from '../answer-reply.ts'
import { whenApplied } from '../applied.ts'
import { exactArgument } from '../exact-argument.ts'
import { csvHead, csvRows, ednHead, ednResult, jsonHead, jsonResult, ndjsonAnswer } from '../format/answer-text.ts'
import { numbered, ROW, ROW_SHAPE } from '../format/numbered.ts'
import { jsonBody } from '../json-body.ts'
import { momentOf } from '../moment-headers.ts'
import { APPLIED } from '../openapi/parameter.ts'
import { OF_SAVED, OF_WAITING } from '../openapi/refusals.ts'
import { anything, either, exactWhole, list, mapOf, named, object, text } from '../openapi/schema.ts'
import { asOfMember, isObject } from '../query-body.ts'
import {
  ARROW_TYPE,
  type Call,
  CSV_TYPE,
  EDN_TYPE,
  JSON_TYPE,
  NDJSON_TYPE,
  type ReaderContext,
  type Reply,
  type Route,
} from '../route.ts'

/** Rows of arguments in one call. */
export const MOST_ROWS = 1000

/** `{"t","instant","settled","at","columns","results":[{"result","rows"},…]}`, in order of the rows. */
function* json({ answers, columns, view }: AnsweredRows): Generator<string> {
  yield `{${jsonHead(answers[0]?.columns ?? columns, view)},"results":[`
  for (const [i, answer] of answers.entries()) {
    yield i === 0 ? '{' : ',{'
    yield* jsonResult(answer)
    yield '}'
  }
  yield ']}\n'
}

/** The same as EDN. */
function* edn({ answers, columns, view }: AnsweredRows): Generator<string> {
  yield `{${ednHead(answers[0]?.columns ?? columns, view)} :results [`
  for (const [i, answer] of answers.entries()) {
    yield i === 0 ? '{' : ' {'
    yield* ednResult(answer)
    yield '}'
  }
  yield ']}\n'
}

/** All answers, one after the other, each row with the number of its row of arguments. Made one at a time. */
function* together({ answers }: AnsweredRows): Generator<Answer> {
  for (const [i, answer] of answers.entries()) if (answer.rows > 0) yield numbered(answer, i + 1)
}

function* ndjson(answered: AnsweredRows): Generator<string> {
  for (const answer of together(answered)) yield* ndjsonAnswer(answer)
}

function* csv(answered: AnsweredRows, names: readonly string[]): Generator<string> {
  yield csvHead(names)
  for (const answer of together(answered)) yield* csvRows(answer)
}

/** The columns of all answers together. Throws `argument` where a name is doubled, `wrong-type` where two answers differ. */
function shapesOf({ answers, columns }: AnsweredRows): Shape[] {
  if (columns.some(({ name }) => name === ROW))
    throw new FactError('argument', `a column of the query is called ${ROW} itself; ask for ${JSON_TYPE}`)
  for (const answer of answers) for (const [i, column] of answer.columns.entries()) checkType(columns[i], column)
  const shapes = [ROW_SHAPE, ...columns]
  columnNames({ columns: shapes, keys: null })
  return shapes
}

function reply(answered: AnsweredRows, accepted: string, args: string): Pick<Reply, 'type' | 'body'> {
  const type = accepted as keyof typeof ANSWERS
  if (type === JSON_TYPE) return { type, body: { chunks: json(answered) } }
  if (type === EDN_TYPE) return { type, body: { chunks: edn(answered) } }
  const shapes = shapesOf(answered)
  const rows = answered.answers.reduce((sum, answer) => sum + answer.rows, 0)
  switch (type) {
    case NDJSON_TYPE:
      return { type, body: { chunks: ndjson(answered), rows } }
    case CSV_TYPE: {
      const names = shapes.map(({ name }) => name)
      return { type: CSV_WITH_HEADER, body: { chunks: csv(answered, names), rows } }
    }
    case ARROW_TYPE: {
      const { view, info } = answered
      const provenance = { view, query: info.name, version: info.version, args, shard: null }
      return { type, body: arrowParts(shapes, together(answered), provenance) }
    }
    default:
      return unreachable(type)
  }
}

function rowsOf(given: unknown): Readonly<Record<string, unknown>>[] {
  if (!Array.isArray(given)) throw new FactError('argument', 'rows is a list such as [{"country": "France"}]')
  if (given.length > MOST_ROWS)
    throw new FactError('argument', `rows are ${given.length}, and at most ${MOST_ROWS} are taken at once`)
  return given.map((row: unknown, i) => {
    if (!isObject(row)) throw new FactError('argument', `row ${i + 1} is no object such as {"country": "France"}`)
    return Object.fromEntries(
      Object.entries(row).map(([name, value]) => [name, exactArgument(value, `row ${i + 1}: ${name}`)]),
    )
  })
}

/** `POST /queries/:name`: one answer for each row of arguments, all at one moment. */
async function handle({ request, parameters, accepted }: Call, { database }: ReaderContext): Promise<Reply> {
  const { name } = database.savedQuery(request.params['name'])
  const body = jsonBody(request, ['rows', 'asOf'])
  const rows = rowsOf(body['rows'])
  await whenApplied(database, parameters)
  const answered = database.runSavedRows(request.params['name'], rows, asOfMember(body))
  const about = { moment: momentOf(answered.view), query: `${name}@${answered.info.version}` }
  return { ...about, ...reply(answered, accepted, JSON.stringify(rows)) }
}

const ROWS = list(mapOf(anything), { maxItems: MOST_ROWS })
const BODY = object({ rows: ROWS, asOf: either(text, exactWhole) }, ['asOf'])

export const queryRowsRoutes: readonly Route<ReaderContext>[] = [
  {
    ...{ method: 'POST', path: '/queries/:name', summary: 'Runs it for each row of arguments, at one moment.' },
    waits: true,
    ...{ parameters: APPLIED, runs: 'name', body: { [JSON_TYPE]: BODY } },
    gives: { ...ANSWERS, [JSON_TYPE]: named('Answers') },
    ...{ refuses: [...OF_SAVED, ...OF_WAITING], handle },
  },
]
