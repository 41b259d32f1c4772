import type { Answer, AnswerColumn, KeyForm } from '../../model/answer.ts'
import { columnNames } from '../../model/column-names.ts'
import type { FactView } from '../../model/fact-view.ts'
import { showInstant } from '../../model/instant.ts'
import { showType } from '../../model/type.ts'
import { type Cells, cellsOf } from './cell.ts'
import { csvDialect, csvText, type Dialect, ednDialect, jsonDialect } from './dialect.ts'

/** Text is handed on in pieces of about this many characters, so that no answer is ever text as a whole. */
const PIECE = 65_536

/** Rows as text in pieces, with `between` between them; a piece is made when it is asked for. */
function* inPieces(rows: number, row: (i: number) => string, between: string): Generator<string> {
  let piece = ''
  for (let i = 0; i < rows; i++) {
    piece += i === 0 ? row(i) : between + row(i)
    if (piece.length < PIECE) continue
    yield piece
    piece = ''
  }
  if (piece !== '') yield piece
}

const allCells = (answer: Answer, dialect: Dialect): Cells[] =>
  answer.columns.map(column => cellsOf(column, answer.strings, dialect))

/** One row: what opens it, its cells with what stands before each, and what closes it. */
function rowText(
  cells: readonly Cells[],
  open: string,
  before: readonly string[],
  close: string,
): (i: number) => string {
  const [first] = cells
  if (cells.length === 1) return i => open + before[0] + first(i) + close
  return i => {
    let text = open
    for (let c = 0; c < cells.length; c++) text += before[c] + cells[c](i)
    return text + close
  }
}

/** The `result` of an answer, in the shape of its find spec. */
function* shaped(answer: Answer, dialect: Dialect, row: (i: number) => string, between: string): Generator<string> {
  switch (answer.shape) {
    case 'relation':
      yield '['
      yield* inPieces(answer.rows, row, between)
      yield ']'
      return
    case 'collection':
      yield '['
      yield* inPieces(answer.rows, cellsOf(answer.columns[0], answer.strings, dialect), between)
      yield ']'
      return
    case 'tuple':
      yield answer.rows === 0 ? dialect.absent : row(0)
      return
    case 'scalar':
      yield answer.rows === 0 ? dialect.absent : cellsOf(answer.columns[0], answer.strings, dialect)(0)
  }
}

/** The body of `POST /query`: `{"t","instant","settled","at","columns","result","rows"}`. */
export function* jsonAnswer(answer: Answer, view: FactView): Generator<string> {
  yield `{${jsonHead(answer.columns, view)},`
  yield* jsonResult(answer)
  yield '}\n'
}

/** The members `t`, `instant`, `settled`, `at` and `columns`. */
export function jsonHead(shown: readonly Omit<AnswerColumn, 'v' | 'present'>[], view: FactView): string {
  const columns = shown.map(({ name, find, type, nullable }) => ({ name, find, type: showType(type), nullable }))
  const { t, settled } = view
  return JSON.stringify({ t, instant: showInstant(view.instant), settled, at: showInstant(view.at), columns }).slice(
    1,
    -1,
  )
}

/** The members `result` and `rows`. */
export function* jsonResult(answer: Answer): Generator<string> {
  yield '"result":'
  yield* shaped(answer, jsonDialect, jsonRow(answer), ',')
  yield `,"rows":${answer.rows}`
}

function jsonRow(answer: Answer): (i: number) => string {
  const { keys } = answer
  const cells = allCells(answer, jsonDialect)
  if (keys === null) return rowText(cells, '[', commas(cells.length, ','), ']')
  return rowText(cells, '{', afterNames(keys), '}')
}

export const commas = (count: number, comma: string): string[] =>
  Array.from({ length: count }, (_, c) => (c === 0 ? '' : comma))
export const afterNames = (names: readonly string[]): string[] =>
  names.map((name, c) => `${c === 0 ? '' : ','}${JSON.stringify(name)}:`)

/** The same as EDN: a map with keywords for names. */
export function* ednAnswer(answer: Answer, view: FactView): Generator<string> {
  yield `{${ednHead(answer.columns, view)} `
  yield* ednResult(answer)
  yield '}\n'
}

/** The entries `:t`, `:instant`, `:settled`, `:at` and `:columns`. */
export function ednHead(shown: readonly Omit<AnswerColumn, 'v' | 'present'>[], view: FactView): string {
  const text = ednDialect.text
  const columns = shown.map(
    ({ name, find, type, nullable }) =>
      `{:name ${text(name)} :find ${text(find)} :type ${text(showType(type))} :nullable ${nullable}}`,
  )
  const moment = `:instant #inst "${showInstant(view.instant)}" :settled ${view.settled} :at #inst "${showInstant(view.at)}"`
  return `:t ${view.t} ${moment} :columns [${columns.join(' ')}]`
}

/** The entries `:result` and `:rows`. */
export function* ednResult(answer: Answer): Generator<string> {
  yield ':result '
  const cells = allCells(answer, ednDialect)
  const row =
    answer.keys === null
      ? rowText(cells, '[', commas(cells.length, ' '), ']')
      : rowText(
          cells,
          '{',
          answer.keys.map((key, c) => `${c === 0 ? '' : ' '}${writtenKey(key, answer.keysAs)} `),
          '}',
        )
  yield* shaped(answer, ednDialect, row, ' ')
  yield ` :rows ${answer.rows}`
}

/** A name of `:keys`, `:syms` or `:strs`, as the query asked for it. */
function writtenKey(key: string, as: KeyForm = 'keyword'): string {
  if (as === 'string') return ednDialect.text(key)
  return as === 'symbol' ? key : `:${key}`
}

/** One object a row. Throws `argument` where two columns have one name. */
export function ndjsonAnswer(answer: Answer): Generator<string> {
  const names = columnNames(answer)
  return inPieces(answer.rows, rowText(allCells(answer, jsonDialect), '{', afterNames(names), '}\n'), '')
}

/** RFC 4180 with a header. Throws `argument` where two columns have one name. */
export function csvAnswer(answer: Answer): Generator<string> {
  const names = columnNames(answer)
  // eager, so that what is wrong with the names is thrown before the first byte is sent
  return (function* () {
    yield csvHead(names)
    yield* csvRows(answer)
  })()
}

export const csvHead = (names: readonly string[]): string => `${names.map(csvText).join(',')}\r\n`

/** The rows without the header. */
export function csvRows(answer: Answer): Generator<string> {
  const cells = allCells(answer, csvDialect)
  return inPieces(answer.rows, rowText(cells, '', commas(cells.length, ','), '\r\n'), '')
}
