import { availableParallelism } from 'node:os'
import { type Command, Option } from 'commander'
import { FactError } from '../../base/error.ts'
import { MOST_SHARDS } from '../../extract/shard.ts'
import { EnvCommand } from '../env-command.ts'
import type { ExtractOptions } from '../extract/extract-to.ts'
import { SHARD_FORMATS } from '../extract/formats.ts'
import { argOption } from '../question.ts'
import { asOfOption, reading, whole } from '../setting.ts'
import { withReader } from '../with-reader.ts'

/** `heartwood extract NAME --shards N --out DIR` */
export const extractCommand = (): Command =>
  reading(new EnvCommand('extract'))
    .description('write the shards of a saved query as files of Parquet, Arrow or CSV')
    .argument('<name>', 'a saved query')
    .requiredOption('--out <dir>', 'a folder for the files; one that a broken run left behind is completed')
    .addOption(new Option('--shards <n>', 'how many files').argParser(whole(1, MOST_SHARDS)).default(1))
    .addOption(
      new Option('--threads <n>', 'how many shards at a time; each thread holds the store in memory')
        .argParser(whole(1, 64))
        .default(Math.min(4, availableParallelism())),
    )
    .addOption(asOfOption())
    .addOption(argOption())
    .option('--columns <names>', 'only these columns: a,b')
    .option('--filters <json>', 'only these rows: \'[["country","=","France"]]\'')
    .addOption(new Option('--format <format>', 'of the files').choices(SHARD_FORMATS).default('arrow'))
    .option('--at <spine>', 'not built yet')
    .action(async (name: string, options: ExtractOptions & { at?: string }) => {
      if (options.at !== undefined)
        throw new FactError('unsupported', '--at is not built yet: an extract is of one moment, --as-of')
      // what writes Arrow and Parquet takes longer to load than most commands take
      if (options.url !== undefined) {
        const { extractFrom } = await import('../extract/extract-from.ts')
        return extractFrom(options.url, name, options)
      }
      await withReader(options, async database => {
        const { extractTo } = await import('../extract/extract-to.ts')
        await extractTo(database, name, options)
      })
    })
