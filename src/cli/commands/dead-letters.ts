import { Argument, type Command, Option } from 'commander'
import { FactError } from '../../base/error.ts'
import { type DeadLetter, type DeadLetterPage, LETTER_STATES, type LetterState } from '../../database/api.ts'
import type { LetterChoice } from '../../database/letters.ts'
import type { ReplayedLetters } from '../../ingest/replay-letters.ts'
import type { Reason } from '../../model/transaction.ts'
import { letterWorkRoutes } from '../../serve/routes/letter-work.ts'
import { deadLetterFilter, listingRoutes } from '../../serve/routes/listings.ts'
import { type Asked, askJson, routeOf } from '../asking.ts'
import { EnvCommand } from '../env-command.ts'
import { connectionOf, type KafkaOptions, reachingKafka } from '../kafka-options.ts'
import { count, counted } from '../output.ts'
import { progressLine } from '../progress.ts'
import { jsonOption, reading, whole } from '../setting.ts'
import { discarded, replayed } from '../writer/letter-work.ts'
import { writing } from '../writing.ts'

interface Options extends Asked, KafkaOptions {
  reason?: string
  topic?: string
  state?: LetterState
  all?: boolean
  why?: string
  after?: number
  limit: number
  json?: boolean
}

const ACTIONS = ['show', 'replay', 'discard']
const MOST = 1000
const SHOWN = 120

/** `heartwood dead-letters` */
export const deadLettersCommand = (): Command =>
  reachingKafka(reading(new EnvCommand('dead-letters')), 'where those are read from of which only the place is kept')
    .description('list the events that were refused, with the reason; show one of them whole, replay or discard them')
    .addArgument(new Argument('[action]', 'show, replay or discard; absent, they are listed').choices(ACTIONS))
    .addArgument(new Argument('[id...]', 'of those that are meant'))
    .option('--reason <reason>', 'only those refused for it, such as invalid-event')
    .option('--topic <topic>', 'only those of a topic')
    .addOption(new Option('--state <state>', 'only those in it; those that wait where absent').choices(LETTER_STATES))
    .option('--all', 'with replay or discard: all of them')
    .option('--why <words>', 'with discard: why nobody wants them')
    .addOption(new Option('--after <id>', 'only those with a larger id').argParser(whole(0, Number.MAX_SAFE_INTEGER)))
    .addOption(new Option('--limit <n>', 'at most so many').argParser(whole(1, MOST)).default(100))
    .addOption(jsonOption())
    .action(async (action: string | undefined, ids: string[], options: Options) => {
      if (action === 'show') return showOne(ids, options)
      if (action === 'replay') return replay(ids, options)
      if (action === 'discard') return discard(ids, options)
      const { text, body } = await page(options, options)
      if (options.json) return void process.stdout.write(text)
      for (const letter of body.items) console.log(line(letter))
      const reasons = Object.entries(body.counts).map(([name, number]) => `${number} ${name}`)
      console.log(`${counted(body.total, 'dead letter')}${reasons.length > 0 ? `: ${reasons.join(', ')}` : ''}`)
      if (body.next !== null) console.log(`more with --after ${body.next}`)
    })

const page = (asked: Asked, { reason, topic, state, after, limit }: Omit<Options, keyof Asked>) =>
  askJson<DeadLetterPage>(asked, {
    route: routeOf(listingRoutes, '/dead-letters'),
    query: { reason, topic, state, after, limit },
  })

function idsOf(texts: readonly string[]): number[] {
  for (const id of texts)
    if (!/^[1-9]\d{0,14}$/.test(id))
      throw new FactError('usage', 'give the id of a dead letter, as heartwood dead-letters lists them')
  return texts.map(Number)
}

/** What a replay or a discard is about; nobody means all of them by saying nothing. */
function choiceOf(action: string, texts: readonly string[], { reason, topic, all }: Options): LetterChoice {
  const chosen = [texts.length > 0, reason !== undefined || topic !== undefined, all === true].filter(Boolean).length
  if (chosen !== 1)
    throw new FactError('usage', `heartwood dead-letters ${action} takes ids, --reason and --topic, or --all`)
  const filter = deadLetterFilter(reason, topic, undefined, 1)
  return {
    ...(texts.length > 0 && { ids: idsOf(texts) }),
    ...(reason !== undefined && { reason: filter.reason as Reason }),
    ...(topic !== undefined && { topic }),
  }
}

