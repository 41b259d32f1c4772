import { Argument, type Command } from 'commander'
import { FactError } from '../../base/error.ts'
import { readContracts } from '../../contracts/read.ts'
import { EnvCommand } from '../env-command.ts'
import { counted } from '../output.ts'
import { placeOf, projectOption } from '../setting.ts'

/** `heartwood contracts check` */
export const contractsCommand = (): Command =>
  new EnvCommand('contracts')
    .description('check the contracts of a project')
    .addArgument(
      new Argument('<action>', 'publish, generate, apply and infer are not built yet').choices([
        'check',
        'publish',
        'generate',
        'apply',
        'infer',
      ]),
    )
    .addOption(projectOption())
    .action((action: string, options: { project?: string }) => {
      if (action !== 'check') throw new FactError('unsupported', `heartwood contracts ${action} is not built yet`)
      const { project } = placeOf({ data: '', ...options })
      const contracts = readContracts(project)
      const attributes = contracts.attributeSpecs().length
      console.log(
        `${counted(contracts.list.length, 'contract')} on ${counted(contracts.topics().length, 'topic')} state ${counted(attributes, 'attribute')} of ${counted(contracts.kinds.length, 'kind')} of entities: no fault found`,
      )
    })
