import type { Command } from 'commander'
import { FactError } from '../../base/error.ts'
import type { ShownKafka, ShownSource, ShownStatus } from '../../serve/kafka-status.ts'
import { listingRoutes } from '../../serve/routes/listings.ts'
import { liveHolder } from '../../store/lock.ts'
import { type Asked, askJson, routeOf } from '../asking.ts'
import { EnvCommand } from '../env-command.ts'
import { count } from '../output.ts'
import { jsonOption, placeOf, reading } from '../setting.ts'

/** `heartwood status` */
export const statusCommand = (): Command =>
  reading(new EnvCommand('status'))
    .description('tell how far the sources were read, and what came late')
    .addOption(jsonOption())
    .action(async (options: Asked & { json?: boolean }) => {
      const { text, body } = await statusAsked(options)
      if (options.json) return void process.stdout.write(text)
      const rows: [string, string][] = [
        ['store', body.store],
        ['transactions', `${count(body.t)}, the last of ${body.instant ?? 'no moment'}`],
        ['settled before', body.frontier ?? 'nothing'],
        ['complete up to', body.completeThrough ?? 'the end of every file; there is no partition'],
        ['dead letters', count(body.deadLetters)],
        ['late events', count(body.late)],
        ['held back', count(body.heldBack)],
        ['superseded', count(body.superseded)],
      ]
      if (options.url === undefined) {
        const holder = liveHolder(placeOf(options).data)
        if (holder)
          rows.push(['written by', `process ${holder.pid}${holder.url ? `, which serves ${holder.url}` : ''}`])
      }
      for (const [name, value] of rows) console.log(`${name.padEnd(14)}  ${value}`)
      for (const source of body.sources) console.log(shown(source))
      for (const { topic, state, reason, detail } of body.kafka?.topics ?? [])
        if (state === 'stopped') console.log(`${topic} is stopped (${reason}): ${detail}`)
        else if (state === 'waiting') console.log(`${topic} does not exist yet`)
      for (const { source, from, to, at, reason } of body.gaps)
        console.log(`${source}: a gap was accepted at ${at}, offsets ${from} to ${to} (${reason})`)
      for (const warning of body.warnings) console.log(`warning: ${warning}`)
      if (body.kafka) rows.push(['kafka', brokersWords(body.kafka)])
      const claimed = body.sources.filter(({ timestamps }) => timestamps === 'producer').map(({ name }) => name)
      if (claimed.length > 0)
        console.log(
          `when events of ${claimed.join(', ')} became known is what their producers claim; set message.timestamp.type=LogAppendTime on the topics to know it`,
        )
    })

/** The server that writes to the folder knows more than the folder, so it is asked where there is one. */
async function statusAsked(options: Asked) {
  const question = { route: routeOf(listingRoutes, '/status') }
  const url = options.url ?? liveHolder(placeOf(options).data)?.url
  if (options.url === undefined && url)
    try {
      return await askJson<ShownStatus>({ ...options, url }, question)
    } catch (error) {
      // the one that is named there may have ended without a word
      if (!(error instanceof FactError) || error.kind !== 'unavailable') throw error
    }
  return askJson<ShownStatus>(options, question)
}

function brokersWords({ reached, at, rate, lastError }: ShownKafka): string {
  const words = reached ? `answers, ${count(rate)} events a second` : `has not answered since ${at ?? 'the start'}`
  return lastError ? `${words}; last complaint at ${lastError.at}: ${lastError.words}` : words
}

/** ` of 150 (30 behind, 12 s)` */
function behind({ end, lag, lagSeconds }: ShownSource): string {
  if (end === null) return ''
  const seconds = lagSeconds === null ? '' : `, ${Math.round(lagSeconds)} s`
  return ` of ${end}${lag ? ` (${count(lag)} behind${seconds})` : ''}`
}

function shown(source: ShownSource): string {
  const { name, next, known, late, heldBack, superseded } = source
  const counts = `${count(late)} late, ${count(heldBack)} held back, ${count(superseded)} superseded`
  return `${name}: next ${next}${behind(source)}, known to ${known ?? 'no moment'}, ${counts}`
}
