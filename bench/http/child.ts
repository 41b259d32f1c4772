import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const HERE = dirname(fileURLToPath(import.meta.url))
const MAIN = join(HERE, '../../src/cli/main.ts')

/** A process that the benchmark started. */
export interface Child {
  /** Waits for a line on standard output that fits, and gives what its first group found. */
  said(words: RegExp): Promise<string>
  /** Bytes resident in memory; 0 where that cannot be told. */
  resident(): number
  /** Whether it is still at work. */
  readonly running: boolean
  /** Waits until it ends by itself. */
  ended(): Promise<void>
  stop(): Promise<void>
}

function start(script: string, args: readonly string[]): Child {
  const quiet = '--disable-warning=ExperimentalWarning'
  const child: ChildProcess = spawn(process.execPath, [quiet, script, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let printed = ''
  let look = () => {}
  child.stdout!.on('data', chunk => {
    printed += chunk
    look()
  })
  const gone = new Promise<void>(resolve =>
    child.once('exit', () => {
      look()
      resolve()
    }),
  )
  return {
    said: words =>
      new Promise((resolve, reject) => {
        look = () => {
          const found = words.exec(printed)
          if (found) resolve(found[1])
          else if (child.exitCode !== null || child.signalCode !== null)
            reject(new Error(`${script} ended: ${printed}`))
        }
        look()
      }),
    resident() {
      try {
        return 1024 * Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? 0)
      } catch {
        return 0
      }
    },
    get running() {
      return child.exitCode === null && child.signalCode === null
    },
    async ended() {
      await gone
      if (child.exitCode !== 0) throw new Error(`${script} ${args[0]} ended with ${child.exitCode}: ${printed}`)
    },
    stop() {
      child.kill('SIGTERM')
      return gone
    },
  }
}

/** A command of Heartwood's. */
export const heartwood = (...args: string[]): Child => start(MAIN, args)

/** Node's own server with one answer. */
export const bare = (bodyFile: string): Child => start(join(HERE, 'bare.ts'), [bodyFile])

/** A Kafka consumer that only calls JSON.parse, for so many records. */
export const bareConsumer = (address: string, topic: string, events: number): Child =>
  start(join(HERE, '../kafka/bare.ts'), [address, topic, String(events)])

/** Express with one answer. */
export const express = (bodyFile: string): Child => start(join(HERE, '../serve/express.ts'), [bodyFile])
