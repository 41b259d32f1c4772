import { readFileSync } from 'node:fs'
import { Command, Option } from 'commander'
import { FactError } from '../../base/error.ts'
import type { Answered, Database } from '../../database/api.ts'
import { csvAnswer, ednAnswer, jsonAnswer, ndjsonAnswer } from '../../serve/format/answer-text.ts'
import { tableAnswer } from '../../serve/format/table.ts'
import { write } from '../output.ts'
import { asOfOption, reading, withReader } from '../setting.ts'

const FORMATS = ['table', 'json', 'ndjson', 'csv', 'edn', 'arrow'] as const
type Format = (typeof FORMATS)[number]

interface Options {
  data: string
  project?: string
  asOf?: string
  arg: Record<string, unknown>
  format: Format
  file?: string
  explain?: boolean
}

/** `country=France` is text, read by the parameter's type; `ids:=[1 2]` is EDN. Given twice, a name takes several values. */
export function addArgument(text: string, args: Record<string, unknown>): Record<string, unknown> {
  const match = /^(\??[^=:\s]+|%)(:=|=)(.*)$/s.exec(text)
  if (!match)
    throw new FactError(
      'usage',
      `--arg ${text} is no argument: write --arg country=France, or --arg 'ids:=[1 2]' for EDN`,
    )
  const [, name, sign, value] = match
  const given = sign === ':=' ? { $edn: value } : value
  const before = args[name]
  const several = before === undefined ? given : Array.isArray(before) ? [...before, given] : [before, given]
  return { ...args, [name]: several }
}

const isEdn = (text: string): boolean => /^\s*[[{("]/.test(text)

/** Runs EDN text, or a saved query by its name. */
function ask(database: Database, question: string, { arg, asOf }: Options): Answered {
  if (!isEdn(question)) return database.runSaved(question, arg, asOf, null)
  return database.query({ query: question, args: arg, ...(asOf === undefined ? {} : { asOf }) })
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
      return tableAnswer(answer)
  }
}

/** `heartwood query EDN|NAME` */
export const queryCommand = (onText: (text: string) => void): Command =>
  reading(new Command('query'))
    .description('run a Datalog query, or a saved one by its name')
    .argument('[query]', "EDN such as '[:find ?name :where [_ :customer/name ?name]]', or a name")
    .option('--file <path>', 'read the EDN from a file')
    .addOption(asOfOption())
    .option(
      '--arg <name=value>',
      "an argument; 'name:=EDN' for anything beyond text",
      (text, args) => addArgument(text, args as never),
      {},
    )
    .addOption(new Option('--format <format>', 'how to print the answer').choices(FORMATS).default('table'))
    .addOption(new Option('--json', 'the same as --format json'))
    .option('--explain', 'not built yet')
    .action(async (text: string | undefined, options: Options & { json?: boolean }) => {
      if (options.explain) throw new FactError('unsupported', '--explain is not built yet')
      if ((text === undefined) === (options.file === undefined))
        throw new FactError('usage', 'give one query: as EDN, as the name of a saved query, or with --file')
      const question = options.file === undefined ? text! : readFileSync(options.file, 'utf8')
      if (isEdn(question)) onText(question)
      await withReader(options, async database => {
        const answered = ask(database, question, options)
        const format = options.json ? 'json' : options.format
        await write(
          process.stdout,
          await pieces(format, answered, { query: question, args: JSON.stringify(options.arg) }),
        )
      })
    })
