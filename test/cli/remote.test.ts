import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { tableFromIPC } from 'apache-arrow'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ROOT } from '../given.ts'
import { openServedShop, type Served, serve } from '../serve/given.ts'

process.env['NODE_COMPILE_CACHE'] ??= join(ROOT, 'node_modules/.cache/heartwood')

let shop: Served
beforeAll(async () => {
  shop = await serve(await openServedShop())
})
afterAll(() => shop.close())

interface Ran {
  readonly status: number
  readonly stdout: Buffer
  readonly stderr: string
}

/** Runs a command beside the server of this process. */
const run = (...args: string[]): Promise<Ran> =>
  new Promise(resolve => {
    const all = ['src/cli/main.ts', ...args, '--url', shop.url]
    execFile(process.execPath, all, { cwd: ROOT, encoding: 'buffer' }, (error, stdout, stderr) => {
      resolve({ status: error === null ? 0 : Number(error.code), stdout, stderr: stderr.toString() })
    })
  })

const text = async (...args: string[]): Promise<string> => {
  const { status, stdout, stderr } = await run(...args)
  expect([status, stderr]).toEqual([0, ''])
  return stdout.toString()
}

const DEAR =
  '[:find ?n ?p ?s :where [?e :product/id ?n] [?e :product/price ?p] [?x :sale/product ?e] [?x :sale/id ?s] [(> ?p 40)] [(= ?s "s/3")]]'

describe('query --url', () => {
  it('prints what the store itself would give, in each format', async () => {
    expect(await text('query', DEAR)).toBe('?n     ?p  ?s\n--  -----  ---\np3  40.50  s/3\n')
    expect(await text('query', DEAR, '--format', 'csv')).toBe('n,p,s\r\np3,40.50,s/3\r\n')
    expect(await text('query', DEAR, '--format', 'ndjson')).toBe('{"n":"p3","p":"40.50","s":"s/3"}\n')
    expect(JSON.parse(await text('query', DEAR, '--json'))).toMatchObject({ t: 40, result: [['p3', '40.50', 's/3']] })
    const { stdout } = await run('query', DEAR, '--format', 'arrow')
    expect(tableFromIPC(stdout).numRows).toBe(1)
  })

  it.each([
    ['[:find ?n . :where [?e :product/price 40.50M] [?e :product/id ?n]]', '?n\n--\np3\n'],
    ['[:find [?n ...] :where [?e :product/id ?n] [(< ?n "p2")]]', '?n\n--\np0\np1\n'],
    [
      '[:find [?n ?p] :where [?e :product/id ?n] [?e :product/price ?p] [(= ?n "p1")]]',
      '?n     ?p\n--  -----\np1  38.50\n',
    ],
    [
      '[:find ?n ?p :keys a b :where [?e :product/id ?n] [?e :product/price ?p] [(= ?n "p1")]]',
      'a       b\n--  -----\np1  38.50\n',
    ],
    ['[:find ?n :where [?e :product/id ?n] [(= ?n "p9")]]', '?n\n--\n'],
  ])('%s as a table', async (query, table) => {
    expect(await text('query', query)).toBe(table)
  })

  it('runs a saved query as of a moment, with arguments', async () => {
    expect(await text('query', 'sold', '--arg', 'least=2.5', '--as-of', '2', '--format', 'csv')).toMatch(
      /^sale,id,price\r\n\d+,s\/1,2\.50\r\n$/,
    )
    expect(await text('query', 'priced', '--arg', 'names:=["p0" "p1"]', '--as-of', '2', '--format', 'csv')).toBe(
      'names,price\r\np0,1.50\r\np1,2.50\r\n',
    )
  })

  it('explains', async () => {
    expect(await text('explain', DEAR)).toMatch(/^query \?n \?p \?s {2}\(~[\d.]+ rows\)\n {2}scan/)
    expect(await text('query', 'sold', '--explain')).toContain('40 real')
  })

  it('shows a mistake where it stands', async () => {
    const wrong = await run('query', '[:find ?n\n :where [?e :product/idd ?n]]')
    expect([wrong.status, wrong.stderr]).toEqual([
      2,
      '2:13: no contract states :product/idd. Did you mean :product/id?\n   :where [?e :product/idd ?n]]\n              ^\n',
    ])
    const none = await run('query', 'solt')
    expect([none.status, none.stderr]).toEqual([2, expect.stringContaining('Did you mean sold?')])
  })
})
