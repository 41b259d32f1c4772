import type { Command } from 'commander'
import { FactError } from '../../base/error.ts'
import { EnvCommand } from '../env-command.ts'

const PLANNED: Readonly<Record<string, string>> = {
  rebuild: 'make a store anew from its events',
}

/** Commands that users will have; until then each says so by its name. */
export const plannedCommands = (): Command[] =>
  Object.entries(PLANNED).map(([name, purpose]) =>
    new EnvCommand(name)
      .description(`${purpose} (not built yet)`)
      .allowUnknownOption()
      .allowExcessArguments()
      .action(() => {
        throw new FactError('unsupported', `heartwood ${name} is not built yet`)
      }),
  )
