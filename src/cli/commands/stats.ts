import type { Command } from 'commander'
import type { Stats } from '../../database/api.ts'
import { listingRoutes } from '../../serve/routes/listings.ts'
import { type Asked, askJson, routeOf } from '../asking.ts'
import { EnvCommand } from '../env-command.ts'
import { count, megabytes } from '../output.ts'
import { jsonOption, reading } from '../setting.ts'

/** `heartwood stats` */
export const statsCommand = (): Command =>
  reading(new EnvCommand('stats'))
    .description('count facts, entities, events and bytes')
    .addOption(jsonOption())
    .action(async (options: Asked & { json?: boolean }) => {
      const { text, body: stats } = await askJson<Stats>(options, { route: routeOf(listingRoutes, '/stats') })
      if (options.json) return void process.stdout.write(text)
      const kinds = Object.entries(stats.kinds).map(([kind, number]) => `${count(number)} ${kind}`)
      const rows: [string, string][] = [
        ['store', stats.store],
        ['transactions', count(stats.t)],
        ['last instant', stats.instant ?? 'none'],
        ['facts', `${count(stats.facts)} (${count(stats.live)} hold, ${count(stats.history)} ended)`],
        ['entities', `${count(stats.entities)} (${kinds.join(', ')})`],
        ['dead letters', count(stats.deadLetters)],
        ['late events', count(stats.late)],
        ['held back', count(stats.heldBack)],
        ['superseded', count(stats.superseded)],
        ['texts', count(stats.strings)],
        ['in memory', `${megabytes(stats.bytesInMemory)} off the heap, ${stats.bytesAFact} bytes a fact`],
        ['left', `${megabytes(stats.bytesLeft)} of memory, for about ${count(stats.factsLeft)} more facts`],
        [
          'on disk',
          `${megabytes(stats.bytesOnDisk)} (log ${megabytes(stats.bytesOfLog)}, segments ${megabytes(stats.bytesOfSegments)})`,
        ],
      ]
      for (const [name, value] of rows) console.log(`${name.padEnd(12)}  ${value}`)
      const width = Math.max(0, ...Object.keys(stats.attributes).map(ident => ident.length))
      for (const [ident, { live, history }] of Object.entries(stats.attributes))
        console.log(`  ${ident.padEnd(width)}  ${count(live)} hold, ${count(history)} ended`)
    })
