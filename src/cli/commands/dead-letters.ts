import { Argument, type Command, Option } from 'commander'
import { FactError } from '../../base/error.ts'
import type { DeadLetter, DeadLetterPage } from '../../database/api.ts'
import { listingRoutes } from '../../serve/routes/listings.ts'
import { type Asked, askJson, routeOf } from '../asking.ts'
import { EnvCommand } from '../env-command.ts'
import { counted } from '../output.ts'
import { jsonOption, reading, whole } from '../setting.ts'

interface Options extends Asked {
  reason?: string
  topic?: string
  after?: number
  limit: number
  json?: boolean
}

const MOST = 1000
const SHOWN = 120

/** `heartwood dead-letters` */
export const deadLettersCommand = (): Command =>
  reading(new EnvCommand('dead-letters'))
    .description('list the events that were refused, with the reason; or show one of them whole')
    .addArgument(new Argument('[action]', 'show; replay and discard are not built yet'))
    .addArgument(new Argument('[id]', 'of the one to show'))
    .option('--reason <reason>', 'only those refused for it, such as invalid-event')
    .option('--topic <topic>', 'only those of a topic')
    .addOption(new Option('--after <id>', 'only those with a larger id').argParser(whole(0, Number.MAX_SAFE_INTEGER)))
    .addOption(new Option('--limit <n>', 'at most so many').argParser(whole(1, MOST)).default(100))
    .addOption(jsonOption())
    .action(async (action: string | undefined, id: string | undefined, options: Options) => {
      if (action === 'show') return showOne(id, options)
      if (action !== undefined)
        throw new FactError(
          action === 'replay' || action === 'discard' ? 'unsupported' : 'usage',
          action === 'replay' || action === 'discard'
            ? `heartwood dead-letters ${action} is not built yet; without it they are listed`
            : `heartwood dead-letters ${action} is nothing; there is show ID, and without it they are listed`,
        )
      const { text, body } = await page(options, options)
      if (options.json) return void process.stdout.write(text)
      for (const letter of body.items) console.log(line(letter))
      const reasons = Object.entries(body.counts).map(([name, number]) => `${number} ${name}`)
      console.log(`${counted(body.total, 'dead letter')}${reasons.length > 0 ? `: ${reasons.join(', ')}` : ''}`)
      if (body.next !== null) console.log(`more with --after ${body.next}`)
    })

const page = (asked: Asked, { reason, topic, after, limit }: Omit<Options, keyof Asked>) =>
  askJson<DeadLetterPage>(asked, {
    route: routeOf(listingRoutes, '/dead-letters'),
    query: { reason, topic, after, limit },
  })

async function showOne(id: string | undefined, options: Options): Promise<void> {
  if (id === undefined || !/^[1-9]\d{0,14}$/.test(id))
    throw new FactError('usage', 'give the id of a dead letter, as heartwood dead-letters lists them')
  const [letter] = (await page(options, { after: Number(id) - 1, limit: 1 })).body.items
  if (letter?.id !== Number(id)) throw new FactError('not-found', `there is no dead letter ${id}`)
  if (options.json) return void console.log(JSON.stringify(letter))
  const { at, reason, detail, path, contract, key, headers, value, base64 } = letter
  const rows: [string, string | null][] = [
    ['from', placeOf(letter)],
    ['refused', at],
    ['reason', `${reason}: ${detail}`],
    ['at field', path],
    ['contract', contract],
    ['key', key],
    ...Object.entries(headers).map(([name, text]): [string, string] => ['header', `${name}: ${text}`]),
    ['value', value ?? (base64 === null ? 'none' : `not UTF-8; in base64 ${base64}`)],
  ]
  for (const [name, text] of rows) if (text !== null) console.log(`${name.padEnd(8)}  ${text}`)
}

function placeOf({ origin }: DeadLetter): string {
  const { file, line, topic, partition, offset } = origin
  return file === undefined ? `${topic}/${partition} offset ${offset}` : `${file} line ${line}`
}

function line(letter: DeadLetter): string {
  const { id, reason, detail, value, base64 } = letter
  const bytes = value ?? (base64 === null ? 'no value' : `base64 ${base64}`)
  const shown = bytes.length > SHOWN ? `${bytes.slice(0, SHOWN)}… (${bytes.length} characters)` : bytes
  return `${id}  ${placeOf(letter)}  ${reason}: ${detail}\n    ${shown}`
}
