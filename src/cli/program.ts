import { Command } from 'commander'
import { acceptGapCommand } from './commands/accept-gap.ts'
import { backupCommand } from './commands/backup.ts'
import { contractsCommand } from './commands/contracts.ts'
import { deadLettersCommand } from './commands/dead-letters.ts'
import { entityCommand } from './commands/entity.ts'
import { explainCommand } from './commands/explain.ts'
import { exportCommand } from './commands/export.ts'
import { extractCommand } from './commands/extract.ts'
import { historyCommand } from './commands/history.ts'
import { loadCommand } from './commands/load.ts'
import { logCommand } from './commands/log.ts'
import { plannedCommands } from './commands/planned.ts'
import { queriesCommand } from './commands/queries.ts'
import { queryCommand } from './commands/query.ts'
import { restoreCommand } from './commands/restore.ts'
import { sampleCommand } from './commands/sample.ts'
import { serveCommand } from './commands/serve.ts'
import { statsCommand } from './commands/stats.ts'
import { statusCommand } from './commands/status.ts'
import { verifyCommand } from './commands/verify.ts'
import { programVersion } from './setting.ts'

/** All commands. `onText` is told of the query that was typed, so that a mistake can be shown in it. */
export function createProgram(onText: (text: string) => void): Command {
  const program = new Command('heartwood')
    .description('An immutable fact store with a read-only, time-travelling Datalog service')
    .version(programVersion())
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
  const commands = [
    serveCommand(),
    loadCommand(),
    queryCommand(onText),
    explainCommand(onText),
    entityCommand(),
    historyCommand(),
    extractCommand(),
    deadLettersCommand(),
    acceptGapCommand(),
    logCommand(),
    statusCommand(),
    statsCommand(),
    verifyCommand(),
    backupCommand(),
    restoreCommand(),
    exportCommand(),
    sampleCommand(),
    contractsCommand(),
    queriesCommand(),
    ...plannedCommands(),
  ]
  for (const command of commands) program.addCommand(command.exitOverride())
  return program
}
