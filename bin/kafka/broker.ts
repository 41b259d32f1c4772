import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { installKafka, java } from './install.ts'

export { findKafka, installKafka, kafkaFolder } from './install.ts'

export interface BrokerOptions {
  /** Of 127.0.0.1; a free one where absent. */
  readonly port?: number
  /** Kept after `close`; a temporary one, removed by `close`, where absent. */
  readonly folder?: string
  /** Lines of `server.properties` beside or instead of ours. */
  readonly settings?: Readonly<Record<string, string | number | boolean>>
  readonly log?: (line: string) => void
  /** One listener more, such as `SASL_SSL`, on a port of its own: `Broker.second` is its address. */
  readonly protocol?: 'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL'
  /** More for the tool that formats the folder, such as `--add-scram`. */
  readonly format?: readonly string[]
  /** A broker whose cluster this one joins; it is that cluster's controller. */
  readonly joins?: Broker
}

/** One real Apache Kafka on this machine, broker and controller in one process. It ends with this process, whatever ends that. */
export interface Broker {
  /** `127.0.0.1:<port>` */
  readonly address: string
  /** Of the listener with a protocol of its own. */
  readonly second: string | null
  readonly folder: string
  readonly cluster: Cluster
  /** Ends it cleanly. */
  stop(): Promise<void>
  /** Ends it as a power cut would (`kill -9`). */
  kill(): Promise<void>
  /** Starts it again on the same port with the same data, after `stop` or `kill`. */
  start(): Promise<void>
  /** What Kafka's own tool for consumer groups says of one. Throws an `Error` with its words where it fails. */
  lagOf(group: string): readonly Lag[]
  /** Ends it, and removes its folder where that was a temporary one. */
  close(): Promise<void>
}

/** How far a consumer group has read a partition; -1 where it has committed nothing. */
export interface Lag {
  readonly topic: string
  readonly partition: number
  readonly committed: number
  readonly end: number
  readonly lag: number
}

/** What a broker must know that joins. */
interface Cluster {
  readonly id: string
  readonly controller: number
  /** Brokers so far. */
  nodes: number
}

const START_MS = 120_000

/** Starts a broker and waits until it serves. Throws an `Error` with the end of the broker's own log where it does not. */
export async function startBroker(options: BrokerOptions = {}): Promise<Broker> {
  const lib = await installKafka(options.log)
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'heartwood-kafka-'))
  mkdirSync(folder, { recursive: true })
  const properties = join(folder, 'server.properties')
  const port = options.port ?? (await freePort())
  if (options.port !== undefined) await mustBeFree(options.port)
  // The quorum remembers the controller's port, so a folder keeps the one that it had.
  const { joins, protocol, format: more = [] } = options
  const known = existsSync(properties) ? controllerPort(properties) : await freePort()
  const cluster = joins?.cluster ?? { id: clusterId(), controller: known, nodes: 0 }
  const node = ++cluster.nodes
  const extra = protocol === undefined ? null : { port: await freePort(), protocol }
  const own = joins ? joining(port, node) : {}
  const set = { ...settings(folder, cluster.controller), ...listening(port, cluster.controller, extra), ...own }
  writeFileSync(properties, lines({ ...set, ...options.settings }))
  writeFileSync(join(folder, 'log4j2.yaml'), LOGGING)
  const jvm = [...JVM, `-Dlog4j2.configurationFile=${join(folder, 'log4j2.yaml')}`, '-cp', join(lib, '*')]

  if (!existsSync(join(folder, 'data', 'meta.properties'))) {
    const args = ['kafka.tools.StorageTool', 'format', '-t', cluster.id, '-c', properties]
    if (!joins) args.push('--standalone')
    args.push(...more)
    const format = new Server([...jvm, ...args], join(folder, 'format.log'))
    if ((await format.ended) !== 0) throw new Error(`Kafka could not format ${folder}:\n${format.tail()}`)
  }
  const boot = async () => {
    const started = new Server([...jvm, 'kafka.Kafka', properties], join(folder, 'broker.log'))
    await started.ready()
    return started
  }
  let server = await boot()
  const close = async () => {
    await server.end('SIGTERM')
    if (options.folder === undefined) rmSync(folder, { recursive: true, force: true })
  }
  return {
    address: `127.0.0.1:${port}`,
    second: extra && `127.0.0.1:${extra.port}`,
    folder,
    cluster,
    stop: () => server.end('SIGTERM'),
    kill: () => server.end('SIGKILL'),
    start: async () => {
      await server.end('SIGTERM')
      server = await boot()
    },
    lagOf: group => lagOf(lib, `127.0.0.1:${port}`, group),
    close,
  }
}

function lagOf(lib: string, address: string, group: string): Lag[] {
  const tool = 'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand'
  const args = ['-Xmx128m', '-XX:TieredStopAtLevel=1', '-cp', join(lib, '*'), tool]
  const { status, stdout, stderr } = spawnSync(
    java,
    [...args, '--bootstrap-server', address, '--describe', '--group', group],
    {
      encoding: 'utf8',
    },
  )
  if (status !== 0) throw new Error(`${tool} ended with ${status}: ${stderr}${stdout}`)
  const number = (text: string) => (text === '-' ? -1 : Number(text))
  return stdout
    .split('\n')
    .map(line => line.trim().split(/\s+/))
    .filter(([name]) => name === group)
    .map(([, topic, partition, committed, end, lag]) => ({
      ...{ topic, partition: Number(partition) },
      ...{ committed: number(committed), end: number(end), lag: number(lag) },
    }))
}

