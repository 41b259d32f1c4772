import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { HeartwoodClient } from '../../src/client/client.ts'
import { pythonWith, ROOT } from '../given.ts'
import { heartwood, newFolder, removeFolders, type Service, startService } from '../service.ts'
import { savedQuery, TEN } from './extract-queries.ts'
import { rawLines, retailFile, retailProject } from './retail.ts'

const python = pythonWith('pyarrow', 'duckdb')
const file = retailFile()

/** Five moments; each event is one transaction. */
const MOMENTS = [1, 120_000, 270_954, 400_001, 541_909]

function project(): string {
  const folder = newFolder()
  cpSync(retailProject()!, folder, { recursive: true })
  mkdirSync(join(folder, 'queries'))
  for (const query of TEN) writeFileSync(join(folder, `queries/${query.name}.edn`), savedQuery(query))
  return folder
}

/** Memory of a process, in MB. */
const resident = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024

const UNITED = `
import json, sys, duckdb, pyarrow as pa, pyarrow.compute as pc
from heartwood import Client
url, file, t, queries = sys.argv[1], sys.argv[2], int(sys.argv[3]), json.loads(sys.argv[4])
client = Client(url)
db = duckdb.connect()
# which would be printed among what is told
db.execute("set enable_progress_bar = false")
db.execute(f"""create table raw as select row_number() over () rn, value->>'invoice_no' invoice, (value->>'line_no') line, value->>'stock_code' product,
  value->>'description' description, cast(value->>'quantity' as bigint) q, cast(value->>'unit_price' as decimal(18, 3)) p, value->>'customer_id' customer, value->>'country' country
  from read_json('{file}', format = 'newline_delimited', columns = {{'value': 'json'}})""")
compared = 0
db.execute(f"""create or replace temp table l as select invoice || '/' || line id, invoice, arg_max(product, rn) product, arg_max(q, rn) q, arg_max(p, rn) p from raw where rn <= {t} group by invoice, line;
  create or replace temp table p as select product, arg_max(p, rn) price, arg_max(description, rn) filter (description is not null) description from raw where rn <= {t} group by product;
  create or replace temp table c as select customer, arg_max(country, rn) country from raw where rn <= {t} and customer is not null group by customer;
  create or replace temp table i as select invoice, arg_max(customer, rn) filter (customer is not null) customer from raw where rn <= {t} group by invoice""")
for name, sql in queries:
    whole = client.extract(name, shards=1, as_of=t).to_table()
    entity, shown = whole.column_names[0], whole.column_names[1:]
    names = ", ".join(f'"{n}"' for n in shown)
    found = db.execute(f"select count(*), (select count(*) from (select {names} from whole except all select * from ({sql}))), (select count(*) from (select * from ({sql}) except all select {names} from whole)) from ({sql})").fetchall()[0]
    assert found == (whole.num_rows, 0, 0), (name, t, whole.num_rows, found)
    numbers = whole.column(entity)
    assert numbers.to_pylist() == sorted(numbers.to_pylist()), (name, t, "not in order of the entity")
    plain = pa.schema([pa.field(f.name, pa.string() if pa.types.is_dictionary(f.type) else f.type, f.nullable) for f in whole.schema])
    right = whole.cast(plain)
    for n in (2, 3, 7, 16, 64):
        extract = client.extract(name, shards=n, as_of=t)
        shards = [pa.Table.from_batches(extract.read_shard(shard), extract.schema) for shard in extract.plan.shards]
        for shard, rows in zip(extract.plan.shards, shards):
            assert not rows.num_rows or pc.all(pc.equal(pc.subtract(rows[entity], pc.multiply(pc.divide(rows[entity], n), n)), shard.index)).as_py(), (name, t, n)
        united = pa.concat_tables(shards).cast(plain)
        # within a shard rows are in order, and this order is stable
        assert united.take(pc.sort_indices(united[entity])).equals(right), (name, t, n, united.num_rows, whole.num_rows)
        compared += 1
print(compared)
`

