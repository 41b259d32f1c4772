import { expect } from 'vitest'
import type { Database } from '../../src/database/api.ts'
import type { WritableDatabase } from '../../src/database/database.ts'
import { type Limits, OWN_LIMITS } from '../../src/database/limits.ts'
import { createLog, type Log } from '../../src/serve/log.ts'
import { Readers, type ReadersOptions } from '../../src/serve/readers/readers.ts'
import { createServer, type HeartwoodServer, type ServerOptions } from '../../src/serve/server.ts'
import { MemoryDisk } from '../../src/store/memory-disk.ts'
import { openShop, removeProjects, sale } from '../database/given.ts'
import { Conformance } from './conformance.ts'

export const silent: Log = createLog('silent', process.stderr)

const QUERIES = {
  'queries/sold.edn': `{:doc "What was sold at a price of at least so much."
    :params [{:name ?least :type "decimal(2)" :default "0.00" :doc "Cheaper ones are left out."}]
    :shard-by ?sale
    :query [:find ?sale ?id ?price
            :where [?sale :sale/id ?id] [?sale :sale/product ?product] [?product :product/price ?price] [(>= ?price ?least)]]}`,
  'queries/priced.edn': `{:doc "Products by name." :params [{:name ?names :type [:list :string] :doc "Which."}]
    :query [:find ?names ?price :where [?p :product/id ?names] [?p :product/price ?price]]}`,
  'queries/how-many.edn': '{:doc "Sales." :params [] :query [:find (count ?s) . :where [?s :sale/id]]}',
  'queries/broken.edn': '{:doc "Oh." :params [] :query [:find ?x :where [?x :sale/nothing]]}',
}

/** 40 sales of 4 products an hour apart, prices rising; the 41st event is refused. */
export async function openServedShop(
  queries: Readonly<Record<string, string>> = QUERIES,
  limits: Limits = OWN_LIMITS,
): Promise<WritableDatabase> {
  const database = await openShop(queries, new MemoryDisk(), limits)
  for (let i = 0; i < 40; i++) {
    const value = {
      sale_id: `s/${i}`,
      product: `p${i % 4}`,
      price: `${1 + i}.50`,
      ...(i % 3 === 0 ? { buyer: 9007199254740990 + i } : {}),
    }
    // numbers beyond 2^53 do not survive JSON.stringify
    database.write(
      sale(
        i - 50,
        JSON.stringify({ sold_at: '2024-04-30T00:00:00Z', ...value }).replace(
          /"buyer":\d+/,
          `"buyer":${9007199254740990n + BigInt(i)}`,
        ),
      ),
    )
  }
  database.write(sale(-5, '{"sale_id": "broken"}'))
  await database.commit()
  return database
}

/** The same database with some of its methods done otherwise. */
export function replacing(database: WritableDatabase, methods: Partial<Database>): Database {
  return new Proxy(database, {
    get(target, name) {
      if (Object.hasOwn(methods, name)) return Reflect.get(methods, name)
      const value = Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

export interface Served {
  readonly database: WritableDatabase
  readonly server: HeartwoodServer
  readonly readers: Readers | undefined
  readonly url: string
  /** A request, whose answer must be what `/openapi.json` says of it: `close` looks. */
  fetch(path: string, init?: RequestInit): Promise<Response>
  get(path: string, headers?: Record<string, string>): Promise<Response>
  post(path: string, body: string | object, headers?: Record<string, string>): Promise<Response>
  close(): Promise<void>
}

/** Tests share their machine with others, who are not to starve them. */
const UNHURRIED: ReadersOptions = {
  ...{ readers: 2, queue: 100, queueMs: 60_000, stallMs: 60_000, timeoutMs: 60_000, nice: 0, log: silent },
}

/** A real server on a free port; with `threads` queries are run by reader threads. */
export async function serve(
  database: WritableDatabase,
  options: Partial<ServerOptions> & { threads?: true | Partial<ReadersOptions> } = {},
): Promise<Served> {
  const { threads, ...rest } = options
  const readers =
    threads === undefined ? undefined : new Readers(database, { ...UNHURRIED, ...(threads === true ? {} : threads) })
  const server = createServer(database, { log: silent, ...(readers && { readers }), ...rest })
  const url = await server.listen(0, '127.0.0.1')
  const json = { 'content-type': 'application/json' }
  const document = await (await fetch(`${url}/openapi.json`)).json()
  const conformance = new Conformance(document)
  // looked into at the end, so that what a test measures is the server alone
  const answers: { readonly about: [string, string, number, Headers]; readonly body: Promise<string | null> }[] = []
  const checked = async (path: string, init: RequestInit = {}): Promise<Response> => {
    const response = await fetch(`${url}${path}`, init)
    const { status, headers } = response
    // what streams is read by the test itself, or never ends
    const whole = /json/.test(headers.get('content-type') ?? '') && !path.includes('follow=')
    const body = whole ? response.clone().text() : Promise.resolve(null)
    answers.push({ about: [init.method ?? 'GET', path, status, headers], body: body.catch(() => null) })
    return response
  }
  return {
    database,
    server,
    readers,
    url,
    fetch: checked,
    get: (path, headers = {}) => checked(path, { headers }),
    post: (path, body, headers = {}) =>
      checked(path, {
        method: 'POST',
        body: typeof body === 'string' ? body : JSON.stringify(body),
        headers: { ...json, ...headers },
      }),
    async close() {
      const faults: string[] = []
      for (const { about, body } of answers.splice(0)) faults.push(...conformance.faults(...about, await body))
      await server.close()
      await readers?.close()
      await database.close()
      removeProjects()
      expect(faults).toEqual([])
    },
  }
}
