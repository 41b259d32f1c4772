import { spawn, spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const repository = fileURLToPath(new URL('../..', import.meta.url))
const pom = fileURLToPath(new URL('pom.xml', import.meta.url))

/** Everything that belongs to the local broker: its jars, and what it keeps. Ignored by git. */
export const kafkaFolder = join(repository, '.kafka')
const lib = join(kafkaFolder, 'lib')

/** The program `java`: of `JAVA_HOME` where that is set, else of the path. */
export const java = process.env['JAVA_HOME'] ? join(process.env['JAVA_HOME'], 'bin', 'java') : 'java'

export type Kafka = { readonly found: true } | { readonly found: false; readonly missing: string }

/** Whether a broker can be started here; `missing` says in a sentence what to install. */
export function findKafka(): Kafka {
  const version = javaVersion()
  if (version === null) return { found: false, missing: 'A Kafka broker needs Java 17 or newer: there is no `java`.' }
  if (version < 17)
    return { found: false, missing: `A Kafka broker needs Java 17 or newer: \`java\` is version ${version}.` }
  if (!installed() && spawnSync('mvn', ['-v'], { stdio: 'ignore' }).status !== 0)
    return { found: false, missing: 'Fetching the Kafka broker needs Maven: there is no `mvn`.' }
  return { found: true }
}

/** 17 for `version "17.0.15"`, 8 for `version "1.8.0_402"`; null where there is no Java. */
function javaVersion(): number | null {
  const { stderr, status } = spawnSync(java, ['-version'], { encoding: 'utf8' })
  const found = /version "(?:1\.)?(\d+)/.exec(stderr ?? '')
  return status === 0 && found !== null ? Number(found[1]) : null
}

/** The folder is renamed into place when it is complete, and says from which pom it came. */
function installed(): boolean {
  const stamp = join(lib, 'pom.xml')
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === readFileSync(pom, 'utf8')
}

/**
 * The folder with the broker's jars, fetched by Maven (45 MB) the first time. Any number of processes may ask at once.
 * Throws an `Error` with Maven's words where they cannot be fetched.
 */
export async function installKafka(log: (line: string) => void = () => {}): Promise<string> {
  if (installed()) return lib
  mkdirSync(kafkaFolder, { recursive: true })
  const unlock = await lock(join(kafkaFolder, 'lock'))
  try {
    if (installed()) return lib
    log('Fetching Apache Kafka with Maven, once (45 MB) …')
    const fresh = join(kafkaFolder, `lib.${process.pid}`)
    rmSync(fresh, { recursive: true, force: true })
    await maven([
      '-B',
      '-q',
      '-f',
      pom,
      'dependency:copy-dependencies',
      '-DincludeScope=runtime',
      `-DoutputDirectory=${fresh}`,
    ])
    copyFileSync(pom, join(fresh, 'pom.xml'))
    rmSync(lib, { recursive: true, force: true })
    renameSync(fresh, lib)
    return lib
  } finally {
    unlock()
  }
}

async function maven(args: readonly string[]): Promise<void> {
  const child = spawn('mvn', args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (said = (said + chunk).slice(-4000)))
  const code = await new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve))
  if (code !== 0) throw new Error(`Maven could not fetch the Kafka broker:\n${said.trim()}`)
}

/** Waits for a lock that is a folder with its holder's process id in it; one whose holder is gone is taken over. */
async function lock(folder: string): Promise<() => void> {
  const holder = join(folder, 'pid')
  for (;;) {
    try {
      mkdirSync(folder)
      writeFileSync(holder, String(process.pid))
      return () => rmSync(folder, { recursive: true, force: true })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    await sleep(200)
    if (existsSync(holder) && !alive(Number(readFileSync(holder, 'utf8'))))
      rmSync(folder, { recursive: true, force: true })
  }
}

function alive(pid: number): boolean {
  try {
    return pid === 0 || process.kill(pid, 0)
  } catch {
    return false
  }
}
