import { Command } from 'commander'
import { count } from '../output.ts'
import { asOfOption, jsonOption, reading, withReader } from '../setting.ts'

interface Options {
  data: string
  project?: string
  asOf?: string
  attributes?: string
  json?: boolean
}

interface Entity {
  readonly id: string
  readonly t: number
  readonly at: string
  readonly settled: boolean
  readonly attributes: Readonly<Record<string, unknown>>
}

/** `heartwood entity ID` */
export const entityCommand = (): Command =>
  reading(new Command('entity'))
    .description('print what is known of an entity such as customer:c-0001')
    .argument('<id>')
    .addOption(asOfOption())
    .option('--attributes <names>', 'a comma list; all where absent')
    .addOption(jsonOption())
    .action((id: string, options: Options) =>
      withReader(options, database => {
        const entity = database.entity(id, options.asOf, options.attributes ?? null)
        if (options.json) return console.log(JSON.stringify(entity))
        const { attributes, t, at, settled } = entity as unknown as Entity
        const width = Math.max(...Object.keys(attributes).map(name => name.length))
        console.log(`${entity['id']} as of ${at} (t ${count(t)}, ${settled ? 'settled' : 'not settled yet'})`)
        for (const [name, value] of Object.entries(attributes))
          console.log(`  ${name.padEnd(width)}  ${Array.isArray(value) ? value.join(', ') : (value ?? '')}`)
      }),
    )
