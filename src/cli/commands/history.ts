import type { Command } from 'commander'
import type { EntityHistory } from '../../database/api.ts'
import { entityRoutes } from '../../serve/routes/entity.ts'
import { type Asked, askJson, routeOf } from '../asking.ts'
import { EnvCommand } from '../env-command.ts'
import { counted, originText, shownValue } from '../output.ts'
import { asOfOption, jsonOption, reading } from '../setting.ts'

interface Options extends Asked {
  asOf?: string
  attribute?: string
  json?: boolean
}

/** `heartwood history ID` */
export const historyCommand = (): Command =>
  reading(new EnvCommand('history'))
    .description('print every value that an entity ever had, from when to when, and the event that stated it')
    .argument('<id>')
    .addOption(asOfOption())
    .option('--attribute <name>', 'only this one; a comma list names several')
    .addOption(jsonOption())
    .action(async (id: string, options: Options) => {
      const { asOf, attribute, json } = options
      const route = routeOf(entityRoutes, '/entity/:id/history')
      const { text, body } = await askJson<EntityHistory>(options, {
        route,
        params: { id },
        query: { asOf, attribute },
      })
      if (json) return void process.stdout.write(text)
      console.log(`${body.id} up to ${body.at} (t ${body.t}): ${counted(body.intervals.length, 'interval')}`)
      let last = ''
      for (const { attribute: name, value, from, to, origin } of body.intervals) {
        if (name !== last) console.log(`  ${name}`)
        last = name
        const until = to === null ? 'now' : `${to.instant} (t ${to.t})`
        console.log(`    ${from.instant} (t ${from.t}) to ${until}  ${shownValue(value)}  by ${originText(origin)}`)
      }
    })
