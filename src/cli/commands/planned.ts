import { Command } from 'commander'
import { FactError } from '../../base/error.ts'

const PLANNED: Readonly<Record<string, string>> = {
  history: 'show every interval of an entity',
  log: 'list transactions',
  status: 'show how sources stand',
  rebuild: 'make a store anew from its events',
  'accept-gap': 'go on where Kafka lost events',
  backup: 'copy a store',
  restore: 'bring a copy back as a branch',
  export: 'write self-contained files',
}

/** Commands that users will have; until then each says so by its name. */
export const plannedCommands = (): Command[] =>
  Object.entries(PLANNED).map(([name, purpose]) =>
    new Command(name)
      .description(`${purpose} (not built yet)`)
      .allowUnknownOption()
      .allowExcessArguments()
      .action(() => {
        throw new FactError('unsupported', `heartwood ${name} is not built yet`)
      }),
  )
