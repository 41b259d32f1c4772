#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { contractsCommand } from './commands/contracts.ts'
import { deadLettersCommand } from './commands/dead-letters.ts'
import { entityCommand } from './commands/entity.ts'
import { explainCommand } from './commands/explain.ts'
import { extractCommand } from './commands/extract.ts'
import { loadCommand } from './commands/load.ts'
import { plannedCommands } from './commands/planned.ts'
import { queriesCommand } from './commands/queries.ts'
import { queryCommand } from './commands/query.ts'
import { sampleCommand } from './commands/sample.ts'
import { serveCommand } from './commands/serve.ts'
import { statsCommand } from './commands/stats.ts'
import { verifyCommand } from './commands/verify.ts'
import { DONE, explain, WRONG_USE } from './exit.ts'
import { SAMPLE_PROJECT } from './setting.ts'

const { version } = JSON.parse(readFileSync(`${SAMPLE_PROJECT}/package.json`, 'utf8')) as { version: string }

/** The query that was typed, so that a mistake can be shown in it. */
let typed: string | undefined
const remember = (text: string): void => {
  typed = text
}

const program = new Command('heartwood')
  .description('An immutable fact store with a read-only, time-travelling Datalog service')
  .version(version)
  .exitOverride()
  .configureHelp({ showGlobalOptions: true })

const commands = [
  serveCommand(),
  loadCommand(),
  queryCommand(remember),
  explainCommand(remember),
  entityCommand(),
  extractCommand(),
  deadLettersCommand(),
  verifyCommand(),
  statsCommand(),
  sampleCommand(),
  contractsCommand(),
  queriesCommand(),
  ...plannedCommands(),
]
for (const command of commands) program.addCommand(command.exitOverride())

// a reader that goes away, as `head` does, is no fault
process.stdout.on('error', error => {
  if ((error as NodeJS.ErrnoException).code === 'EPIPE') process.exit(DONE)
  throw error
})

try {
  await program.parseAsync()
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? DONE : WRONG_USE
  else {
    const { lines, status } = explain(error, typed)
    console.error(lines)
    process.exitCode = status
  }
}
