import { Command } from 'commander'
import { plannedCommands } from './commands/planned.ts'
import { programVersion } from './setting.ts'

/** Is told of the query that was typed, so that a mistake can be shown in it. */
type OnText = (text: string) => void

/** Where each command is, in the order of the help. */
const COMMANDS: Readonly<Record<string, (onText: OnText) => Promise<Command>>> = {
  serve: async () => (await import('./commands/serve.ts')).serveCommand(),
  load: async () => (await import('./commands/load.ts')).loadCommand(),
  query: async onText => (await import('./commands/query.ts')).queryCommand(onText),
  explain: async onText => (await import('./commands/explain.ts')).explainCommand(onText),
  entity: async () => (await import('./commands/entity.ts')).entityCommand(),
  history: async () => (await import('./commands/history.ts')).historyCommand(),
  extract: async () => (await import('./commands/extract.ts')).extractCommand(),
  'dead-letters': async () => (await import('./commands/dead-letters.ts')).deadLettersCommand(),
  'accept-gap': async () => (await import('./commands/accept-gap.ts')).acceptGapCommand(),
  log: async () => (await import('./commands/log.ts')).logCommand(),
  status: async () => (await import('./commands/status.ts')).statusCommand(),
  stats: async () => (await import('./commands/stats.ts')).statsCommand(),
  verify: async () => (await import('./commands/verify.ts')).verifyCommand(),
  backup: async () => (await import('./commands/backup.ts')).backupCommand(),
  restore: async () => (await import('./commands/restore.ts')).restoreCommand(),
  export: async () => (await import('./commands/export.ts')).exportCommand(),
  sample: async () => (await import('./commands/sample.ts')).sampleCommand(),
  contracts: async () => (await import('./commands/contracts.ts')).contractsCommand(),
  queries: async () => (await import('./commands/queries.ts')).queriesCommand(),
}

/**
 * The commands that may be meant by `typed`, the arguments of the process: all of them, unless one is named, or nothing but the version is
 * asked for. The files behind all commands take a third of a second to read.
 */
export async function createProgram(onText: OnText, typed: readonly string[] = []): Promise<Command> {
  const program = new Command('heartwood')
    .description('An immutable fact store with a read-only, time-travelling Datalog service')
    .version(programVersion())
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
  for (const command of await commandsFor(typed, onText)) program.addCommand(command.exitOverride())
  return program
}

async function commandsFor(typed: readonly string[], onText: OnText): Promise<Command[]> {
  const [first] = typed
  if (first === '--version' || first === '-V') return []
  if (first !== undefined && Object.hasOwn(COMMANDS, first)) return [await COMMANDS[first](onText)]
  return [...(await Promise.all(Object.values(COMMANDS).map(command => command(onText)))), ...plannedCommands()]
}
