import { Argument, Command, Option } from 'commander'
import { FactError } from '../../base/error.ts'
import type { DeadLetter } from '../../database/api.ts'
import { counted } from '../output.ts'
import { jsonOption, reading, whole, withReader } from '../setting.ts'

interface Options {
  data: string
  project?: string
  reason?: string
  topic?: string
  after?: number
  limit: number
  json?: boolean
}

const MOST = 10_000
const SHOWN = 120

/** `heartwood dead-letters` */
export const deadLettersCommand = (): Command =>
  reading(new Command('dead-letters'))
    .description('list the events that were refused, with the reason')
    .addArgument(new Argument('[action]', 'show, replay and discard are not built yet'))
    .option('--reason <reason>', 'only those refused for it, such as invalid-event')
    .option('--topic <topic>', 'only those of a topic')
    .addOption(new Option('--after <id>', 'only those with a larger id').argParser(whole(0, Number.MAX_SAFE_INTEGER)))
    .addOption(new Option('--limit <n>', 'at most so many').argParser(whole(1, MOST)).default(100))
    .addOption(jsonOption())
    .action((action: string | undefined, options: Options) => {
      if (action !== undefined)
        throw new FactError(
          'unsupported',
          `heartwood dead-letters ${action} is not built yet; without it they are listed`,
        )
      return withReader(options, database => {
        const { reason, topic, after, limit } = options
        const page = database.deadLetters({
          limit,
          ...(reason === undefined ? {} : { reason }),
          ...(topic === undefined ? {} : { topic }),
          ...(after === undefined ? {} : { after }),
        })
        if (options.json) return console.log(JSON.stringify(page))
        for (const letter of page.items) console.log(showLetter(letter))
        const reasons = Object.entries(page.counts).map(([name, number]) => `${number} ${name}`)
        console.log(`${counted(page.total, 'dead letter')}${reasons.length > 0 ? `: ${reasons.join(', ')}` : ''}`)
        if (page.next !== null) console.log(`more with --after ${page.next}`)
      })
    })

function showLetter({ id, origin, reason, detail, value, base64 }: DeadLetter): string {
  const { file, line, topic, partition, offset } = origin
  const place = file === undefined ? `${topic}/${partition} offset ${offset}` : `${file} line ${line}`
  const bytes = value ?? (base64 === null ? 'no value' : `base64 ${base64}`)
  const shown = bytes.length > SHOWN ? `${bytes.slice(0, SHOWN)}… (${bytes.length} characters)` : bytes
  return `${id}  ${place}  ${reason}: ${detail}\n    ${shown}`
}
