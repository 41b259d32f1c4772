import type { Command } from 'commander'
import type { SourceStatus, Status } from '../../database/api.ts'
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
      const { text, body } = await askJson<Status>(options, { route: routeOf(listingRoutes, '/status') })
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
      const claimed = body.sources.filter(({ timestamps }) => timestamps === 'producer').map(({ name }) => name)
      if (claimed.length > 0)
        console.log(
          `when events of ${claimed.join(', ')} became known is what their producers claim; set message.timestamp.type=LogAppendTime on the topics to know it`,
        )
    })

function shown({ name, next, known, late, heldBack, superseded }: SourceStatus): string {
  const counts = `${count(late)} late, ${count(heldBack)} held back, ${count(superseded)} superseded`
  return `${name}: next ${next}, known to ${known ?? 'no moment'}, ${counts}`
}
