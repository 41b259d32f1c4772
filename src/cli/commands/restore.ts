import { resolve } from 'node:path'
import type { Command } from 'commander'
import { restoreStore } from '../../store/backup.ts'
import { nodeDisk } from '../../store/node-disk.ts'
import { EnvCommand } from '../env-command.ts'
import { count, megabytes } from '../output.ts'
import { dataOption, jsonOption } from '../setting.ts'

/** `heartwood restore BACKUP --data DIR` */
export const restoreCommand = (): Command =>
  new EnvCommand('restore')
    .description('make a store from a backup: it answers the same, and goes on as a branch of its own')
    .argument('<backup>', 'the folder that heartwood backup wrote')
    .addOption(dataOption())
    .addOption(jsonOption())
    .action(async (backup: string, { data, json }: { data: string; json?: boolean }) => {
      const restored = await restoreStore(nodeDisk, resolve(backup), resolve(data))
      const { t, bytes, store: from } = restored.backup
      if (json) return console.log(JSON.stringify({ store: restored.store, from, t }))
      console.log(`restored ${from} up to t ${count(t)} (${megabytes(bytes)}) in ${data}, as ${restored.store}`)
    })
