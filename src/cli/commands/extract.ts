import { createWriteStream, existsSync, mkdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import { Command, Option } from 'commander'
import { FactError } from '../../base/error.ts'
import { MOST_SHARDS } from '../../extract/shard.ts'
import { counted, write } from '../output.ts'
import { progressLine } from '../progress.ts'
import { asOfOption, reading, whole, withReader } from '../setting.ts'
import { addArgument } from './query.ts'

interface Options {
  data: string
  project?: string
  asOf?: string
  shards: number
  out: string
  format: string
  arg: Record<string, unknown>
  at?: string
}

/** `heartwood extract NAME --shards N --out DIR` */
export const extractCommand = (): Command =>
  reading(new Command('extract'))
    .description('write the shards of a saved query as Arrow files')
    .argument('<name>', 'a saved query')
    .requiredOption('--out <dir>', 'a folder for the files; it may be new, and files that are there are not replaced')
    .addOption(new Option('--shards <n>', 'how many files').argParser(whole(1, MOST_SHARDS)).default(1))
    .addOption(asOfOption())
    .option(
      '--arg <name=value>',
      "an argument; 'name:=EDN' for anything beyond text",
      (text, args) => addArgument(text, args as never),
      {},
    )
    .addOption(new Option('--format <format>', 'parquet and csv are not built yet').default('arrow'))
    .option('--at <spine>', 'not built yet')
    .action((name: string, options: Options) =>
      withReader(options, async database => {
        if (options.at !== undefined)
          throw new FactError('unsupported', '--at is not built yet: an extract is of one moment, --as-of')
        if (options.format !== 'arrow')
          throw new FactError('unsupported', `--format ${options.format} is not built yet; arrow is`)
        const { out, shards, arg } = options
        const { arrowAnswer } = await import('../../extract/arrow-answer.ts')
        // one moment for all shards, whatever is written meanwhile
        const { t } = database.view(options.asOf)
        const line = progressLine(process.stderr)
        mkdirSync(out, { recursive: true })
        let total = 0
        for (let index = 0; index < shards; index++) {
          line.show(`shard ${index + 1} of ${shards}`)
          const file = join(
            out,
            `${name.replace(/@.*/, '')}-${String(index).padStart(5, '0')}-of-${String(shards).padStart(5, '0')}.arrow`,
          )
          if (existsSync(file)) throw new FactError('usage', `${file} is there already; choose another --out`)
          const { answer, view, info, args } = database.runSaved(name, arg, t, { index, of: shards })
          const about = {
            view,
            query: info.name,
            version: info.version,
            args: JSON.stringify(args),
            shard: `${index}/${shards}`,
          }
          // half a file never has the name of a whole one
          const stream = createWriteStream(`${file}.part`)
          await write(stream, arrowAnswer(answer, about, 'file'))
          stream.end()
          await finished(stream)
          renameSync(`${file}.part`, file)
          total += answer.rows
        }
        line.clear()
        console.log(`wrote ${counted(total, 'row')} as of t ${t} in ${counted(shards, 'file')} to ${out}`)
      }),
    )
