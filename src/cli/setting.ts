import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { Limits } from '../database/limits.ts'

/** The folder of this program, whose contracts and queries are the sample's. */
export const SAMPLE_PROJECT: string = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

export function programVersion(): string {
  const { version } = JSON.parse(readFileSync(`${SAMPLE_PROJECT}/package.json`, 'utf8')) as { version: string }
  return version
}

/** Where the command reads and writes. */
export interface Place {
  readonly data: string
  readonly project: string
}

export const dataOption = (): Option =>
  new Option('--data <dir>', 'the folder of the store').default('data').env('HEARTWOOD_DATA')

export const projectOption = (): Option =>
  new Option('--project <dir>', "the folder with contracts/ and queries/; the sample's where absent").env(
    'HEARTWOOD_PROJECT',
  )

export const asOfOption = (): Option =>
  new Option('--as-of <moment>', 'a t, a day, or an instant with a zone; now where absent').env('HEARTWOOD_AS_OF')

export const jsonOption = (): Option => new Option('--json', 'print the body of the HTTP route of that name')

/** Instead of the folder: `http://127.0.0.1:7474`. */
export const urlOption = (): Option =>
  new Option('--url <url>', 'ask this server instead of the folder').argParser(text => {
    if (!/^https?:\/\/[^/]/.test(text) || !URL.canParse(text))
      throw new InvalidArgumentError('It is the address of a server, such as http://127.0.0.1:7474.')
    return text
  })

/** The server to ask instead of opening a store. */
export const serverOption = (): Option =>
  new Option('--url <url>', 'ask this server instead of opening the store').env('HEARTWOOD_URL')

/** How long a query may take; what holds where the option is absent. */
export const timeoutOption = ({ timeoutMs }: Limits): Option =>
  new Option('--timeout-ms <ms>', `end a query that takes longer; ${milliseconds(timeoutMs)} where absent`)
    .argParser(whole(1, Number.MAX_SAFE_INTEGER))
    .env('HEARTWOOD_TIMEOUT_MS')

/** How much memory a query may take. */
export const memoryOption = ({ memory }: Limits): Option =>
  new Option('--memory-mb <mb>', `end a query whose rows take more; ${memory / 2 ** 20} where absent`)
    .argParser(whole(1, 1_000_000))
    .env('HEARTWOOD_MEMORY_MB')

const milliseconds = (ms: number): string => (ms === Number.POSITIVE_INFINITY ? 'no limit' : String(ms))

/** What those two options say. */
export const limitsOf = (
  { timeoutMs, memoryMb }: { timeoutMs?: number; memoryMb?: number },
  byDefault: Limits,
): Limits => ({
  timeoutMs: timeoutMs ?? byDefault.timeoutMs,
  memory: memoryMb === undefined ? byDefault.memory : memoryMb * 2 ** 20,
})

/** Adds the options that every reading command has. */
export const reading = (command: Command): Command =>
  command.addOption(dataOption()).addOption(projectOption()).addOption(urlOption())

/** The folders that the options name, absolute. */
export const placeOf = ({ data, project }: { data: string; project?: string }): Place => ({
  data: resolve(data),
  project: resolve(project ?? SAMPLE_PROJECT),
})

/** A whole number of an option. */
export const whole =
  (least: number, most: number) =>
  (text: string): number => {
    const value = Number(text)
    if (!/^\d+$/.test(text) || value < least || value > most)
      throw new InvalidArgumentError(`It is a whole number from ${least} to ${most}.`)
    return value
  }
