import { spawnSync } from 'node:child_process'
import { createWriteStream, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { createGzip } from 'node:zlib'
import type { Row } from '../table.ts'
import { readLines } from './events.ts'

const HERE = dirname(fileURLToPath(import.meta.url))
const ROOT = resolve(HERE, '../..')
const PROJECT = resolve(ROOT, process.env['HEARTWOOD_SHARED'] ?? '../shared', 'examples/retail')
const MB = 1e6
/** Whole commands are measured so often, and the best counts: it is the one that others disturbed least. */
const ROUNDS = 3
/** DataScript gets fewer events: it slows down as it grows, so this flatters it. */
const DATASCRIPT_EVENTS = 100_000

/** How the goal of 1.2 s stands to JSON.parse alone on the machine that it was set on: told so, it holds on any. */
const PARSE_SHARE = 0.7

interface Ran {
  readonly seconds: number
  readonly output: string
}

function node(args: readonly string[]): Ran {
  const start = performance.now()
  const { status, signal, stdout } = spawnSync(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${signal ?? status}`)
  return { seconds: (performance.now() - start) / 1000, output: stdout }
}

/** The fastest of some runs of each, in turns, and each in an empty folder. */
function bestOf<Name extends string>(
  folder: string,
  rounds: number,
  runs: Readonly<Record<Name, (data: string) => Ran>>,
): Record<Name, Ran> {
  const best: Partial<Record<Name, Ran>> = {}
  for (let i = 0; i < rounds; i++)
    for (const [name, run] of Object.entries(runs) as [Name, (data: string) => Ran][]) {
      const data = join(folder, `${name}-${i}`)
      mkdirSync(data)
      const ran = run(data)
      const before = best[name]
      if (before === undefined || ran.seconds < before.seconds) best[name] = ran
    }
  return best as Record<Name, Ran>
}

const best = (folder: string, name: string, run: (data: string) => Ran, rounds: number): Ran =>
  bestOf(folder, rounds, { [name]: run })[name]

/** The same events, each with an escape in it: all of them are left to `JSON.parse`. */
async function unusual(file: string, folder: string): Promise<string> {
  const path = join(folder, 'unusual.ndjson.gz')
  async function* lines() {
    for await (const line of readLines(file)) {
      const odd = line.replace(/"country": ?"(.)/, (text, first: string) =>
        text.slice(0, -1).concat(`\\u${first.charCodeAt(0).toString(16).padStart(4, '0')}`),
      )
      if (odd === line) throw new Error('a line without a country')
      yield `${odd}\n`
    }
  }
  await pipeline(Readable.from(lines()), createGzip({ level: 1 }), createWriteStream(path))
  return path
}

const bytesIn = (folder: string): number =>
  readdirSync(folder, { recursive: true })
    .map(name => statSync(join(folder, String(name))))
    .reduce((sum, stat) => sum + (stat.isFile() ? stat.size : 0), 0)

/**
 * Whole loads, from the start of the process to its end; what they need; and the same facts given to others ready-parsed. With how many
 * entities DataScript looks up in a second afterwards.
 */
export async function loadRows(
  file: string,
  folder: string,
  events: number,
  smoke: boolean,
): Promise<{ rows: Row[]; datascriptLookups: number }> {
  const rounds = smoke ? 1 : ROUNDS
  const peak = join(folder, 'peak')
  const tellPeak = `data:text/javascript,import{writeFileSync}from'node:fs';process.on('exit',()=>writeFileSync(${JSON.stringify(peak)},String(process.resourceUsage().maxRSS*1024)))`
  const command = (path: string) => (data: string) =>
    node([
      '--import',
      tellPeak,
      join(ROOT, 'bin/heartwood.mjs'),
      'load',
      path,
      '--data',
      join(data, 'data'),
      '--project',
      PROJECT,
    ])
  const own = (what: string) => (data: string) =>
    node(['--expose-gc', join(HERE, 'own-load.ts'), what, file, PROJECT, data])
  const ready = (side: string, most: number) => (data: string) =>
    node(['--disable-warning=ExperimentalWarning', join(HERE, 'ready.ts'), side, file, String(most), data])
  const told = ({ output }: Ran) => JSON.parse(output) as Record<string, number>

  const parsing = () => node([join(HERE, 'parse-lines.ts'), file])
  const { scanned, parsed } = bestOf(folder, rounds, { scanned: command(file), parsed: parsing })
  if (told(parsed)['events'] !== events) throw new Error(`ours has ${events} events, JSON.parse ${parsed.output}`)
  const resident = Number(readFileSync(peak, 'utf8'))
  const disk = bytesIn(join(folder, 'scanned-0/data'))
  const judged = best(folder, 'judged', own('judged'), rounds)
  const odd = best(folder, 'odd', command(await unusual(file, folder)), rounds)
  const facts = told(judged)['facts']
  const readyOwn = told(best(folder, 'ready', own('ready'), 1))
  const sqlite = told(best(folder, 'sqlite-ready', ready('sqlite', events), 1))
  const datascript = told(best(folder, 'datascript-ready', ready('datascript', Math.min(events, DATASCRIPT_EVENTS)), 1))
  for (const [name, side] of Object.entries({ 'the ready-made load': readyOwn, SQLite: sqlite }))
    if (side['facts'] !== facts) throw new Error(`ours has ${facts} facts, ${name} ${side['facts']}`)

  const rate = (side: Record<string, number>) => side['facts'] / side['seconds']
  const peers = { SQLite: rate(sqlite), DataScript: rate(datascript) }
  const most = (what: string, ours: number, limit: number, unit: string): Row => ({
    what,
    ours,
    peers: { 'at most': limit },
    unit,
    better: 'lower',
    goal: 1,
  })
  const atLeast = (what: string, ours: number, limit: number, unit: string): Row => ({
    what,
    ours,
    peers: { 'at least': limit },
    unit,
    better: 'higher',
    goal: 1,
  })
  const times = (what: string, ours: number, peer: 'SQLite' | 'DataScript', goal: number): Row => ({
    what,
    ours,
    peers: { [peer]: peers[peer] },
    unit: 'facts/s',
    better: 'higher',
    goal,
  })
  const rows: Row[] = [
    most('whole command: scanner', scanned.seconds, 1.2, 's'),
    {
      ...{ what: 'whole command, beside JSON.parse of every line and nothing else', ours: scanned.seconds },
      ...{ peers: { 'JSON.parse': parsed.seconds }, unit: 's', better: 'lower', goal: PARSE_SHARE },
    },
    most('whole command: JSON.parse and ajv', judged.seconds, 2.5, 's'),
    atLeast('whole command: every line unusual to the scanner', events / odd.seconds, 230_000, 'events/s'),
    times('facts from the file, whole command', facts / scanned.seconds, 'SQLite', 20),
    times('facts from the file, whole command', facts / scanned.seconds, 'DataScript', 30),
    { ...times('facts from ready-made effects', rate(readyOwn), 'SQLite', 1), peers },
    most('peak resident memory of the command', resident / MB, 300, 'MB'),
    most('log on disk', disk / facts, 32, 'bytes/fact'),
  ]
  const datascriptLookups = datascript['lookups']
  if (smoke) return { rows, datascriptLookups }
  const again = told(best(folder, 'again', own('again'), 1))
  rows.push(most('resident after nine more loads, beyond their facts', again['beyond'] / MB, 150, 'MB'))
  return { rows, datascriptLookups }
}
