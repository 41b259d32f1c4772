import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { tableFromIPC } from 'apache-arrow'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newProject, removeProjects } from '../database/given.ts'
import { ROOT } from '../given.ts'
import { heartwood, newFolder, removeFolders, type Service, startService } from '../service.ts'

const SAVED = `{:doc "Sales." :params [{:name ?least :type "decimal(2)" :default "0.00"}] :shard-by ?s
  :query [:find ?s ?name ?price :where [?s :sale/id ?name] [?s :sale/product ?p] [?p :product/price ?price] [(>= ?price ?least)]]}`

const WIDE = `{:doc "Sales with all that belongs to them." :params [] :shard-by ?s
  :query [:find ?s ?at ?p ?twice ?late (pull ?s [:sale/id {:sale/product [:product/id :product/price {:sale/_product [:sale/id]}]}]) (maybe ?s :sale/buyer) (pull ?p [*])
    :where [?s :sale/at ?at] [?s :sale/product ?p] [?p :product/price ?price] [(+ ?price ?price) ?twice] [(> ?price 55.0) ?late]]}`

let data: string
let project: string

process.env['NODE_COMPILE_CACHE'] ??= join(ROOT, 'node_modules/.cache/heartwood')

const run = (...args: string[]) => heartwood([...args, '--data', data, '--project', project])

beforeAll(() => {
  data = join(newFolder(), 'store')
  project = newProject({ 'queries/sales.edn': SAVED, 'queries/wide.edn': WIDE })
  const lines = Array.from({ length: 60 }, (_, i) => ({
    topic: 'shop.sale',
    timestamp: new Date(Date.UTC(2024, 4, 1, i)).toISOString(),
    value: { sale_id: `s,${i}`, sold_at: '2024-04-30T00:00:00Z', product: `p${i % 7}`, price: `${i}.50` },
  }))
  const events = join(project, 'events.ndjson')
  writeFileSync(events, `${lines.map(line => JSON.stringify(line)).join('\n')}\n`)
  expect(run('load', events).status).toBe(0)
})

afterAll(() => {
  removeFolders()
  removeProjects()
})

const manifestOf = (out: string) => JSON.parse(readFileSync(join(out, '_manifest.json'), 'utf8'))
const filesOf = (out: string) =>
  readdirSync(out)
    .filter(name => name !== '_manifest.json')
    .sort()

/** What DuckDB reads from a folder, as text: name and price. */
async function rowsIn(out: string, format: string): Promise<string[]> {
  if (format === 'arrow')
    return filesOf(out)
      .flatMap(file => tableFromIPC(readFileSync(join(out, file))).toArray())
      .map(row => `${row.name} ${(Number(String(row.price)) / 100).toFixed(2)}`)
  const connection = await (await DuckDBInstance.create(':memory:')).connect()
  const from = format === 'csv' ? `read_csv('${out}/*.csv', all_varchar = true)` : `'${out}/*.parquet'`
  const found = await connection.runAndReadAll(`select name, cast(price as varchar) from ${from}`)
  return found.getRowsJS().map(([name, price]) => `${name} ${price}`)
}

