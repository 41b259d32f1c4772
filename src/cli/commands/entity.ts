import type { Command } from 'commander'
import type { ReadEntity } from '../../database/api.ts'
import { entityRoutes } from '../../serve/routes/entity.ts'
import { type Asked, askJson, routeOf } from '../asking.ts'
import { EnvCommand } from '../env-command.ts'
import { count, shownValue } from '../output.ts'
import { asOfOption, jsonOption, reading } from '../setting.ts'

interface Options extends Asked {
  asOf?: string
  attributes?: string
  pull?: string
  ages?: boolean
  maxAge?: string
  json?: boolean
}

/** `heartwood entity ID` */
export const entityCommand = (): Command =>
  reading(new EnvCommand('entity'))
    .description('print what is known of an entity such as customer:c-0001')
    .argument('<id>')
    .addOption(asOfOption())
    .option('--attributes <names>', "a comma list such as 'country,invoice/_customer{line_no}'; all where absent")
    .option('--pull <pattern>', "a pull pattern such as '[* {:invoice/customer [:customer/country]}]' instead")
    .option('--ages', 'since when each value is known')
    .option('--max-age <duration>', 'leave out values that are older, such as P30D')
    .addOption(jsonOption())
    .action(async (id: string, options: Options) => {
      const { asOf, attributes, pull, maxAge, json } = options
      const ages = options.ages || undefined
      const route = routeOf(entityRoutes, '/entity/:id')
      const query = { asOf, attributes, pull, maxAge, ages }
      const { text, body } = await askJson<ReadEntity>(options, { route, params: { id }, query })
      if (json) return void process.stdout.write(text)
      const values = body.attributes as Readonly<Record<string, unknown>>
      const width = Math.max(0, ...Object.keys(values).map(name => name.length))
      console.log(`${body.id} as of ${body.at} (t ${count(body.t)}, ${body.settled ? 'settled' : 'not settled yet'})`)
      for (const [name, value] of Object.entries(values)) {
        const since = body.since?.[name]
        const known =
          since === undefined
            ? ''
            : `  since ${[since]
                .flat()
                .map(({ instant }) => instant)
                .join(', ')}`
        console.log(`  ${name.padEnd(width)}  ${shownValue(value)}${known}`)
      }
    })
