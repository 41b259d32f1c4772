import { type Command, Option } from 'commander'
import { FactError } from '../../base/error.ts'
import type { LoggedTransaction } from '../../database/api.ts'
import { logRoutes } from '../../serve/routes/transaction-log.ts'
import { type Asked, ask, askJson, routeOf } from '../asking.ts'
import { EnvCommand } from '../env-command.ts'
import { originText, shownValue } from '../output.ts'
import { asOfOption, jsonOption, reading, whole } from '../setting.ts'

interface Options extends Asked {
  from?: string
  to?: string
  asOf?: string
  limit: number
  follow?: boolean
  json?: boolean
}

interface Page {
  readonly transactions: readonly LoggedTransaction[]
  readonly next: string | null
}

/** `heartwood log` */
export const logCommand = (): Command =>
  reading(new EnvCommand('log'))
    .description('print transactions with the facts that each began and ended')
    .option('--from <moment>', 'the first: a t, a day, or an instant with a zone')
    .option('--to <moment>', 'the first that is left out')
    .addOption(asOfOption())
    .addOption(new Option('--limit <n>', 'at most so many').argParser(whole(1, 10_000)).default(1000))
    .option('--follow', 'go on as they come; asks a server, with --url')
    .addOption(jsonOption())
    .action(async (options: Options) => {
      const { from, limit, follow, json } = options
      const to = await endOf(options)
      const route = routeOf(logRoutes, '/log')
      if (follow) {
        if (options.url === undefined)
          throw new FactError(
            'usage',
            '--follow asks a server: give its --url, as the store alone does not say when there is more',
          )
        const accept = 'application/x-ndjson'
        return printLines(ask(options, { route, query: { from, limit, follow }, accept }), json === true)
      }
      const { text, body } = await askJson<Page>(options, { route, query: { from, to, limit } })
      if (json) return void process.stdout.write(text)
      for (const transaction of body.transactions) console.log(shown(transaction))
      if (body.next !== null) console.log(`more with --from ${new URLSearchParams(body.next.slice(5)).get('from')}`)
    })

/** Up to and with a moment is before the `t` after it. */
async function endOf({ to, asOf, ...asked }: Options): Promise<string | undefined> {
  if (asOf === undefined) return to
  if (to !== undefined) throw new FactError('usage', '--to and --as-of both say where to end; one of them is enough')
  const { listingRoutes } = await import('../../serve/routes/listings.ts')
  const { body } = await askJson<{ t: number }>(asked, { route: routeOf(listingRoutes, '/t'), query: { at: asOf } })
  return String(body.t + 1)
}

async function printLines(pieces: AsyncIterable<string | Uint8Array>, json: boolean): Promise<void> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const piece of pieces) {
    rest += typeof piece === 'string' ? piece : decoder.decode(piece, { stream: true })
    const lines = rest.split('\n')
    rest = lines.pop()!
    for (const line of lines) console.log(json ? line : shown(JSON.parse(line) as LoggedTransaction))
  }
}

function shown({ t, instant, origin, facts }: LoggedTransaction): string {
  const lines = facts.map(
    ({ id, attribute, value, op }) => `  ${op === 'assert' ? '+' : '-'} ${id} ${attribute} ${shownValue(value)}`,
  )
  return [`t ${t}  ${instant}  ${originText(origin)}`, ...lines].join('\n')
}