describe('heartwood extract', () => {
  it.each([
    ['arrow', '1'],
    ['parquet', '2'],
    ['csv', '2'],
  ])('writes shards as %s that unite to the whole, on %s threads', async (format, threads) => {
    const out = join(newFolder(), 'shards')
    const asOf = ['--as-of', '2024-05-02T12:00:00Z']
    const { status, stdout, stderr } = run(
      'extract',
      'sales',
      '--shards',
      '3',
      '--out',
      out,
      '--format',
      format,
      '--threads',
      threads,
      ...asOf,
    )
    expect([status, stdout, stderr]).toEqual([0, `wrote 37 rows as of t 37 in 3 files to ${out}\n`, ''])
    const [one, ...more] = filesOf(out)
    expect([one, more.length]).toEqual([`sales-00000-of-00003.${format}`, 2])
    const prices = Array.from(
      { length: 7 },
      (_, p) => 35 + ((p + 7 - (35 % 7)) % 7) - (35 + ((p + 7 - (35 % 7)) % 7) > 36 ? 7 : 0),
    )
    const expected = Array.from({ length: 37 }, (_, i) => `s,${i} ${prices[i % 7]}.50`)
    expect((await rowsIn(out, format)).sort()).toEqual(expected.sort())
    const manifest = manifestOf(out)
    expect(manifest).toMatchObject({
      query: 'sales',
      t: 37,
      of: 3,
      rows: 37,
      complete: true,
      settled: true,
      args: { least: '0.00' },
    })
    for (const { file, bytes } of manifest.shards) expect(statSync(join(out, file)).size).toBe(bytes)
  })

  it('completes what a run that was broken off left behind, with the same bytes', () => {
    const out = join(newFolder(), 'shards')
    const extract = () =>
      run('extract', 'sales', '--shards', '4', '--out', out, '--format', 'parquet', '--threads', '1')
    expect(extract().status).toBe(0)
    const whole = manifestOf(out)
    const [first, second, third] = filesOf(out)
    rmSync(join(out, first))
    writeFileSync(join(out, second), 'damaged')
    const { shards } = whole
    // as if it had ended while the third was written
    writeFileSync(
      join(out, '_manifest.json'),
      JSON.stringify({ ...whole, complete: false, shards: shards.filter((s: { file: string }) => s.file !== third) }),
    )
    writeFileSync(join(out, `${third}.part`), 'half')
    const later = extract()
    expect([later.status, later.stdout]).toEqual([
      0,
      expect.stringContaining('in 4 files (1 of them were there already)'),
    ])
    expect(manifestOf(out)).toEqual(whole)
    expect(existsSync(join(out, `${third}.part`))).toBe(false)
  })

  it('never mixes two extracts in one folder', () => {
    const out = join(newFolder(), 'shards')
    expect(run('extract', 'sales', '--shards', '2', '--out', out, '--as-of', '20').status).toBe(0)
    for (const [other, words] of [
      [['--shards', '3', '--as-of', '20'], 'whose of is 2, and not 3'],
      [['--shards', '2', '--as-of', '21'], 'whose t is 20, and not 21'],
      [['--shards', '2', '--as-of', '20', '--arg', 'least=3'], 'whose args is'],
      [['--shards', '2', '--as-of', '20', '--columns', 'name'], 'whose columns is'],
    ] as const) {
      const { status, stderr } = run('extract', 'sales', '--out', out, ...other)
      expect([status, stderr]).toEqual([2, expect.stringContaining(words)])
    }
    // without --as-of it is completed as of the moment that it was begun with
    expect(run('extract', 'sales', '--shards', '2', '--out', out).stdout).toContain('as of t 20')
    const strange = newFolder()
    writeFileSync(join(strange, 'mine.txt'), 'keep')
    expect(run('extract', 'sales', '--out', strange).stderr).toContain('is not empty')
  })

  it('keeps to columns and filters', async () => {
    const out = join(newFolder(), 'shards')
    const filters = '[["price",">=",58.5],["name","in",["s,2","s,3","s,4"]]]'
    const { status } = run(
      'extract',
      'sales',
      '--out',
      out,
      '--columns',
      'price,name',
      '--filters',
      filters,
      '--format',
      'csv',
    )
    expect(status).toBe(0)
    expect(readFileSync(join(out, 'sales-00000-of-00001.csv'), 'utf8')).toBe(
      'price,name\r\n58.50,"s,2"\r\n59.50,"s,3"\r\n',
    )
  })

  it('tells what is wrong before it writes', () => {
    const out = join(newFolder(), 'shards')
    const words = (...args: string[]) => run('extract', ...args, '--out', out).stderr
    expect(words('sale')).toContain('there is no saved query sale. Did you mean sales?')
    expect(words('sales', '--columns', 'prize')).toContain('there is no column prize')
    expect(words('sales', '--filters', 'x')).toContain('filters: this is not JSON')
    expect(readdirSync(out)).toEqual([])
  })
})

