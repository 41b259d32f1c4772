import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import kafkajs from 'kafkajs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Broker, startBroker } from '../../bin/kafka/broker.ts'
import { machineClock } from '../../src/base/clock.ts'
import { type KafkaConnection, SASL_MECHANISMS, type SaslMechanism } from '../../src/ingest/kafka-client.ts'
import { kafkaSource } from '../../src/ingest/kafka-source.ts'
import { nothingKept, readOn, textOf, whyNoKafka } from './broker.ts'

const missing = whyNoKafka('encrypted connections to Kafka, and users')
const PASSWORD = 'a secret, with "quotes"'

/** A key and a certificate for 127.0.0.1, signed by nobody else. */
function makeCertificate(folder: string): { keystore: string; pem: string } {
  const keystore = join(folder, 'broker.p12')
  const store = ['-keystore', keystore, '-storetype', 'PKCS12', '-storepass', 'changeit', '-alias', 'broker']
  const name = ['-dname', 'CN=127.0.0.1', '-ext', 'SAN=ip:127.0.0.1', '-ext', 'bc=ca:true']
  const keytool = process.env['JAVA_HOME'] ? join(process.env['JAVA_HOME'], 'bin', 'keytool') : 'keytool'
  execFileSync(keytool, ['-genkeypair', '-keyalg', 'EC', '-validity', '2', ...store, ...name], { stdio: 'ignore' })
  const pem = join(folder, 'ca.pem')
  execFileSync(keytool, ['-exportcert', '-rfc', '-file', pem, ...store], { stdio: 'ignore' })
  return { keystore, pem }
}

describe.skipIf(missing !== null)('TLS and SASL', () => {
  let broker: Broker
  let folder: string
  let ca: string

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'heartwood-tls-'))
    const { keystore, pem } = makeCertificate(folder)
    ca = readFileSync(pem, 'utf8')
    const quoted = PASSWORD.replaceAll('"', '\\"')
    const login = 'org.apache.kafka.common.security'
    const scram = ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap(mechanism => [
      '--add-scram',
      `${mechanism}=[name=reader,password=secret-of-scram]`,
    ])
    broker = await startBroker({
      protocol: 'SASL_SSL',
      format: scram,
      settings: {
        'ssl.keystore.location': keystore,
        'ssl.keystore.type': 'PKCS12',
        'ssl.keystore.password': 'changeit',
        'ssl.key.password': 'changeit',
        'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
        'listener.name.second.plain.sasl.jaas.config': `${login}.plain.PlainLoginModule required user_reader="${quoted.replaceAll('\\', '\\\\')}";`,
        'listener.name.second.scram-sha-256.sasl.jaas.config': `${login}.scram.ScramLoginModule required;`,
        'listener.name.second.scram-sha-512.sasl.jaas.config': `${login}.scram.ScramLoginModule required;`,
      },
    })
    const kafka = new kafkajs.Kafka({ brokers: [broker.address], logLevel: kafkajs.logLevel.NOTHING })
    const admin = kafka.admin()
    await admin.connect()
    await admin.createTopics({ topics: [{ topic: 'secure', numPartitions: 1, replicationFactor: 1 }] })
    await admin.disconnect()
    const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner })
    await producer.connect()
    await producer.send({ topic: 'secure', messages: [{ value: 'hidden' }] })
    await producer.disconnect()
  })

  afterAll(async () => {
    await broker?.close()
    if (folder) rmSync(folder, { recursive: true, force: true })
  })

  const secretOf = (mechanism: SaslMechanism) => (mechanism === 'plain' ? PASSWORD : 'secret-of-scram')
  const read = async (connection: Omit<KafkaConnection, 'brokers'>, said: string[] = []) => {
    const kept = nothingKept()
    const source = kafkaSource({
      ...{
        brokers: [broker.second!],
        topics: ['secure'],
        groupId: 'secure',
        positions: new Map(),
        clock: machineClock,
      },
      ...connection,
      log: (_, line) => {
        said.push(line)
        if (/does not answer/.test(line)) void source.stop()
      },
    })
    await readOn(source, kept, ({ caughtUp }) => caughtUp)
    return kept.records.map(({ value }) => textOf(value))
  }

  test.each(SASL_MECHANISMS)('%s over an encrypted connection', async mechanism => {
    const sasl = { mechanism, username: 'reader', password: secretOf(mechanism) }
    expect(await read({ tls: { ca }, sasl })).toEqual(['hidden'])
  })

  test('a wrong password, and a broker whose certificate nobody trusts, are said and give nothing', async () => {
    const said: string[] = []
    const sasl = { mechanism: 'scram-sha-512', username: 'reader', password: 'wrong' } as const
    expect(await read({ tls: { ca }, sasl }, said)).toEqual([])
    expect(said.join('\n')).toMatch(/[Aa]uthentication failed/)
    expect(said.join('\n')).not.toContain('wrong')
    const untrusted: string[] = []
    expect(await read({ tls: {}, sasl: { ...sasl, password: 'secret-of-scram' } }, untrusted)).toEqual([])
    expect(untrusted.join('\n')).toMatch(/certificate/)
  })
})
