import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Benchmark } from './benchmark.ts'
import type { Measured } from './datalog/child.ts'
import type { Growth } from './datalog/growth.ts'
import type { Past } from './datalog/past.ts'
import type { Pulled } from './datalog/pull.ts'
import { QUESTIONS, VARIANTS } from './datalog/questions.ts'
import type { Pace } from './datalog/samples.ts'
import type { Row } from './table.ts'

const HERE = dirname(fileURLToPath(import.meta.url))
const PEOPLE = 20_000
const MANY = 1_000_000
const DEPTHS = [1, 10, 100, 1000]
const PACE: Pace = { compared: VARIANTS, warm: 0.25, sample: 0.1 }
const HASTE: Pace = { compared: 2, warm: 0.005, sample: 0.005 }

/** Milliseconds after which a part has failed: it takes a minute at most, and machines are shared. */
const PATIENCE = 600_000

/** Milliseconds that the questions may take: better than the best peer that is published or was measured on two cores. */
const MOST: Readonly<Record<string, number>> = {
  q1: 0.1,
  q2: 0.15,
  'q2 switched': 0.15,
  q3: 0.15,
  q4: 0.18,
  'value join': 1,
  qpred1: 0.3,
  qpred2: 0.3,
  not: 0.5,
  or: 0.2,
  '5-merge': 0.7,
  avg: 0.05,
  'avg by sex': 0.12,
  'avg by sex x name': 0.15,
  'one entity': 0.01,
  'rules, wide 7x3': 1.5,
  'rules, chain 30x5': 0.15,
  'rules, one side bound': 0.02,
}

type Answers = Readonly<Record<string, Measured>>

/** What a process of its own tells: a loop that was compiled for one side is another loop for the next. */
function told<X>(script: string, ...words: readonly (string | number | object)[]): X {
  const said = words.map(word => (typeof word === 'object' ? JSON.stringify(word) : String(word)))
  const child = spawnSync(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', join(HERE, 'datalog', script), ...said],
    { stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8', timeout: PATIENCE },
  )
  if (child.status !== 0)
    throw new Error(`${script} ${said.join(' ')} ended with ${child.error ?? child.signal ?? child.status}`)
  return JSON.parse(child.stdout)
}

/** A row beside those peers that can answer the question too. Throws where they do not agree. */
function beside(name: string, what: string, ours: Answers, peers: Readonly<Record<string, Answers>>): Row {
  const others = Object.entries(peers).filter(([, side]) => name in side)
  for (const [peer, side] of others)
    if (side[name].digest !== ours[name].digest) throw new Error(`${name}: ours and ${peer} gave different answers`)
  const measured = others.map(([peer, side]): [string, number] => [peer, side[name].ms])
  return { what, ours: ours[name].ms, peers: Object.fromEntries(measured), unit: 'ms', better: 'lower', goal: 1 }
}

/** What another row of the same run allows. */
function relative(name: string, ours: Answers): number | undefined {
  if (name === 'q2 switched') return Math.min(MOST[name], 1.1 * ours.q2.ms)
  if (name === 'scan, one of 8 shards') return (1 / 8 + 0.05) * ours.scan.ms
  return MOST[name]
}

function usual(size: number, pace: Pace): Row[] {
  const ours = told<Answers>('child.ts', 'heartwood', size, pace)
  const peers = {
    DataScript: told<Answers>('child.ts', 'datascript', size, pace),
    DuckDB: told<Answers>('child.ts', 'duckdb', size, pace),
  }
  return QUESTIONS.flatMap(({ name }): Row[] => {
    const most = relative(name, ours)
    const row = beside(name, name, ours, peers)
    const first = ours[name].first as number
    return [
      { ...row, ...(most !== undefined && { most }) },
      {
        what: `${name}, a text never seen`,
        ours: first,
        peers: {},
        unit: 'ms',
        better: 'lower',
        most: ours[name].ms + 1,
      },
    ]
  })
}

/** As of moments of which nothing is kept, and again, beside now; and now beside now without a history. */
function past(size: number, depths: readonly number[], folder: string): Row[] {
  const found = told<readonly Readonly<Record<string, Past>>[]>('past.ts', size, depths, folder)
  return found.flatMap((questions, depth) =>
    Object.entries(questions).flatMap(([name, { now, flat, first, again }]): Row[] => {
      const row = (what: string, ours: number, peer: string, other: number, times: number): Row => ({
        what: `${name}, ${depths[depth]} versions: ${what}`,
        ...{ ours, peers: { [peer]: other }, unit: 'ms', better: 'lower', most: times * other },
      })
      return [
        ...(depth === 0 ? [] : [row('now', now, 'now, 1 version', flat, 1.2)]),
        ...(first === null ? [] : [row('as of, first', first, 'now', now, 2)]),
        ...(again === null ? [] : [row('as of, again', again, 'now', now, 1.2)]),
      ]
    }),
  )
}

/** A tree of 781 nodes pulled from its root. */
function pulls(pace: Pace): Row[] {
  const ours = told<Pulled>('pull.ts', 'heartwood', pace)
  const peer = told<Pulled>('pull.ts', 'datascript', pace)
  return Object.entries(ours).map(([name, { ms, digest }]): Row => {
    if (digest !== peer[name].digest) throw new Error(`${name}: ours and DataScript gave different answers`)
    const most = name === 'pull many' ? { most: 0.7 } : {}
    return {
      what: `${name}, 781 nodes`,
      ...{ ours: ms, peers: { DataScript: peer[name].ms }, unit: 'ms', better: 'lower', goal: 1 },
      ...most,
    }
  })
}

/** The same questions about very many people. */
function many(size: number, pace: Pace): Row[] {
  const names = QUESTIONS.filter(({ world }) => world === 'people').map(({ name }) => name)
  const ours = told<Answers>('child.ts', 'heartwood', size, pace, names.join(';'))
  const peers = { DuckDB: told<Answers>('child.ts', 'duckdb', size, pace, names.join(';')) }
  return names.map(name => beside(name, `${name}, ${size.toLocaleString('en-US')} people`, ours, peers))
}

/** How much longer questions take over very many people: as much as loops that do nothing but make the same rows, whose arrays and rows leave the caches too. */
function growth(few: number, many: number, seconds: number): Row[] {
  const people = (size: number) => size.toLocaleString('en-US')
  return Object.entries(told<Readonly<Record<string, Growth>>>('growth.ts', few, many, seconds)).map(
    ([name, { ours, loops }]): Row => ({
      what: `${name}, ${people(many)} people beside ${people(few)}`,
      ...{ ours, peers: { 'bare loop': loops }, unit: 'times', better: 'lower', most: 1.2 * loops },
    }),
  )
}

const benchmark: Benchmark = {
  description: `the usual Datalog questions over ${PEOPLE} people, pulls of a tree, older moments, over ${MANY}, and rules over graphs; rows as JavaScript values, in process`,

  async run({ smoke, folder }) {
    if (smoke)
      return [
        ...usual(500, HASTE),
        ...pulls(HASTE),
        ...past(200, [1, 3], folder),
        ...many(1_000, HASTE),
        ...growth(500, 1_000, 0.005),
      ]
    return [
      ...usual(PEOPLE, PACE),
      ...pulls(PACE),
      ...past(PEOPLE, DEPTHS, folder),
      ...many(MANY, { ...PACE, compared: 1 }),
      ...growth(PEOPLE, MANY, 0.05),
    ]
  },
}

export default benchmark