/** One Java process, with a shell beside it that kills it when this process is gone: Kafka itself would stay for ever. */
class Server {
  readonly ended: Promise<number | null>
  readonly #child: ChildProcess
  readonly #logFile: string
  readonly #logStart: number
  #running = true

  constructor(args: readonly string[], logFile: string) {
    this.#logFile = logFile
    this.#logStart = existsSync(logFile) ? statSync(logFile).size : 0
    const log = openSync(logFile, 'a')
    this.#child = spawn(java, args, { stdio: ['ignore', log, log], detached: true })
    closeSync(log)
    const guard = spawn('sh', ['-c', 'read nothing; kill -9 "$0" 2>/dev/null', String(this.#child.pid)], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    })
    guard.unref()
    ;(guard.stdin as unknown as { unref(): void }).unref()
    this.ended = new Promise((resolve, reject) => {
      this.#child.once('error', reject)
      this.#child.once('exit', code => {
        this.#running = false
        guard.kill('SIGKILL')
        resolve(code)
      })
    })
  }

  tail(): string {
    return this.#log().slice(-4000)
  }

  #log(): string {
    return readFileSync(this.#logFile).subarray(this.#logStart).toString()
  }

  async ready(): Promise<void> {
    const deadline = Date.now() + START_MS
    while (!this.#log().includes('Kafka Server started')) {
      if (!this.#running) throw new Error(`Kafka ended before it had started:\n${this.tail()}`)
      if (Date.now() > deadline) {
        await this.end('SIGKILL')
        throw new Error(`Kafka had not started after ${START_MS / 1000} s:\n${this.tail()}`)
      }
      await sleep(50)
    }
  }

  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    if (!this.#running) return
    this.#child.kill(signal)
    const impatience = setTimeout(() => this.#child.kill('SIGKILL'), 30_000)
    await this.ended
    clearTimeout(impatience)
  }
}

/** Small and quick to start: half a gigabyte at most, and no compiler that needs warming up. */
const JVM = ['-Xmx512m', '-Xms128m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Djava.awt.headless=true']

const LOGGING = `Configuration:
  Appenders:
    Console: { name: STDOUT, target: SYSTEM_OUT, PatternLayout: { pattern: "[%d] %p %m (%c)%n" } }
  Loggers:
    Root: { level: WARN, AppenderRef: { ref: STDOUT } }
    Logger:
      - { name: kafka.server.KafkaRaftServer, level: INFO }
      - { name: org.apache.kafka.server.KafkaRaftServer, level: INFO }
`

function settings(folder: string, controller: number): Record<string, string | number | boolean> {
  return {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'inter.broker.listener.name': 'PLAINTEXT',
    'controller.listener.names': 'CONTROLLER',
    'controller.quorum.bootstrap.servers': `127.0.0.1:${controller}`,
    'log.dirs': join(folder, 'data'),
    'auto.create.topics.enable': false,
    'group.initial.rebalance.delay.ms': 0,
    // One broker: everything exists once.
    'default.replication.factor': 1,
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 1,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 1,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    'share.coordinator.state.topic.num.partitions': 1,
    // Few threads and buffers, since it shares the machine.
    'num.network.threads': 2,
    'num.io.threads': 2,
    'background.threads': 2,
    'num.recovery.threads.per.data.dir': 1,
    'log.cleaner.threads': 1,
    'log.cleaner.dedupe.buffer.size': 4194304,
    // Deletion and a restart after a crash within seconds instead of minutes.
    'log.retention.check.interval.ms': 1000,
    'log.segment.delete.delay.ms': 1000,
    'log.initial.task.delay.ms': 1000,
    'broker.session.timeout.ms': 2000,
    'broker.heartbeat.interval.ms': 300,
  }
}

type Settings = Record<string, string | number | boolean>

function listening(port: number, controller: number, extra: { port: number; protocol: string } | null): Settings {
  const second = extra ? `,SECOND://127.0.0.1:${extra.port}` : ''
  return {
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controller}${second}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}${second}`,
    'listener.security.protocol.map': `PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT${extra ? `,SECOND:${extra.protocol}` : ''}`,
  }
}

/** Of a broker that is no controller. */
const joining = (port: number, node: number): Settings => ({
  'process.roles': 'broker',
  'node.id': node,
  listeners: `PLAINTEXT://127.0.0.1:${port}`,
  'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
})

const lines = (map: Readonly<Record<string, string | number | boolean>>) =>
  Object.entries(map)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')

const controllerPort = (properties: string) =>
  Number(/^controller\.quorum\.bootstrap\.servers=.*:(\d+)$/m.exec(readFileSync(properties, 'utf8'))?.[1])

/** 16 bytes in base64url, as Kafka wants them; its own argument parser stumbles over a first `-`. */
function clusterId(): string {
  for (;;) {
    const id = randomBytes(16).toString('base64url')
    if (!id.startsWith('-')) return id
  }
}

async function mustBeFree(port: number): Promise<void> {
  await freePort(port).catch((error: Error) => {
    throw new Error(`Port ${port} of 127.0.0.1 cannot be used (${error.message}); choose another with --port.`)
  })
}

/** A port of 127.0.0.1 that nothing listens on right now, or `wanted` itself. */
function freePort(wanted = 0): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen(wanted, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}
