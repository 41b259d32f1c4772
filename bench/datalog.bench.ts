import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Benchmark } from './benchmark.ts'
import type { Measured } from './datalog/child.ts'
import type { Past } from './datalog/past.ts'
import type { Pulled } from './datalog/pull.ts'
import { QUESTIONS } from './datalog/questions.ts'
import type { Row } from './table.ts'

const HERE = dirname(fileURLToPath(import.meta.url))
const PEOPLE = 20_000
const MANY = 1_000_000

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
function told<X>(script: string, ...words: readonly (string | number)[]): X {
  const args = ['--disable-warning=ExperimentalWarning', join(HERE, 'datalog', script), ...words.map(String)]
  const child = spawnSync(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8' })
  if (child.status !== 0) throw new Error(`${script} ${words.join(' ')} ended with ${child.signal ?? child.status}`)
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

function usual(size: number, seconds: number): Row[] {
  const ours = told<Answers>('child.ts', 'heartwood', size, seconds)
  const peers = {
    DataScript: told<Answers>('child.ts', 'datascript', size, seconds),
    DuckDB: told<Answers>('child.ts', 'duckdb', size, seconds),
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
  let shallow: Readonly<Record<string, Past>> | undefined
  return depths.flatMap((versions): Row[] => {
    const data = join(folder, `past-${versions}`)
    mkdirSync(data)
    const found = told<Readonly<Record<string, Past>>>('past.ts', size, versions, data)
    rmSync(data, { recursive: true })
    shallow ??= found
    const flat = shallow
    return Object.entries(found).flatMap(([name, { now, first, again }]): Row[] => {
      const row = (what: string, ours: number, peers: Record<string, number>, most: number): Row => ({
        what: `${name}, ${versions} versions: ${what}`,
        ours,
        peers,
        unit: 'ms',
        better: 'lower',
        goal: 1 / most,
      })
      return [
        ...(found === flat ? [] : [row('now', now, { 'now, 1 version': flat[name].now }, 1.2)]),
        ...(first === null ? [] : [row('as of, first', first, { now }, 2)]),
        ...(again === null ? [] : [row('as of, again', again, { now }, 1.2)]),
      ]
    })
  })
}

/** A tree of 781 nodes pulled from its root. */
function pulls(seconds: number): Row[] {
  const ours = told<Pulled>('pull.ts', 'heartwood', seconds)
  const peer = told<Pulled>('pull.ts', 'datascript', seconds)
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
function many(size: number, seconds: number): Row[] {
  const names = QUESTIONS.filter(({ world }) => world === 'people').map(({ name }) => name)
  const ours = told<Answers>('child.ts', 'heartwood', size, seconds, names.join(';'))
  const peers = { DuckDB: told<Answers>('child.ts', 'duckdb', size, seconds, names.join(';')) }
  return names.map(name => beside(name, `${name}, ${size.toLocaleString('en-US')} people`, ours, peers))
}

const benchmark: Benchmark = {
  description: `the usual Datalog questions over ${PEOPLE} people, pulls of a tree, older moments, over ${MANY}, and rules over graphs; rows as JavaScript values, in process`,

  async run({ smoke, folder }) {
    if (smoke) return [...usual(1_000, 0.01), ...pulls(0.01), ...past(500, [1, 3], folder), ...many(2_000, 0.01)]
    return [...usual(PEOPLE, 0.4), ...pulls(0.4), ...past(PEOPLE, [1, 10, 100, 1000], folder), ...many(MANY, 0.4)]
  },
}

export default benchmark
