import { createWriteStream, existsSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import { type Command, Option } from 'commander'
import { FactError } from '../../base/error.ts'
import { showInstant } from '../../model/instant.ts'
import { csvAnswer } from '../../serve/format/answer-text.ts'
import { EnvCommand } from '../env-command.ts'
import { count, counted, write } from '../output.ts'
import { progressLine } from '../progress.ts'
import { asOfOption, dataOption, projectOption } from '../setting.ts'
import { withReader } from '../with-reader.ts'

interface Options {
  data: string
  project?: string
  asOf?: string
  out: string
  format: 'arrow' | 'csv'
}

/** `heartwood export --out DIR` */
export const exportCommand = (): Command =>
  new EnvCommand('export')
    .description(
      'write everything that is known at one moment as a file for each kind of entity, which needs no Heartwood to be read',
    )
    .requiredOption('--out <dir>', 'a folder that is empty, or a new one')
    .addOption(asOfOption())
    .addOption(new Option('--format <format>', 'Arrow IPC files, or CSV').choices(['arrow', 'csv']).default('arrow'))
    .addOption(dataOption())
    .addOption(projectOption())
    .action((options: Options) =>
      withReader(options, async database => {
        const { out, format } = options
        const { arrowAnswer } = await import('../../extract/arrow-answer.ts')
        const { kindAnswer } = await import('../../extract/kind-answer.ts')
        const view = database.view(options.asOf)
        if (existsSync(out) && readdirSync(out).length > 0)
          throw new FactError('usage', `${out} is not empty; give a folder that is, or a new one`)
        mkdirSync(out, { recursive: true })
        const line = progressLine(process.stderr)
        const files: { kind: string; file: string; rows: number }[] = []
        for (const kind of view.schema.kinds) {
          if (kind.number === 0) continue
          line.show(`${kind.name}`)
          const answer = kindAnswer(view, kind)
          if (answer.rows === 0) continue
          const file = `${kind.name}.${format}`
          const about = { view, query: `export ${kind.name}`, version: null, args: '{}', shard: null }
          // half a file never has the name of a whole one
          const stream = createWriteStream(join(out, `${file}.part`))
          await write(stream, format === 'csv' ? csvAnswer(answer) : arrowAnswer(answer, about, 'file'))
          stream.end()
          await finished(stream)
          renameSync(join(out, `${file}.part`), join(out, file))
          files.push({ kind: kind.name, file, rows: answer.rows })
        }
        line.clear()
        const moment = { t: view.t, instant: showInstant(view.instant), settled: view.settled }
        // last, so that an export without it is not whole
        writeFileSync(join(out, 'export.json'), `${JSON.stringify({ store: database.storeName, ...moment, files })}\n`)
        const rows = files.reduce((sum, file) => sum + file.rows, 0)
        console.log(
          `wrote ${counted(rows, 'entity', 'entities')} as of t ${count(view.t)} in ${counted(files.length, 'file')} to ${out}`,
        )
      }),
    )
