import type { Command } from 'commander'
import { OWN_LIMITS } from '../../database/limits.ts'
import type { Explained } from '../../query/query.ts'
import { explained } from '../../serve/routes/explain.ts'
import { EnvCommand } from '../env-command.ts'
import { bodyOf, type Question, type Questioned, questioning, questionOf } from '../question.ts'
import { askServer } from '../remote.ts'
import { jsonOption, limitsOf, memoryOption, timeoutOption } from '../setting.ts'
import { withReader } from '../with-reader.ts'

interface Options extends Questioned {
  readonly run?: boolean
  readonly json?: boolean
  readonly timeoutMs?: number
  readonly memoryMb?: number
}

/** `heartwood explain EDN|NAME` */
export function explainCommand(onText: (text: string) => void): Command {
  return questioning(new EnvCommand('explain'))
    .description(
      'show how a query would be run, with the rows that are expected at each step, and what it may not mean',
    )
    .option('--run', 'run it too, so that real rows stand beside the expected ones')
    .addOption(jsonOption())
    .addOption(timeoutOption(OWN_LIMITS))
    .addOption(memoryOption(OWN_LIMITS))
    .action((text: string | undefined, options: Options) => explain(questionOf(text, options.file, onText), options))
}

/** Prints the plan of a query. */
export async function explain(question: Question, options: Options): Promise<void> {
  const { run = false, json, url } = options
  const print = (found: Explained) => console.log(json ? JSON.stringify(found) : found.text)
  const body = { ...bodyOf(question, options), run }
  if (url !== undefined) {
    const response = await askServer(url, 'explain', { method: 'POST', body })
    return print((await response.json()) as Explained)
  }
  await withReader(options, database => print(explained(database, body).explained), limitsOf(options, OWN_LIMITS))
}
