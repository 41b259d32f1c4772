import { type Command, Option } from 'commander'
import { FactError } from '../../base/error.ts'
import type { Answered, Database } from '../../database/api.ts'
import { OWN_LIMITS } from '../../database/limits.ts'
import { csvAnswer, ednAnswer, jsonAnswer, ndjsonAnswer } from '../../serve/format/answer-text.ts'
import { type Table, tableLines, tableOf } from '../../serve/format/table.ts'
import { ARROW_TYPE, CSV_TYPE, EDN_TYPE, JSON_TYPE, NDJSON_TYPE } from '../../serve/route.ts'
import { EnvCommand } from '../env-command.ts'
import { counted, write } from '../output.ts'
import { bodyOf, type Question, type Questioned, questioning, questionOf, savedPath } from '../question.ts'
import { askServer, piecesOf } from '../remote.ts'
import { tableOfEdn } from '../remote-table.ts'
import { limitsOf, memoryOption, timeoutOption } from '../setting.ts'
import { withReader } from '../with-reader.ts'
import { explain } from './explain.ts'

const FORMATS = ['table', 'json', 'ndjson', 'csv', 'edn', 'arrow'] as const
type Format = (typeof FORMATS)[number]

/** What a server is asked for. A table is made here, of what tells types from texts. */
const MEDIA: Readonly<Record<Format, string>> = {
  table: EDN_TYPE,
  json: JSON_TYPE,
  ndjson: NDJSON_TYPE,
  csv: CSV_TYPE,
  edn: EDN_TYPE,
  arrow: ARROW_TYPE,
}

interface Options extends Questioned {
  format: Format
  json?: boolean
  explain?: boolean
  timeoutMs?: number
  memoryMb?: number
}

/** `heartwood query EDN|NAME` */
export function queryCommand(onText: (text: string) => void): Command {
  return questioning(new EnvCommand('query'))
    .description('run a Datalog query, or a saved one by its name')
    .addOption(new Option('--format <format>', 'how to print the answer').choices(FORMATS).default('table'))
    .addOption(new Option('--json', 'the same as --format json'))
    .option('--explain', 'run it, and print how that was done instead of the answer')
    .addOption(timeoutOption(OWN_LIMITS))
    .addOption(memoryOption(OWN_LIMITS))
    .action(async (text: string | undefined, options: Options) => {
      const question = questionOf(text, options.file, onText)
      if (options.explain) return explain(question, { ...options, run: true })
      const format = options.json ? 'json' : options.format
      if (format === 'arrow' && process.stdout.isTTY)
        throw new FactError('usage', '--format arrow is nothing to read: send it to a file, with > answer.arrow')
      if (options.url !== undefined) await remote(options.url, question, options, format)
      else
        await withReader(
          options,
          async database => {
            const answered = ask(database, question, options)
            const about = { query: question.text, args: JSON.stringify(options.arg) }
            await write(process.stdout, await pieces(format, answered, about))
          },
          limitsOf(options, OWN_LIMITS),
        )
      // what a program reads has no line end, which a terminal wants before its prompt
      if (process.stdout.isTTY && (format === 'json' || format === 'edn')) process.stdout.write('\n')
    })
}

function ask(database: Database, question: Question, options: Options): Answered {
  if (question.saved) return database.runSaved(question.text, options.arg, options.asOf, null)
  return database.query(bodyOf(question, options))
}

async function pieces(format: Format, { answer, view }: Answered, about: { query: string; args: string }) {
  switch (format) {
    case 'json':
      return jsonAnswer(answer, view)
    case 'edn':
      return ednAnswer(answer, view)
    case 'ndjson':
      return ndjsonAnswer(answer)
    case 'csv':
      return csvAnswer(answer)
    case 'arrow': {
      const { arrowAnswer } = await import('../../extract/arrow-answer.ts')
      return arrowAnswer(answer, { ...about, view, version: null, shard: null })
    }
    case 'table':
      return shown(tableOf(answer))
  }
}

/** As wide as the terminal, if it is one; whoever sees a text that was cut is told, and how to get it whole. */
const shown = (table: Table): Generator<string> =>
  tableLines(table, process.stdout.isTTY ? process.stdout.columns : undefined, cuts =>
    console.error(`${counted(cuts, 'text')} cut at …, to fit the terminal; --format csv prints all of it`),
  )

async function remote(url: string, question: Question, options: Options, format: Format): Promise<void> {
  const accept = MEDIA[format]
  const { timeoutMs } = options
  const response = question.saved
    ? await askServer(url, savedPath(question, options), { accept })
    : await askServer(url, 'query', {
        method: 'POST',
        accept,
        body: { ...bodyOf(question, options), ...(timeoutMs === undefined ? {} : { timeoutMs }) },
      })
  if (format !== 'table') return write(process.stdout, piecesOf(response, url))
  const text = await response.text()
  await write(process.stdout, shown(tableOfEdn(text)))
}