async function replay(texts: readonly string[], options: Options): Promise<void> {
  const choice = choiceOf('replay', texts, options)
  const line = progressLine(process.stderr)
  try {
    const {
      applied,
      refused,
      alreadyApplied,
      reasons = [],
    } = await writing<Told>(
      options,
      database =>
        replayed(database, choice, connectionOf(options), (done, of) =>
          line.show(`${count(done)} of ${counted(of, 'dead letter')}`),
        ),
      { route: routeOf(letterWorkRoutes, '/dead-letters/replay'), body: jsonOf(choice) },
    )
    line.clear()
    if (options.json) return void console.log(JSON.stringify({ applied, refused, alreadyApplied }))
    console.log(
      `${count(applied)} applied, ${count(refused)} refused again, ${count(alreadyApplied)} were dealt with before`,
    )
    for (const { reason, letters, detail } of reasons) console.log(`  ${count(letters)} ${reason}, such as: ${detail}`)
  } finally {
    line.clear()
  }
}

/** What a replay gives; a server tells no reasons. */
type Told = Omit<ReplayedLetters, 'reasons'> & Partial<Pick<ReplayedLetters, 'reasons'>>

const jsonOf = (choice: LetterChoice, why?: string) => {
  const which = Object.keys(choice).length === 0 ? { all: true } : choice
  return { type: 'application/json', text: JSON.stringify({ ...which, ...(why !== undefined && { why }) }) }
}

async function discard(texts: readonly string[], options: Options): Promise<void> {
  const { why } = options
  if (why === undefined || why.trim() === '')
    throw new FactError('usage', 'say why nobody wants them, with --why WORDS; that is noted for ever')
  const choice = choiceOf('discard', texts, options)
  const { discarded: letters } = await writing<{ readonly discarded: number }>(
    options,
    async database => ({ discarded: await discarded(database, choice, why) }),
    { route: routeOf(letterWorkRoutes, '/dead-letters/discard'), body: jsonOf(choice, why) },
  )
  console.log(`${counted(letters, 'dead letter')} discarded: ${why}`)
}

async function showOne(texts: readonly string[], options: Options): Promise<void> {
  const [id] = idsOf(texts)
  if (id === undefined || texts.length > 1)
    throw new FactError('usage', 'give the id of a dead letter, as heartwood dead-letters lists them')
  const [letter] = (await page(options, { state: 'all', after: id - 1, limit: 1 })).body.items
  if (letter?.id !== id) throw new FactError('not-found', `there is no dead letter ${id}`)
  if (options.json) return void console.log(JSON.stringify(letter))
  const { at, reason, detail, path, contract, key, headers, value, base64, resolved } = letter
  const rows: [string, string | null][] = [
    ['from', originOf(letter)],
    ['refused', at],
    ['reason', `${reason}: ${detail}`],
    ['at field', path],
    ['contract', contract],
    ['now', resolved ? resolvedWords(resolved) : null],
    ['key', key],
    ...Object.entries(headers).map(([name, text]): [string, string] => ['header', `${name}: ${text}`]),
    ['value', value ?? (base64 === null ? 'none' : `not UTF-8; in base64 ${base64}`)],
  ]
  for (const [name, text] of rows) if (text !== null) console.log(`${name.padEnd(8)}  ${text}`)
}

const resolvedWords = (resolved: NonNullable<DeadLetter['resolved']>): string =>
  't' in resolved ? `applied as t ${resolved.t}` : `discarded at ${resolved.at}: ${resolved.discarded}`

function originOf({ origin }: DeadLetter): string {
  const { file, line, topic, partition, offset } = origin
  return file === undefined ? `${topic}/${partition} offset ${offset}` : `${file} line ${line}`
}

function line(letter: DeadLetter): string {
  const { id, reason, detail, value, base64 } = letter
  const bytes = value ?? (base64 === null ? 'no value' : `base64 ${base64}`)
  const shown = bytes.length > SHOWN ? `${bytes.slice(0, SHOWN)}… (${bytes.length} characters)` : bytes
  return `${id}  ${originOf(letter)}  ${reason}: ${detail}\n    ${shown}`
}
