import type { Command } from 'commander'
import { machineClock } from '../../base/clock.ts'
import { FactError } from '../../base/error.ts'
import { openDatabase } from '../../database/database.ts'
import { showInstant } from '../../model/instant.ts'
import { parseMoment } from '../../model/moment.ts'
import { EnvCommand } from '../env-command.ts'
import { loadFiles } from '../load-files.ts'
import { count, counted } from '../output.ts'
import { progressLine } from '../progress.ts'
import { dataOption, placeOf, projectOption } from '../setting.ts'
import { keepYoungSpace } from '../young-space.ts'

interface Options {
  data: string
  project?: string
  as?: string
  again?: boolean
  acceptFuture?: boolean
  settle?: string
}

/** `heartwood load FILE…` */
export const loadCommand = (): Command =>
  new EnvCommand('load')
    .description('load event files (NDJSON, plain or .gz, or - for standard input) into the store')
    .argument('<file...>')
    .addOption(dataOption())
    .addOption(projectOption())
    .option('--as <name>', 'the name by which the store knows the file; its base name where absent')
    .option('--again', 'load content that was loaded under another name')
    .option('--accept-future', 'go on where timestamps lie over a day behind what an earlier line claims')
    .option(
      '--settle <instant>',
      'afterwards no event becomes known before this moment any more: answers about the time before it are settled',
    )
    .action(async (paths: string[], options: Options) => {
      keepYoungSpace()
      const settle = options.settle === undefined ? null : settledUpTo(options.settle)
      const database = await openDatabase({ ...placeOf(options), clock: machineClock, readOnly: false })
      try {
        if (database.recovered !== null) console.error(database.recovered)
        const { as, again, acceptFuture } = options
        const { applied, refused, seconds } = await loadFiles(database, paths, {
          line: progressLine(process.stderr),
          say: words => console.error(words),
          onWaiting: waiting =>
            console.error(waiting === null ? 'there is room again; loading goes on' : waiting.message),
          ...(as === undefined ? {} : { as }),
          ...(again === undefined ? {} : { again }),
          ...(acceptFuture === undefined ? {} : { acceptFuture }),
        })
        const { t, facts } = database.stats()
        const rate = count(Math.round((applied + refused) / Math.max(seconds, 0.001)))
        console.log(
          `loaded ${counted(applied, 'event')} in ${seconds.toFixed(1)} s (${rate} a second); the store has ${counted(facts, 'fact')} up to t ${t}`,
        )
        if (settle !== null) {
          if (database.mark(settle)) await database.commit()
          console.log(`all moments before ${showInstant(database.frontier)} are settled`)
        }
        if (refused > 0)
          console.log(
            `${counted(refused, 'event was', 'events were')} refused: heartwood dead-letters --data ${options.data} lists them`,
          )
      } finally {
        await database.close()
      }
    })

/** The instant that `--settle` names. Throws `usage` for what is none, or has not come yet. */
function settledUpTo(text: string): number {
  const moment = parseMoment(text)
  if (!('instant' in moment))
    throw new FactError('usage', `--settle takes a day or an instant with a zone, and ${text} is a t`)
  if (moment.instant > machineClock.now())
    throw new FactError('usage', `--settle ${text} has not come yet, and nothing can be settled before`)
  return moment.instant
}
