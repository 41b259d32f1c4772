import { FactError } from '../../base/error.ts'
import type { AnsweredRows } from '../../database/api.ts'
import { whenApplied } from '../applied.ts'
import { exactArgument } from '../exact-argument.ts'
import { jsonHead, jsonResult, ndjsonAnswer } from '../format/answer-text.ts'
import { jsonBody } from '../json-body.ts'
import { momentOf } from '../moment-headers.ts'
import { APPLIED } from '../openapi/parameter.ts'
import { OF_SAVED, OF_WAITING } from '../openapi/refusals.ts'
import { anything, either, exactWhole, list, mapOf, named, object, text } from '../openapi/schema.ts'
import { asOfMember, isObject } from '../query-body.ts'
import { type Call, JSON_TYPE, NDJSON_TYPE, type ReaderContext, type Reply, type Route } from '../route.ts'

/** Rows of arguments in one call. */
export const MOST_ROWS = 1000

/** `{"t","instant","settled","at","columns","results":[{"result","rows"},…]}`, in order of the rows. */
function* json({ answers, view, info }: AnsweredRows): Generator<string> {
  // without a row there is no answer to take columns from
  const [first] = answers
  const columns = first === undefined ? JSON.stringify(info.columns) : null
  const head = jsonHead(first?.columns ?? [], view)
  yield `{${columns === null ? head : head.replace(/\[\]$/, () => columns)},"results":[`
  for (const [i, answer] of answers.entries()) {
    yield i === 0 ? '{' : ',{'
    yield* jsonResult(answer)
    yield '}'
  }
  yield ']}\n'
}

/** One object for each row of an answer, with the number of the row of arguments, from 1, as `row`. */
function* ndjson({ answers }: AnsweredRows): Generator<string> {
  if (answers[0]?.columns.some(({ name }) => name === 'row'))
    throw new FactError('argument', `a column of the query is called row itself; ask for ${JSON_TYPE}`)
  for (const [i, answer] of answers.entries()) yield* ndjsonAnswer(answer, `"row":${i + 1},`)
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
  if (accepted === JSON_TYPE) return { ...about, type: JSON_TYPE, body: { chunks: json(answered) } }
  const found = answered.answers.reduce((sum, answer) => sum + answer.rows, 0)
  return { ...about, type: NDJSON_TYPE, body: { chunks: ndjson(answered), rows: found } }
}

const ROWS = list(mapOf(anything), { maxItems: MOST_ROWS })
const BODY = object({ rows: ROWS, asOf: either(text, exactWhole) }, ['asOf'])

export const queryRowsRoutes: readonly Route<ReaderContext>[] = [
  {
    ...{ method: 'POST', path: '/queries/:name', summary: 'Runs it for each row of arguments, at one moment.' },
    waits: true,
    ...{ parameters: APPLIED, runs: 'name', body: { [JSON_TYPE]: BODY } },
    ...{ gives: { [JSON_TYPE]: named('Answers'), [NDJSON_TYPE]: text } },
    ...{ refuses: [...OF_SAVED, ...OF_WAITING], handle },
  },
]