describe('heartwood extract --url', () => {
  let service: Service
  beforeAll(async () => {
    service = await startService(['--data', data, '--project', project, '--log-level', 'silent'])
  })
  afterAll(() => service.end('SIGTERM'))

  it.each(['arrow', 'parquet', 'csv'])('writes from a server what the store itself would give, as %s', async format => {
    for (const [name, shards, ...more] of [
      // two shards have no row
      ['sales', '3', '--arg', 'least=34.5', '--columns', 'price,name', '--filters', '[["name","=","s,3"]]'],
      ['wide', '3', '--as-of', '40', ...(format === 'csv' ? ['--columns', 's,at,twice,late,buyer'] : [])],
    ]) {
      const [here, there] = [join(newFolder(), 'here'), join(newFolder(), 'there')]
      const asked = ['extract', name, '--shards', shards, '--format', format, ...more, '--threads', '1']
      const local = run(...asked, '--out', here)
      expect([local.stderr, local.status]).toEqual(['', 0])
      const remote = heartwood([...asked, '--out', there, '--url', service.url])
      expect([remote.stderr, remote.status]).toEqual(['', 0])
      const [own, other] = [manifestOf(here), manifestOf(there)]
      expect(other.shards.map((s: { rows: number }) => s.rows)).toEqual(own.shards.map((s: { rows: number }) => s.rows))
      const about = ({ shards: _, ...rest }: Record<string, unknown>) => rest
      expect(about(other)).toEqual(about(own))
      expect(filesOf(there)).toEqual(filesOf(here))
      expect(await allOf(there, format)).toEqual(await allOf(here, format))
    }
  })

  it('completes what was broken off, and tells what the server refuses', async () => {
    const out = join(newFolder(), 'shards')
    const extract = (...args: string[]) =>
      heartwood(['extract', 'sales', '--shards', '3', '--out', out, '--format', 'csv', '--url', service.url, ...args])
    expect(extract('--as-of', '33').status).toBe(0)
    const whole = manifestOf(out)
    rmSync(join(out, filesOf(out)[1]))
    expect(extract().stdout).toContain('as of t 33 in 3 files (2 of them were there already)')
    expect(manifestOf(out)).toEqual(whole)
    const refused = (...args: string[]) => {
      const { status, stderr } = heartwood(['extract', ...args, '--out', join(newFolder(), 'x')])
      return [status, stderr]
    }
    expect(refused('sale', '--url', service.url)).toEqual([2, expect.stringContaining('Did you mean sales?')])
    expect(refused('sales', '--url', service.url, '--as-of', '99')).toEqual([2, expect.stringContaining('the last is')])
    expect(refused('wide', '--url', service.url, '--format', 'csv')[1]).toContain('of which a server gives no CSV')
    expect(refused('sales', '--url', 'http://127.0.0.1:1')).toEqual([4, expect.stringContaining('http://127.0.0.1:1')])
  })
})

/** All cells of a folder's files as text, the files in order. */
async function allOf(out: string, format: string): Promise<unknown> {
  if (format === 'csv') return filesOf(out).map(file => readFileSync(join(out, file), 'utf8'))
  if (format === 'arrow')
    return filesOf(out).map(file => {
      const table = tableFromIPC(readFileSync(join(out, file)))
      return [String(table.schema), [...table.schema.metadata], table.toArray().map(row => String(row))]
    })
  const connection = await (await DuckDBInstance.create(':memory:')).connect()
  const found = await connection.runAndReadAll(
    `select filename[-20:], * exclude (filename) from read_parquet('${out}/*.parquet', filename = true)`,
  )
  return [found.columnTypes().map(String), found.getRowsJson()]
}
