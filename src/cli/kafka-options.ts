import { readFileSync } from 'node:fs'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { FactError } from '../base/error.ts'
import type { KafkaConnection, SaslMechanism } from '../ingest/kafka-client.ts'

/** The options that say how to reach Kafka. */
export interface KafkaOptions {
  kafka?: string[]
  kafkaTls?: boolean
  kafkaCa?: string
  kafkaCert?: string
  kafkaKey?: string
  kafkaSasl?: SaslMechanism
  kafkaUser?: string
  kafkaPassword?: string
}

const MECHANISMS: readonly SaslMechanism[] = ['plain', 'scram-sha-256', 'scram-sha-512']

/** Adds the options that every command has which reaches Kafka. */
export const reachingKafka = (command: Command, purpose: string): Command =>
  command
    .addOption(new Option('--kafka <host:port,…>', purpose).argParser(brokers).env('HEARTWOOD_KAFKA'))
    .addOption(new Option('--kafka-tls', 'encrypt the connection to Kafka').env('HEARTWOOD_KAFKA_TLS'))
    .addOption(
      new Option('--kafka-ca <file>', 'PEM file of who signed the certificates of the brokers').env(
        'HEARTWOOD_KAFKA_CA',
      ),
    )
    .addOption(new Option('--kafka-cert <file>', 'PEM file of our own certificate').env('HEARTWOOD_KAFKA_CERT'))
    .addOption(new Option('--kafka-key <file>', 'PEM file of its key').env('HEARTWOOD_KAFKA_KEY'))
    .addOption(
      new Option('--kafka-sasl <mechanism>', 'how to say who we are').choices(MECHANISMS).env('HEARTWOOD_KAFKA_SASL'),
    )
    .addOption(new Option('--kafka-user <name>', 'who we are').env('HEARTWOOD_KAFKA_USER'))
    .addOption(
      new Option('--kafka-password <password>', 'better given as HEARTWOOD_KAFKA_PASSWORD').env(
        'HEARTWOOD_KAFKA_PASSWORD',
      ),
    )

function brokers(text: string): string[] {
  const list = text.split(',').map(broker => broker.trim())
  for (const broker of list)
    if (!/^(\[[^\]]+\]|[^\s:/]+):\d{1,5}$/.test(broker))
      throw new InvalidArgumentError('It is a list such as kafka-1:9092,kafka-2:9092.')
  return list
}

/** How to reach Kafka; null where no broker is named. Throws `usage` for options that do not fit together, or files that cannot be read. */
export function connectionOf(options: KafkaOptions): KafkaConnection | null {
  const { kafka, kafkaTls, kafkaCa, kafkaCert, kafkaKey, kafkaSasl, kafkaUser, kafkaPassword } = options
  if (kafka === undefined) return null
  if ((kafkaCert === undefined) !== (kafkaKey === undefined))
    throw new FactError('usage', 'a certificate and its key go together: give --kafka-cert and --kafka-key')
  if (kafkaSasl !== undefined && (kafkaUser === undefined || kafkaPassword === undefined))
    throw new FactError('usage', '--kafka-sasl needs --kafka-user, and the password in HEARTWOOD_KAFKA_PASSWORD')
  if (kafkaSasl === undefined && (kafkaUser !== undefined || kafkaPassword !== undefined))
    throw new FactError('usage', `a user of Kafka needs --kafka-sasl ${MECHANISMS.join('|')}`)
  const [ca, cert, key] = [kafkaCa, kafkaCert, kafkaKey].map(pem)
  const encrypted = kafkaTls || ca !== undefined || cert !== undefined
  return {
    brokers: kafka,
    ...(encrypted && { tls: { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) } }),
    ...(kafkaSasl && { sasl: { mechanism: kafkaSasl, username: kafkaUser!, password: kafkaPassword! } }),
  }
}

function pem(file: string | undefined): string | undefined {
  if (file === undefined) return undefined
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new FactError('usage', `${file} cannot be read: ${(error as Error).message}`)
  }
}

/** The same where it must be given. */
export function requiredConnection(options: KafkaOptions): KafkaConnection {
  const connection = connectionOf(options)
  if (connection === null) throw new FactError('usage', 'say where Kafka is: --kafka HOST:PORT')
  return connection
}
