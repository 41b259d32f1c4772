import type { Command } from 'commander'
import { sampleEvents, sampleLine } from '../../sample/bank.ts'
import { EnvCommand } from '../env-command.ts'
import { write } from '../output.ts'

function* lines(): Generator<string> {
  for (const event of sampleEvents()) yield `${sampleLine(event)}\n`
}

/** `heartwood sample` */
export const sampleCommand = (): Command =>
  new EnvCommand('sample')
    .description("write the sample's events, one a line, to standard output")
    .action(() => write(process.stdout, lines()))
