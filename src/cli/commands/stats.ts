import { Command } from 'commander'
import { count, megabytes } from '../output.ts'
import { jsonOption, reading, withReader } from '../setting.ts'

/** `heartwood stats` */
export const statsCommand = (): Command =>
  reading(new Command('stats'))
    .description('count facts, entities, events and bytes')
    .addOption(jsonOption())
    .action((options: { data: string; project?: string; json?: boolean }) =>
      withReader(options, database => {
        const stats = database.stats()
        if (options.json) return console.log(JSON.stringify(stats))
        const rows: [string, string][] = [
          ['store', stats.store],
          ['transactions', count(stats.t)],
          ['last instant', stats.instant ?? 'none'],
          ['facts', `${count(stats.facts)} (${count(stats.live)} hold, ${count(stats.history)} ended)`],
          [
            'entities',
            `${count(stats.entities)} (${Object.entries(stats.kinds)
              .map(([kind, number]) => `${count(number)} ${kind}`)
              .join(', ')})`,
          ],
          ['dead letters', count(stats.deadLetters)],
          ['late events', count(stats.late)],
          ['held back', count(stats.heldBack)],
          ['texts', count(stats.strings)],
          ['in memory', megabytes(stats.bytesInMemory)],
          ['on disk', megabytes(stats.bytesOnDisk)],
        ]
        for (const [name, value] of rows) console.log(`${name.padEnd(12)}  ${value}`)
      }),
    )
