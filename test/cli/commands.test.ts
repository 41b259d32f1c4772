import { spawn } from 'node:child_process'
import { appendFileSync, cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tableFromIPC } from 'apache-arrow'
import { afterAll, describe, expect, it } from 'vitest'
import { newProject } from '../database/given.ts'
import { ROOT } from '../given.ts'
import { heartwood, newFolder } from '../service.ts'
import { eventFile, loadShop, removeShop } from './shop.ts'

const { data, project, events, run } = loadShop()
afterAll(removeShop)

describe('load', () => {
  it('loads nothing twice, and goes on where a file has grown', () => {
    expect(run('load', events).stdout).toMatch(/^loaded 0 events/)
    const own = join(newFolder(), 'store')
    const lines = eventFile().split('\n')
    const grown = join(newFolder(), 'grown.ndjson')
    const load = (count: number) => {
      writeFileSync(grown, `${lines.slice(0, count).join('\n')}\n`)
      return heartwood(['load', grown, '--data', own, '--project', project]).stdout
    }
    expect(load(10)).toMatch(/^loaded 10 events/)
    expect(load(30)).toMatch(/^loaded 20 events/)
  })

  it('reads standard input under a name', () => {
    const own = join(newFolder(), 'store')
    const loaded = heartwood(['load', '-', '--as', 'piped', '--data', own, '--project', project], eventFile())
    expect([loaded.status, loaded.stdout]).toEqual([0, expect.stringMatching(/^loaded 30 events/)])
  })
})

describe('query', () => {
  const NAMES = '[:find ?name ?price :where [?p :product/id ?name] [?p :product/price ?price]]'

  it('prints a table, or what is asked for', () => {
    expect(run('query', NAMES, '--as-of', '1').stdout).toBe('?name  ?price\n-----  ------\np0       0.50\n')
    expect(run('query', NAMES, '--as-of', '1', '--format', 'csv').stdout).toBe('name,price\r\np0,0.50\r\n')
    expect(run('query', NAMES, '--as-of', '1', '--format', 'ndjson').stdout).toBe('{"name":"p0","price":"0.50"}\n')
    expect(run('query', NAMES, '--as-of', '1', '--format', 'edn').stdout).toContain(':result [["p0" 0.50M]] :rows 1}')
    expect(JSON.parse(run('query', NAMES, '--as-of', '1', '--json').stdout)).toMatchObject({
      t: 1,
      result: [['p0', '0.50']],
      rows: 1,
    })
  })

  it('writes Arrow to a pipe', async () => {
    const args = ['src/cli/main.ts', 'query', NAMES, '--format', 'arrow', '--data', data, '--project', project]
    const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] })
    const chunks: Buffer[] = []
    for await (const chunk of child.stdout) chunks.push(chunk)
    expect(tableFromIPC(Buffer.concat(chunks)).numRows).toBe(3)
  })

  it('runs a saved query, with arguments as text and as EDN', () => {
    const rows = (...args: string[]) => JSON.parse(run('query', 'dear', '--json', ...args).stdout).rows
    expect(rows()).toBe(3)
    expect(rows('--arg', 'least=28.5')).toBe(2)
    expect(rows('--arg', 'least:=28.51M')).toBe(1)
  })

  it('takes one value for a collection as a collection of one', () => {
    const text = '[:find ?e :in $ [?n ...] :where [?e :product/id ?n]]'
    const rows = (...args: string[]) => JSON.parse(run('query', text, '--json', ...args).stdout).rows
    expect(rows('--arg', 'n=p0')).toBe(1)
    expect(rows('--arg', '?n=p0', '--arg', '?n=p1')).toBe(2)
    expect(rows('--arg', 'n:=["p0" "p1"]')).toBe(2)
  })
})

