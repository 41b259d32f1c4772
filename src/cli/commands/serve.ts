import { availableParallelism } from 'node:os'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { SHARED_LIMITS } from '../../database/limits.ts'
import type { StartAt } from '../../ingest/kafka-source.ts'
import { parseMoment } from '../../model/moment.ts'
import type { LogLevel } from '../../serve/log.ts'
import { EnvCommand } from '../env-command.ts'
import { reachingKafka } from '../kafka-options.ts'
import type { ServeOptions } from '../serving.ts'
import { dataOption, memoryOption, projectOption, timeoutOption, whole } from '../setting.ts'

/** `beginning`, `end`, or an instant in milliseconds. */
function startOf(text: string): StartAt {
  if (text === 'beginning' || text === 'end') return text
  try {
    const moment = parseMoment(text)
    if ('instant' in moment) return moment.instant
  } catch {
    // said below
  }
  throw new InvalidArgumentError('It is beginning, end, a day, or an instant with a zone.')
}

function share(text: string): number {
  const value = Number(text)
  if (!(value > 0 && value <= 1)) throw new InvalidArgumentError('It is a share above 0 and up to 1, such as 0.5.')
  return value
}

const LEVELS: readonly LogLevel[] = ['info', 'warn', 'error', 'silent']

/** `heartwood serve` */
export const serveCommand = (): Command =>
  reachingKafka(new EnvCommand('serve'), "consume the contracts' topics from these brokers")
    .description('serve a store over HTTP, and take in events; without options the bundled sample')
    .addOption(dataOption())
    .addOption(projectOption())
    .addOption(
      new Option('--port <port>', 'where to listen').argParser(whole(0, 65_535)).default(7474).env('HEARTWOOD_PORT'),
    )
    .addOption(new Option('--host <address>', 'the address to listen on').default('127.0.0.1').env('HEARTWOOD_HOST'))
    .addOption(
      new Option('--kafka-start <moment>', 'where to begin a topic that was never read: beginning, end, or an instant')
        .argParser(startOf)
        .default('beginning'),
    )
    .addOption(
      new Option(
        '--most-refused <share>',
        'stop a topic of whose latest 1,000 events a larger share is refused',
      ).argParser(share),
    )
    .addOption(
      new Option(
        '--cors <origin,…>',
        "origins whose pages may read answers, such as https://notebook.example; * for anybody's",
      )
        .argParser(text => text.split(',').map(origin => origin.trim().replace(/\/$/, '')))
        .env('HEARTWOOD_CORS'),
    )
    .addOption(
      new Option('--gzip', 'compress long answers for whoever takes gzip; zstd is given to whoever asks for it').env(
        'HEARTWOOD_GZIP',
      ),
    )
    .option('--load <file...>', 'load event files while serving')
    .addOption(
      new Option('--collect <port>', 'where to listen for what is to be written, such as replays of dead letters')
        .argParser(whole(0, 65_535))
        .env('HEARTWOOD_COLLECT'),
    )
    .addOption(
      new Option('--settle-after <seconds>', 'once Kafka was read to its end, moments this long ago are settled')
        .argParser(whole(0, 86_400))
        .default(2)
        .env('HEARTWOOD_SETTLE_AFTER'),
    )
    .addOption(
      new Option('--readers <n>', 'threads that run queries')
        .argParser(whole(1, 64))
        .default(Math.min(8, Math.max(2, availableParallelism() - 1)))
        .env('HEARTWOOD_READERS'),
    )
    .addOption(
      new Option('--queue <n>', 'requests that may wait for a reader thread; more are told to ask again')
        .argParser(whole(0, 100_000))
        .default(256)
        .env('HEARTWOOD_QUEUE'),
    )
    .addOption(
      new Option('--queue-ms <ms>', 'how long a request may wait for a reader thread')
        .argParser(whole(1, 86_400_000))
        .default(60_000)
        .env('HEARTWOOD_QUEUE_MS'),
    )
    .addOption(
      new Option('--stall-ms <ms>', 'how long a client may take nothing of an answer')
        .argParser(whole(100, 86_400_000))
        .default(60_000)
        .env('HEARTWOOD_STALL_MS'),
    )
    .addOption(
      new Option('--reader-nice <n>', 'how far reader threads stand back: at 19 they work when nobody else wants to')
        .argParser(whole(0, 19))
        .default(19)
        .env('HEARTWOOD_READER_NICE'),
    )
    .addOption(
      new Option(
        '--writer-nice <n>',
        'how far the thread that takes in events stands back behind answering for entities',
      )
        .argParser(whole(0, 19))
        .default(10)
        .env('HEARTWOOD_WRITER_NICE'),
    )
    .addOption(
      new Option('--dead-letter-mb <mb>', 'how much of the refused events of each topic is kept')
        .argParser(whole(0, 1_000_000))
        .default(64),
    )
    .option('--dead-letter-topic <topic>', 'publish refused events to this Kafka topic too')
    .addOption(timeoutOption(SHARED_LIMITS))
    .addOption(memoryOption(SHARED_LIMITS))
    .addOption(
      new Option('--log-level <level>', 'what to log on standard error')
        .choices(LEVELS)
        .default('warn')
        .env('HEARTWOOD_LOG'),
    )
    // the server and its libraries take a third of a second to load, which other commands need not wait for
    .action(async (options: ServeOptions) => (await import('../serving.ts')).serve(options))
