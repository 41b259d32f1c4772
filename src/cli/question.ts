import { readFileSync } from 'node:fs'
import { type Command, Option } from 'commander'
import { FactError } from '../base/error.ts'
import { parseQuery, readEdn, showForm } from '../query/query.ts'
import { isName } from '../serve/routes/explain.ts'
import { asOfOption, dataOption, projectOption, serverOption } from './setting.ts'

/** What `query` and `explain` are told. */
export interface Questioned {
  readonly data: string
  readonly project?: string
  readonly url?: string
  readonly asOf?: string
  readonly arg: Readonly<Record<string, unknown>>
  readonly file?: string
}

/** Adds the query itself and what belongs to it. */
export const questioning = (command: Command): Command =>
  command
    .argument('[query]', "EDN such as '[:find ?name :where [_ :customer/name ?name]]', or the name of a saved query")
    .option('--file <path>', 'read the EDN from a file')
    .addOption(dataOption())
    .addOption(projectOption())
    .addOption(serverOption())
    .addOption(asOfOption())
    .addOption(argOption())

export const argOption = (): Option =>
  new Option('--arg <name=value>', "an argument; 'name:=EDN' for anything beyond text")
    .argParser((text, args) => addArgument(text, args as never))
    .default({}, 'none')

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

export interface Question {
  /** EDN text, or a name. */
  readonly text: string
  readonly saved: boolean
}

/** What is asked. `onText` learns of EDN, in which mistakes are shown. Throws `usage`. */
export function questionOf(
  text: string | undefined,
  file: string | undefined,
  onText: (text: string) => void,
): Question {
  if ((text === undefined) === (file === undefined))
    throw new FactError('usage', 'give one query: as EDN, as the name of a saved query, or with --file')
  const question = text ?? textOf(file!)
  // a file holds a query, with comments before it perhaps
  const saved = file === undefined && isName(question)
  if (!saved) onText(question)
  return { text: question, saved }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw new FactError('usage', `there is no file ${file}`)
    throw new FactError('usage', `${file} cannot be read: ${(error as Error).message}`)
  }
}

/** The body of `POST /query`, and of `POST /explain` also for a name. */
export const bodyOf = ({ text, saved }: Question, { arg, asOf }: Questioned) => ({
  query: text,
  args: saved ? arg : listed(text, arg),
  ...(asOf === undefined ? {} : { asOf }),
})

/** One text for an input that takes a collection is a collection of one, as several are one of several. */
function listed(text: string, args: Questioned['arg']): Questioned['arg'] {
  if (!Object.values(args).some(value => typeof value === 'string')) return args
  const collections = new Set<string>()
  try {
    for (const input of parseQuery(text).inputs)
      if (input.input === 'values' && input.binding.bind === 'collection') {
        const [{ name }] = input.binding.variables
        collections.add(name).add(name.slice(1))
      }
  } catch {
    // whoever runs the query says what is wrong with it
  }
  return Object.fromEntries(
    Object.entries(args).map(([name, value]) => [
      name,
      typeof value === 'string' && collections.has(name) ? [value] : value,
    ]),
  )
}

/** Where a server runs a saved query with these arguments. Throws `usage` for rows, which no link can say. */
export function savedPath({ text }: Question, { arg, asOf }: Questioned): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(arg))
    for (const each of Array.isArray(value) ? value : [value])
      for (const words of typeof each === 'string' ? [each] : plainWords(name, each.$edn))
        search.append(name.replace(/^\?/, ''), words)
  if (asOf !== undefined) search.set('asOf', asOf)
  const shown = search.toString()
  return `queries/${encodeURIComponent(text)}${shown === '' ? '' : `?${shown}`}`
}

/** EDN as the texts that a link has: of a collection each of its elements. */
function plainWords(name: string, text: string): string[] {
  const form = readEdn(text)
  const items = form.form === 'vector' || form.form === 'list' || form.form === 'set' ? form.items : [form]
  return items.map(item => {
    if (item.form === 'string') return item.text
    if ('items' in item || item.form === 'map')
      throw new FactError(
        'usage',
        `--arg ${name}: a server takes single values and collections of them for a saved query`,
      )
    return showForm(item).replace(/^#\w+ "(.*)"$|^([-\d.]+)M$/, '$1$2')
  })
}