describe('explain', () => {
  const DEAR = '[:find ?n (sum ?p) :where [?e :product/id ?n] [?e :product/price ?p]]'

  it('shows a plan, with a warning where sums may surprise', () => {
    const { stdout } = run('explain', DEAR)
    expect(stdout).toMatch(/^query \?n \(sum \?p\) {2}\(~3 rows\)\n {2}scan .*\n/)
    expect(stdout).toContain('warning: (sum ?p) sees each different value once')
    const plan = JSON.parse(run('explain', DEAR, '--run', '--json').stdout)
    expect(plan).toMatchObject({
      text: expect.any(String),
      plan: { op: 'query', rows: 3 },
      warnings: [expect.any(String)],
    })
    expect(run('query', 'dear', '--explain', '--arg', 'least=28.5').stdout).toContain('2 real')
  })

  it('says that a file is not there', () => {
    const { status, stderr } = run('query', '--file', 'nowhere.edn')
    expect([status, stderr]).toEqual([2, 'there is no file nowhere.edn\n'])
  })

  it('reads the query from a file, and shows a mistake in it', () => {
    const file = join(newFolder(), 'query.edn')
    writeFileSync(file, '; dear\n[:find ?n\n :where [?e :product/ied ?n]]')
    const { status, stderr } = run('explain', '--file', file)
    expect([status, stderr]).toEqual([
      2,
      '3:13: no contract states :product/ied. Did you mean :product/id?\n   :where [?e :product/ied ?n]]\n              ^\n',
    ])
  })

  it('ends with 4 where a query takes too much', () => {
    const wide = '[:find ?a ?b ?c ?d :where [?a :sale/at] [?b :sale/at] [?c :sale/at] [?d :sale/at]]'
    const { status, stderr } = run('query', wide, '--memory-mb', '1')
    expect([status, stderr]).toEqual([4, expect.stringContaining('more than the 1 MB')])
  })
})