describe.skipIf(!file)('extracts of the retail file (needs HEARTWOOD_SHARED)', () => {
  let service: Service
  let data: string
  let folder: string
  let half: string

  beforeAll(async () => {
    data = newFolder()
    folder = project()
    half = join(newFolder(), 'half.ndjson.gz')
    // the first half is there, the second comes in while it is served
    const lines = rawLines()
    writeFileSync(half, gzipSync(`${lines.slice(0, 270_954).join('\n')}\n`, { level: 1 }))
    const rest = join(newFolder(), 'rest.ndjson.gz')
    writeFileSync(rest, gzipSync(`${lines.slice(270_954).join('\n')}\n`, { level: 1 }))
    expect(heartwood(['load', half, '--data', data, '--project', folder]).status).toBe(0)
    service = await startService(['--data', data, '--project', folder, '--load', rest, '--log-level', 'error'])
  })

  afterAll(async () => {
    await service?.end('SIGTERM')
    removeFolders()
  })

  const ready = async () => (await fetch(`${service.url}/ready`)).ok

  /** Waits until all events are there, whichever tests were chosen. */
  async function loaded(): Promise<void> {
    for (let tries = 0; !(await ready()); tries++) {
      if (tries === 500) throw new Error('the second half of the events was not loaded within 500 seconds')
      await setTimeout(1000)
    }
  }

  test('a plan made before gives identical bytes while events flow in, and afterwards', async () => {
    const plan = `${service.url}/extract/paid-and-now/plan?shards=5&asOf=200000`
    const { shards } = (await (await fetch(plan)).json()) as { shards: { uri: string }[] }
    const fetched = async () =>
      Promise.all(shards.map(async ({ uri }) => Buffer.from(await (await fetch(new URL(uri, plan))).arrayBuffer())))
    const before = await fetched()
    const last = await service.json('/t')
    let rounds = 0
    for (; !(await ready()) || rounds === 0; rounds++) {
      // loading gives way to whoever asks, and so has to be left some time
      await setTimeout(500)
      for (const [i, bytes] of (await fetched()).entries()) expect(bytes.equals(before[i])).toBe(true)
    }
    expect((await service.json('/t'))['t']).toBe(541_909)
    expect(Number(last['t'])).toBeLessThan(541_909)
    for (const [i, bytes] of (await fetched()).entries()) expect(bytes.equals(before[i])).toBe(true)
  })

  test.skipIf(!python).each(MOMENTS)(
    'ten queries as of t %i: 1, 2, 3, 7, 16 and 64 shards united are the whole, and the whole is what DuckDB reads from the file (needs duckdb)',
    async t => {
      await loaded()
      const queries = JSON.stringify(TEN.map(({ name, sql }) => [name, sql]))
      const env = { ...process.env, PYTHONPATH: join(ROOT, 'clients/python'), PYTHONDONTWRITEBYTECODE: '1' }
      const args = ['-c', UNITED, service.url, file!, String(t), queries]
      // not spawnSync, which would leave connections that the server closes meanwhile
      const options = { env, maxBuffer: 1 << 26, timeout: 580_000 }
      const { stdout, stderr } = await promisify(execFile)(python!, args, options)
      expect(stderr).toBe('')
      expect(Number(stdout)).toBe(TEN.length * 5)
    },
  )

  test('slow readers, readers that leave and two hundred shards at once leave memory and /entity as they were', async () => {
    const { pid } = service.process
    await loaded()
    const plan = `${service.url}/extract/lines/plan?shards=200&asOf=541909`
    const { shards } = (await (await fetch(plan)).json()) as { shards: { uri: string }[] }
    const whole = `${service.url}/extract/paid-and-now?t=541909`
    // once, so that caches are warm
    await (await fetch(whole)).arrayBuffer()
    const before = resident(pid!)
    let highest = before
    const entity = async () => {
      expect((await fetch(`${service.url}/entity/customer:17850`)).status).toBe(200)
      highest = Math.max(highest, resident(pid!))
    }
    // six that read nothing until others were answered, and then all
    const { promise: answered, resolve: goOn } = Promise.withResolvers<void>()
    const began: Promise<void>[] = []
    const slow = Array.from({ length: 6 }, () => {
      const { promise: first, resolve: begun } = Promise.withResolvers<void>()
      began.push(first)
      return new Promise<number>((resolve, reject) => {
        get(whole, response => {
          let bytes = 0
          begun()
          void answered.then(() => response.on('data', chunk => (bytes += chunk.length)))
          response.on('end', () => resolve(bytes))
          response.on('error', reject)
        }).on('error', reject)
      })
    })
    await Promise.all(began)
    for (let i = 0; i < 20; i++) await entity()
    // thirty that leave after the first bytes
    await Promise.all(
      Array.from(
        { length: 30 },
        () =>
          new Promise<void>(resolve => {
            const request = get(whole, response => {
              response.once('data', () => request.destroy())
              response.on('error', () => {})
              response.once('close', resolve)
            })
            request.on('error', () => resolve())
          }),
      ),
    )
    await entity()
    goOn()
    const sizes = await Promise.all(slow)
    expect(new Set(sizes).size).toBe(1)
    const statuses = shards.map(async ({ uri }) => {
      const response = await fetch(new URL(uri, plan))
      await response.arrayBuffer()
      return response.status
    })
    for (let i = 0; i < 20; i++) await entity()
    expect(new Set(await Promise.all(statuses))).toEqual(new Set([200]))
    await entity()
    // ten threads at most, each with a heap and columns of its own; these answers together are 6 GB
    expect(highest - before).toBeLessThan(900)
    expect(await (await fetch(`${service.url}/metrics`)).text()).toMatch(
      /heartwood_broken_streams_total\{route="\/extract\/:query"\} [1-9]/,
    )
  })

  test('a server that is killed in the middle leaves no stream that looks whole', async () => {
    await loaded()
    const client = new HeartwoodClient(service.url, { retries: 1 })
    const extract = await client.extract('paid-and-now', {}, { asOf: 541_909 })
    const batches = extract.batches()
    expect((await batches.next()).value!.numRows).toBeGreaterThan(0)
    await service.end('SIGKILL')
    const rest = async () => {
      for await (const batch of batches) expect(batch.numRows).toBeGreaterThan(0)
    }
    await expect(rest()).rejects.toThrow()
  })
})
