import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { ROOT } from './given.ts'

/** The command line as users run it, on the Node that runs the tests. */
const MAIN = join(ROOT, 'src/cli/main.ts')

const folders: string[] = []

/** A new empty folder, gone when `removeFolders` is called. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'heartwood-test-'))
  folders.push(folder)
  return folder
}

export function removeFolders(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
}

export interface Ran {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs one command to its end. */
export function heartwood(args: readonly string[], input?: string): Ran {
  const env = { ...process.env, HEARTWOOD_LOG: 'silent' }
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], {
    cwd: ROOT,
    env,
    encoding: 'utf8',
    maxBuffer: 1 << 30,
    ...(input === undefined ? {} : { input }),
  })
  return { status, stdout, stderr }
}

export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })

export interface Service {
  readonly url: string
  readonly process: ChildProcess
  /** All that it printed so far. */
  output(): string
  /** Ends it as told, and waits until it is gone. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null>
  json(path: string): Promise<Record<string, unknown>>
  /** Posts a query as JSON; gives the result. */
  query(body: Record<string, unknown>): Promise<unknown>
}

/** Starts `heartwood serve` and waits until it answers `/health`. */
export async function startService(args: readonly string[]): Promise<Service> {
  const port = await freePort()
  const child = spawn(process.execPath, [MAIN, 'serve', '--port', String(port), ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let printed = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (printed += chunk))
  const gone = new Promise<number | null>(resolve => child.once('exit', resolve))
  const url = `http://127.0.0.1:${port}`
  const json = async (path: string) => {
    // a command that was waited for may have kept this process so long that the server let go of the connection
    const ask = () => fetch(`${url}${path}`)
    const response = await ask().catch(ask)
    const body = (await response.json()) as Record<string, unknown>
    if (!response.ok) throw new Error(`${path}: ${response.status} ${JSON.stringify(body)}`)
    return body
  }
  for (let tries = 0; ; tries++) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`serve ended: ${printed}`)
    if (tries > 600) throw new Error(`serve does not answer: ${printed}`)
    if (
      await fetch(`${url}/health`).then(
        ({ ok }) => ok,
        () => false,
      )
    )
      break
    await setTimeout(100)
  }
  return {
    url,
    process: child,
    output: () => printed,
    end(signal) {
      child.kill(signal)
      return gone
    },
    json,
    async query(body) {
      const response = await fetch(`${url}/query`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
      const answer = (await response.json()) as Record<string, unknown>
      if (!response.ok) throw new Error(JSON.stringify(answer))
      return answer['result']
    },
  }
}
