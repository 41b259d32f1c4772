import { resolve } from 'node:path'
import type { Command } from 'commander'
import { backupStore } from '../../store/backup.ts'
import { liveHolder } from '../../store/lock.ts'
import { nodeDisk } from '../../store/node-disk.ts'
import { EnvCommand } from '../env-command.ts'
import { count, counted, megabytes } from '../output.ts'
import { dataOption, jsonOption } from '../setting.ts'

interface Options {
  data: string
  out: string
  json?: boolean
}

/** `heartwood backup --out DIR` */
export const backupCommand = (): Command =>
  new EnvCommand('backup')
    .description('copy a store, also while a server writes to it; heartwood restore brings it back')
    .requiredOption('--out <dir>', 'a folder that is empty, or a new one')
    .addOption(dataOption())
    .addOption(jsonOption())
    .action(async ({ data, out, json }: Options) => {
      const folder = resolve(data)
      const holder = liveHolder(folder)
      const durable = holder ? await durableAt(holder.url) : undefined
      const backup = await backupStore({
        ...{ disk: nodeDisk, data: folder, to: resolve(out) },
        ...(durable === undefined ? {} : { durable }),
      })
      if (json) return console.log(JSON.stringify(backup))
      const { store, t, frames, bytes } = backup
      console.log(`copied ${store} up to t ${count(t)}: ${counted(frames, 'frame')} of ${megabytes(bytes)} to ${out}`)
    })

/** Up to where a writer says that all is durable; 0 where it says nothing. */
async function durableAt(url: string | null): Promise<number> {
  if (url === null) return 0
  try {
    const response = await fetch(`${url}/t`)
    return response.ok ? ((await response.json()) as { t: number }).t : 0
  } catch {
    return 0
  }
}
