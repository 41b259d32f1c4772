import { createRequire } from 'node:module'
import kafkajs, { type Kafka, type PartitionAssigner, type SASLOptions } from 'kafkajs'
import { gatherAnswers, readInPlace } from './kafka-answers.ts'
import { lz4, snappy, zstd } from './kafka-codec.ts'
import { leaveBlocks } from './kafka-fetch.ts'
import { calmRequestQueue } from './kafka-request-queue.ts'
import { ReturnedMemory } from './returned-memory.ts'

export type { Admin, Consumer, EachBatchPayload, Kafka, Producer } from 'kafkajs'

/** How to reach brokers, as text and numbers, so that it can be sent to another thread. */
export interface KafkaConnection {
  /** `host:port`, at least one. */
  readonly brokers: readonly string[]
  /** Absent where the connection is not encrypted. Certificates and keys are PEM texts. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string }
  readonly sasl?: { readonly mechanism: SaslMechanism; readonly username: string; readonly password: string }
}

export const SASL_MECHANISMS = ['plain', 'scram-sha-256', 'scram-sha-512'] as const
export type SaslMechanism = (typeof SASL_MECHANISMS)[number]

export const TOPIC_RESOURCE = kafkajs.ConfigResourceTypes.TOPIC

/** A client that tries `retries` times to reach a broker before it says that it cannot, and writes nothing to the terminal. */
export function kafkaClient(
  { brokers, tls, sasl }: KafkaConnection,
  retries: number,
  log: (line: string) => void,
): Kafka {
  return new kafkajs.Kafka({
    clientId: 'heartwood',
    brokers: [...brokers],
    ...(tls && { ssl: { ...tls } }),
    ...(sasl && { sasl: { ...sasl } as SASLOptions }),
    connectionTimeout: 3000,
    socketFactory: readInPlace,
    retry: { retries, initialRetryTime: 200, maxRetryTime: 5000 },
    logLevel: kafkajs.logLevel.ERROR,
    // A refusal of one request is tried again or thrown; its line helps nobody.
    logCreator:
      () =>
      ({ log: { message } }) =>
        message.startsWith('Response ') || log(message),
  })
}

/** Of answers while they are read, and of blocks until they are applied. */
export const blockMemory = new ReturnedMemory(24 << 20)

/** Kafka only knows the group for its dashboards, so a member that is about to be expelled cannot take partitions from the one that lives. */
export const everythingToEveryMember: PartitionAssigner = ({ cluster }) => ({
  name: 'heartwood-everything',
  version: 1,
  protocol({ topics }) {
    const metadata = kafkajs.AssignerProtocol.MemberMetadata.encode({
      version: this.version,
      topics,
      userData: Buffer.alloc(0),
    })
    return { name: this.name, metadata }
  },
  async assign({ members, topics }) {
    const assignment = Object.fromEntries(
      topics.map(topic => [topic, cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => partitionId)]),
    )
    const memberAssignment = kafkajs.AssignerProtocol.MemberAssignment.encode({
      version: this.version,
      assignment,
      userData: Buffer.alloc(0),
    })
    return members.map(({ memberId }) => ({ memberId, memberAssignment }))
  },
})

kafkajs.CompressionCodecs[kafkajs.CompressionTypes.Snappy] = snappy
kafkajs.CompressionCodecs[kafkajs.CompressionTypes.LZ4] = lz4
kafkajs.CompressionCodecs[kafkajs.CompressionTypes.ZSTD] = zstd

const inside = createRequire(import.meta.url)
calmRequestQueue(inside('kafkajs/src/network/requestQueue/index.js').prototype)
const Decoder = inside('kafkajs/src/protocol/decoder.js')
const decodeMessages = inside('kafkajs/src/protocol/requests/fetch/v4/decodeMessages.js')
gatherAnswers(inside('kafkajs/src/network/connection.js').prototype, blockMemory)
leaveBlocks(inside('kafkajs/src/protocol/requests/fetch/v11/response.js'), {
  memory: blockMemory,
  codecOf: inside('kafkajs/src/protocol/message/compression/index.js').lookupCodecByAttributes,
  decodeOld: messages => decodeMessages(new Decoder(messages)),
})
