import { resolve } from 'node:path'
import type { Command } from 'commander'
import { FactError } from '../../base/error.ts'
import { nodeDisk } from '../../store/node-disk.ts'
import { verifyStore } from '../../store/verify.ts'
import { EnvCommand } from '../env-command.ts'
import { counted, megabytes } from '../output.ts'
import { dataOption, jsonOption, urlOption } from '../setting.ts'

interface Options {
  data: string
  json?: boolean
  scoring?: string
}

/** `heartwood verify` */
export const verifyCommand = (): Command =>
  new EnvCommand('verify')
    .description('read the whole log and the segments again with every checksum, and print a digest of all facts')
    .addOption(dataOption())
    .addOption(urlOption())
    .option('--scoring <n>', 'not built yet')
    .addOption(jsonOption())
    .action(async (options: Options) => {
      if (options.scoring !== undefined) throw new FactError('unsupported', '--scoring is not built yet')
      const verified = await verifyStore(nodeDisk, resolve(options.data))
      if (options.json) return console.log(JSON.stringify(verified))
      const { store, frames, bytes, transactions, facts, refused, digest, segments, torn } = verified
      console.log(`store ${store}: ${counted(frames, 'frame')} of ${megabytes(bytes)}, every checksum holds`)
      if (segments)
        console.log(
          `${counted(segments.files, 'file')} of segments, ${megabytes(segments.bytes)}: the same as the log up to t ${segments.basis}`,
        )
      console.log(
        `${counted(transactions, 'transaction')}, ${counted(facts, 'fact')}, ${counted(refused, 'dead letter')}`,
      )
      console.log(`digest of all facts: ${digest}`)
      if (torn)
        console.log(
          `${torn.file} ends in an unfinished frame: ${counted(torn.bytes, 'byte')} from byte ${torn.offset}, which the next writer cuts off`,
        )
    })