describe('the other commands', () => {
  it('entity tells what is known', () => {
    const { stdout } = run('entity', 'product:p1', '--as-of', '2')
    expect(stdout).toContain('product:p1 as of 2024-05-01T01:00:00.000Z (t 2, settled)')
    expect(stdout).toMatch(/:product\/price +1\.50/)
    expect(JSON.parse(run('entity', 'product:p1', '--json').stdout).attributes).toEqual({
      ':product/id': 'p1',
      ':product/price': '28.50',
    })
  })

  it('history tells every interval and its event', () => {
    const { stdout } = run('history', 'product:p1', '--attribute', 'price', '--as-of', '5')
    expect(stdout).toContain('product:p1 up to 2024-05-01T04:00:00.000Z (t 5): 2 intervals')
    expect(stdout).toMatch(
      /:product\/price\n.* \(t 2\) to .* \(t 5\) {2}1\.50 {2}by shop\/sale\/1\.0, events\.ndjson line 2\n/,
    )
  })

  it('log tells what each transaction changed', () => {
    const { stdout } = run('log', '--from', '4', '--limit', '1')
    expect(stdout).toMatch(/^t 4 .* shop\/sale\/1\.0, events\.ndjson line 4\n {2}- product:p0 :product\/price 0\.50\n/)
    expect(stdout).toContain('\n  + sale:s3 :sale/product product:p0\n')
    expect(stdout).toMatch(/more with --from 5\n$/)
    const until = JSON.parse(run('log', '--from', '28', '--as-of', '29', '--json').stdout)
    expect(until).toMatchObject({ transactions: [{ t: 28 }, { t: 29 }], next: null })
  })

  it('status tells how sources stand', () => {
    expect(run('status').stdout).toContain(
      'file:events.ndjson: next 32, known to 2024-06-01T00:00:00.000Z, 0 late, 0 held back, 0 superseded',
    )
  })

  it('dead-letters show tells all of one', () => {
    const { stdout } = run('dead-letters', 'show', '1')
    expect(stdout).toContain('from      events.ndjson line 31\n')
    expect(stdout).toContain('value     {"sale_id":7}\n')
  })

  it('stats counts', () => {
    expect(JSON.parse(run('stats', '--json').stdout)).toMatchObject({
      t: 30,
      deadLetters: 1,
      kinds: { product: 3, sale: 30 },
      attributes: { ':product/price': { live: 3, history: 27 } },
    })
    const { stdout } = run('stats')
    expect(stdout).toMatch(/dead letters +1\n/)
    expect(stdout).toMatch(/in memory +[\d.]+ MB off the heap, [\d.]+ bytes a fact\n/)
    expect(stdout).toMatch(/:product\/price +3 hold, 27 ended\n/)
  })

  it('dead-letters lists what was refused', () => {
    const { stdout } = run('dead-letters')
    expect(stdout).toMatch(/events\.ndjson line 31 {2}invalid-event: /)
    expect(JSON.parse(run('dead-letters', '--json').stdout)).toMatchObject({ total: 1, counts: { 'invalid-event': 1 } })
  })

  it('verify reads the log again', () => {
    const { status, stdout } = heartwood(['verify', '--data', data])
    expect([status, stdout]).toEqual([0, expect.stringContaining('every checksum holds')])
  })

  it('contracts check finds every fault', () => {
    expect(heartwood(['contracts', 'check', '--project', project]).status).toBe(0)
    const wrong = newProject({
      'contracts/shop/sale/1.1.yaml': 'name: shop/sale\nversion: "1.1"\nowner: me\nformt: json\n',
    })
    const { status, stderr } = heartwood(['contracts', 'check', '--project', wrong])
    expect(status).toBe(1)
    expect(stderr).toMatch(/contracts\/shop\/sale\/1\.1\.yaml:4:1: .*formt/)
  })

  it('sample writes event lines, and ends quietly when its reader has enough', async () => {
    const child = spawn(process.execPath, ['src/cli/main.ts', 'sample'], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let stderr = ''
    child.stderr.on('data', chunk => (stderr += chunk))
    const first: Buffer = await new Promise(resolve => child.stdout.once('data', resolve))
    child.stdout.destroy()
    const status = await new Promise(resolve => child.once('exit', resolve))
    expect(JSON.parse(first.toString().split('\n')[0])).toMatchObject({
      topic: expect.any(String),
      value: expect.any(Object),
    })
    expect([status, stderr]).toEqual([0, ''])
  })
})

describe('backup, restore and export', () => {
  it('writes what was known at a moment', () => {
    const folder = newFolder()
    const { status, stdout } = run('export', '--out', folder, '--as-of', '4', '--format', 'csv')
    expect([status, stdout]).toEqual([0, expect.stringContaining('wrote 7 entities as of t 4 in 2 files')])
    expect(readFileSync(join(folder, 'product.csv'), 'utf8')).toMatch(
      /^entity,id,price,tags\r\n\d+,p0,3\.50,\r\n\d+,p1,1\.50,\r\n/,
    )
    expect(JSON.parse(readFileSync(join(folder, 'export.json'), 'utf8'))).toMatchObject({
      ...{ t: 4, settled: true },
      files: [
        { kind: 'product', rows: 3 },
        { kind: 'sale', rows: 4 },
      ],
    })
    expect(run('export', '--out', folder).stderr).toContain('is not empty')
  })
})

describe('wrong use', () => {
  const cases: [string[], number, string][] = [
    [['qery'], 2, 'unknown command'],
    [['history', 'product:p9'], 1, 'never mentioned'],
    [['history', 'produkt:p1'], 1, 'Did you mean product?'],
    [['entity', 'produkt:p1'], 1, 'no contract knows the entity kind produkt. Did you mean product?'],
    [['entity', 'product:p1', '--as-of=-1'], 2, 'is no moment'],
    [['entity', 'product:p1', '--as-of', '2024-05-01T00:00:00'], 2, 'has no zone: write 2024-05-01T00:00:00Z'],
    [['entity', 'product:p1', '--as-of', '31'], 2, 't 31 does not exist yet: the last is 30'],
    [['entity', 'product:p1', '--as-of', '1714521600000'], 2, 'looks like milliseconds since 1970'],
    [['entity', 'product:p1', '--max-age', 'P'], 2, 'maxAge is a duration'],
    [['log', '--from', 'now'], 2, 'is no moment'],
    [['log', '--follow'], 2, 'give its --url'],
    [['log', '--to', '3', '--as-of', '3'], 2, 'one of them is enough'],
    [['dead-letters', 'show'], 2, 'give the id of a dead letter'],
    [['dead-letters', 'show', '9'], 1, 'there is no dead letter 9'],
    [['dead-letters', 'burn'], 2, 'show, replay, discard'],
    [['dead-letters', '--reason', 'not_json'], 2, 'Did you mean not-json?'],
    [['status', '--url', 'somewhere'], 2, 'the address of a server'],
    [['stats', '--dta', 'x'], 2, 'unknown option'],
    [['query', '[:find ?x]', '--url', 'http://127.0.0.1:9'], 4, 'no server answers at http://127.0.0.1:9'],
    [['query', 'dear', '--timeout-ms', '0'], 2, 'whole number from 1'],
    [['stats', '--url', 'http://127.0.0.1:2'], 4, 'no server is reached at http://127.0.0.1:2'],
    [['query'], 2, 'give one query'],
    [['query', '[:find ?x\n :where [?x :product/idd]]'], 2, '  ^'],
    [['query', '[:find ?x'], 2, 'never closed'],
    [['query', 'deer'], 2, 'Did you mean dear?'],
    [['query', 'broken'], 2, 'queries/broken.edn:1:'],
    [['query', 'dear', '--arg', 'least'], 2, '--arg least is no argument'],
    [['query', 'dear', '--arg', 'least=cheap'], 2, 'least'],
    [['query', 'dear', '--format', 'xml'], 2, 'xml'],
    [['query', '[:find ?x :where [?x :product/id]]', '--as-of', '31'], 2, 'the last is 30'],
    [['query', '[:find ?x :where [?x :product/id]]', '--as-of', 'now'], 2, 'is no moment'],
    [['entity', 'product:p9'], 1, 'never mentioned'],
    [['entity', 'p1'], 2, 'no entity id'],
    [['entity', 'product:p1', '--attributes', 'prise'], 2, ':product/prise'],
    [['extract', 'dear', '--shards', '0', '--out', 'x'], 2, 'from 1 to 4096'],
    [['extract', 'dear', '--format', 'orc', '--out', 'x'], 2, 'parquet, arrow, csv'],
    [['extract', 'dear'], 2, '--out'],
    [['dead-letters', 'replay'], 2, 'takes ids'],
    [['dead-letters', 'replay', '1', '--all'], 2, 'takes ids'],
    [['dead-letters', 'discard', '1'], 2, '--why WORDS'],
    [['dead-letters', 'discard', '7', '--why', 'x'], 1, 'there is no dead letter 7'],
    [['accept-gap', 'deer'], 2, '--kafka HOST:PORT'],
    [['accept-gap', 'deer', '--kafka', 'localhost'], 2, 'kafka-1:9092'],
    [['accept-gap', 'deer', '--kafka', 'x:1', '--kafka-user', 'me'], 2, '--kafka-sasl'],
    [['accept-gap', 'deer', '--kafka', 'x:1', '--kafka-cert', 'me.pem'], 2, '--kafka-key'],
    [['dead-letters', '--limit', 'all'], 2, 'whole number'],
    [['contracts', 'publish'], 2, 'not built yet'],
    [['load', '/no/such/file'], 2, 'there is no file'],
    [['load', '-'], 2, '--as'],
    [['verify', '--scoring', '5'], 2, 'not built yet'],
  ]

  it.each(cases)('%j ends with %i and says %s', (args, status, words) => {
    const bare = ['qery', 'contracts'].includes(args[0])
    const ran = bare ? heartwood(args) : args[0] === 'verify' ? heartwood([...args, '--data', data]) : run(...args)
    expect(ran.stderr).toContain(words)
    expect(ran.stderr).not.toMatch(/\n {4}at /)
    expect([ran.status, ran.stdout]).toEqual([status, ''])
  })

  it('without a store there is nothing to read', () => {
    const { status, stderr } = heartwood(['stats', '--data', join(newFolder(), 'none')])
    expect([status, stderr]).toEqual([4, expect.stringContaining('there is no store in')])
  })

  it('a damaged store ends with 3, and the place of the damage', () => {
    const damaged = join(newFolder(), 'store')
    cpSync(data, damaged, { recursive: true })
    const [log] = readdirSync(join(damaged, 'log')).sort()
    const bytes = readFileSync(join(damaged, 'log', log))
    bytes[200] ^= 1
    writeFileSync(join(damaged, 'log', log), bytes)
    for (const command of ['verify', 'stats']) {
      const { status, stderr } = heartwood([command, '--data', damaged])
      expect([status, stderr], command).toEqual([3, expect.stringContaining(log)])
    }
  })

  it('what a crash left unfinished is told, and everything before it is there', () => {
    const torn = join(newFolder(), 'store')
    cpSync(data, torn, { recursive: true })
    const file = join(torn, 'log', readdirSync(join(torn, 'log')).sort()[0])
    appendFileSync(file, readFileSync(file).subarray(0, 20))
    const { status, stdout } = heartwood(['verify', '--data', torn])
    expect([status, stdout]).toEqual([0, expect.stringContaining('ends in an unfinished frame: 20 bytes')])
    expect(stdout).toContain('30 transactions')
  })
})
