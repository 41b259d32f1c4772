import { Argument, type Command } from 'commander'
import { FactError, FactErrors } from '../../base/error.ts'
import { checkQueries } from '../../database/check-queries.ts'
import { EnvCommand } from '../env-command.ts'
import { counted } from '../output.ts'
import { placeOf, projectOption } from '../setting.ts'

/** `heartwood queries check` */
export const queriesCommand = (): Command =>
  new EnvCommand('queries')
    .description('check the saved queries and procedures of a project against its contracts')
    .addArgument(new Argument('<action>').choices(['check']))
    .addOption(projectOption())
    .action((_: string, options: { project?: string }) => {
      const { queries, procedures, faults } = checkQueries(placeOf({ data: '', ...options }).project)
      if (faults.length > 0) throw new FactErrors(faults.map(({ message }) => new FactError('contract', message)))
      console.log(
        `${counted(queries, 'saved query', 'saved queries')} and ${counted(procedures, 'procedure')}: no fault found`,
      )
    })
