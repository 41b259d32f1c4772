import { spawn, spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Benchmark } from './benchmark.ts'
import { writeEvents, writeProject } from './extract/world.ts'
import { bare, heartwood } from './http/child.ts'
import type { Row } from './table.ts'

const HERE = dirname(fileURLToPath(import.meta.url))
const ROOT = dirname(HERE)
const PYTHON = process.env['HEARTWOOD_PYTHON'] ?? join(ROOT, '.venv/bin/python')

/** Runs a program of Python's beside the client, and reads the JSON that it prints. */
async function python<X>(program: string, ...args: string[]): Promise<X> {
  const env = { ...process.env, PYTHONPATH: join(ROOT, 'clients/python'), PYTHONDONTWRITEBYTECODE: '1' }
  const child = spawn(PYTHON, [join(HERE, 'extract', program), ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let [printed, wrong] = ['', '']
  child.stdout.on('data', chunk => (printed += chunk))
  child.stderr.on('data', chunk => (wrong += chunk))
  const status = await new Promise(resolve => child.once('close', resolve))
  if (status !== 0) throw new Error(wrong.slice(-4000))
  return JSON.parse(printed)
}

const has = (...modules: string[]): boolean => spawnSync(PYTHON, ['-c', `import ${modules.join(', ')}`]).status === 0

type Best = Record<'whole' | 'shard' | 'bare' | 'wholeBytes' | 'bareBytes', [number, number]>
type Sides = Record<string, { ours: number; parquet: number; ready: number }>

const benchmark: Benchmark = {
  description: 'entities of id, instant, double and category over HTTP into pyarrow and Spark',

  async run({ smoke, folder }) {
    if (!has('pyarrow')) return { needs: 'HEARTWOOD_PYTHON with pyarrow' }
    const entities = smoke ? 20_000 : 2_000_000
    const rounds = smoke ? 1 : 7
    const [data, project, events] = [
      join(folder, 'data'),
      writeProject(join(folder, 'project')),
      join(folder, 'events.ndjson'),
    ]
    writeEvents(events, entities)
    const at = ['--data', data, '--project', project]
    await heartwood('load', events, ...at).ended()
    const parquet = join(folder, 'parquet')
    await heartwood(
      'extract',
      'readings',
      '--shards',
      '2',
      '--threads',
      '1',
      '--format',
      'parquet',
      '--out',
      parquet,
      ...at,
    ).ended()
    const server = heartwood('serve', '--port', '0', '--log-level', 'silent', ...at)
    const body = join(folder, 'body')
    let stop = async () => {}
    try {
      const url = await server.said(/Heartwood serves (\S+)/)
      const plan = (await (await fetch(`${url}/extract/readings/plan?shards=8`)).json()) as {
        t: number
        shards: { uri: string }[]
      }
      const whole = `${url}/extract/readings?t=${plan.t}`
      const shard = String(new URL(plan.shards[3].uri, `${url}/extract/readings/plan`))
      writeFileSync(body, Buffer.from(await (await fetch(whole)).arrayBuffer()))
      const memory = async () =>
        Number(/^process_resident_memory_bytes (\d+)/m.exec(await (await fetch(`${url}/metrics`)).text())![1]) / 1e6
      const plain = bare(body)
      stop = plain.stop
      const bareUrl = await plain.said(/serves (\S+)/)
      const before = await memory()
      let highest = before
      const watching = setInterval(() => void memory().then(now => (highest = Math.max(highest, now))), 50)
      const work = { tables: { whole, shard, bare: bareUrl }, bytes: { wholeBytes: whole, bareBytes: bareUrl } }
      const best = await python<Best>('read.py', JSON.stringify(work), String(rounds))
      clearInterval(watching)
      highest = Math.max(highest, await memory())
      if (best.whole[1] !== entities) throw new Error(`${best.whole[1]} rows came, and not ${entities}`)
      const megabytes = readFileSync(body).length / 1e6
      const rows: Row[] = [
        {
          ...{
            what: `${entities.toLocaleString('en-US')} rows into pyarrow`,
            ours: megabytes / best.whole[0],
            peers: { 'the same bytes of node:http': megabytes / best.bare[0] },
          },
          ...{ unit: 'MB/s', better: 'higher', goal: 0.5 },
        },
        {
          ...{
            what: 'their bytes, thrown away',
            ours: megabytes / best.wholeBytes[0],
            peers: { 'the same bytes of node:http': megabytes / best.bareBytes[0] },
          },
          ...{ unit: 'MB/s', better: 'higher', goal: 0.5 },
        },
        { what: 'the same in rows', ours: entities / best.whole[0], peers: {}, unit: 'rows/s', better: 'higher' },
        {
          ...{
            what: 'one of 8 shards',
            ours: best.shard[0] * 1000,
            peers: { 'an eighth of the whole and 5%': (best.whole[0] / 8 + best.whole[0] * 0.05) * 1000 },
          },
          ...{ unit: 'ms', better: 'lower', goal: 1 },
        },
        {
          what: 'memory above the store, highest',
          ours: highest - before,
          peers: { limit: 300 },
          unit: 'MB',
          better: 'lower',
          goal: 1,
        },
      ]
      if (!has('pyspark')) return rows
      const spark = await python<Sides>('spark.py', url, parquet, String(smoke ? 1 : 5))
      for (const [what, { ours, parquet: files, ready }] of Object.entries(spark))
        rows.push({
          ...{
            what: `Spark: ${what}`,
            ours: ours * 1000,
            peers: { Parquet: files * 1000, 'a Python source, from memory': ready * 1000 },
            unit: 'ms',
            better: 'lower',
          },
          goal: what === 'count' ? 1 / 3 : 1 / 1.5,
        })
      return rows
    } finally {
      await stop()
      await server.stop()
    }
  },
}

export default benchmark
