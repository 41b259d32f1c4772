import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { templateOf } from '../../src/serve/openapi/document.ts'
import type { Route } from '../../src/serve/route.ts'
import { ROUTES } from '../../src/serve/routes.ts'
import { Conformance } from './conformance.ts'
import { openServedShop, type Served, serve } from './given.ts'

// biome-ignore lint/suspicious/noExplicitAny: bodies are looked into as they come
type Body = Record<string, any>

let shop: Served
let document: Body
beforeAll(async () => {
  shop = await serve(await openServedShop(), { version: '1.2.3' })
  document = (await (await shop.get('/openapi.json')).json()) as Body
})
afterAll(() => shop.close())

const EXAMPLES: Readonly<Record<string, string>> = {
  id: 'product:p1',
  kind: 'sale',
  name: 'sold',
  query: 'sold',
  namespace: 'shop',
  version: '1.0',
}

/** A URL of a route that finds something. */
const pathOf = ({ path }: Route): string =>
  path.startsWith('/contracts/:')
    ? '/contracts/shop/sale/1.0'
    : path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(EXAMPLES[name]))

const BODIES: Readonly<Record<string, object>> = {
  '/entities': { ids: ['sale:s/1', 'sale:none'] },
  '/pull': { pattern: '[*]', ids: ['sale:s/1'] },
  '/query': { query: '[:find ?id :where [_ :sale/id ?id]]' },
  '/explain': { query: '[:find ?id :where [_ :sale/id ?id]]', run: true },
  '/queries/:name': { rows: [{}] },
}

const NEEDED: Readonly<Record<string, string>> = {
  '/entity': 'id=product:p1',
  '/query': `q=${encodeURIComponent('[:find (count ?s) . :where [?s :sale/id]]')}`,
}

const ask = (route: Route, search: string): Promise<Response> => {
  const needed = NEEDED[route.path]
  const path = `${pathOf(route)}?${[route.method === 'GET' && needed ? needed : '', search].filter(each => each !== '').join('&')}`
  return route.method === 'GET' ? shop.get(path) : shop.post(path, BODIES[route.path] ?? {})
}

const built = ROUTES.filter(({ gives }) => Object.keys(gives).length > 0)
const title = ({ method, path }: Route) => `${method} ${path}`

describe('/openapi.json', () => {
  test('has every route, and no other', () => {
    const said = Object.entries<Body>(document['paths']).flatMap(([path, methods]) =>
      Object.keys(methods).map(method => `${method.toUpperCase()} ${path}`),
    )
    expect(said.sort()).toEqual(ROUTES.map(({ method, path }) => `${method} ${templateOf(path)}`).sort())
    const ids = Object.values<Body>(document['paths']).flatMap(methods =>
      Object.values<Body>(methods).map(each => each['operationId']),
    )
    expect(new Set(ids).size).toBe(ids.length)
  })

  test('names a shape for every reference, and has none that nobody uses', () => {
    const used = new Set(
      [...JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name),
    )
    expect([...used].sort()).toEqual(Object.keys(document['components']['schemas']).sort())
  })

  test('tells the version of the program, and what a request may take', async () => {
    expect(document['info']).toMatchObject({
      version: '1.2.3',
      'x-heartwood-limits': { queryTimeoutMs: null, bodyBytes: 16 * 2 ** 20 },
    })
  })

  test.each(built.map(route => [title(route), route] as const))(
    '%s answers as it says, as JSON and otherwise',
    async (_, route) => {
      const response = await ask(route, '')
      expect(response.status).toBe(200)
      const path = pathOf(route)
      for (const type of Object.keys(route.gives)) {
        const init = { headers: { accept: type, 'content-type': 'application/json' }, method: route.method }
        const body = route.method === 'POST' ? { body: JSON.stringify(BODIES[route.path]) } : {}
        const other = await shop.fetch(`${path}?${route.method === 'GET' ? (NEEDED[route.path] ?? '') : ''}`, {
          ...init,
          ...body,
        })
        expect([other.status, other.headers.get('content-type')?.split(';')[0]]).toEqual([200, type])
        await other.arrayBuffer()
      }
    },
  )

  test.each(ROUTES.filter(route => !built.includes(route)).map(route => [title(route), route] as const))(
    '%s is not built yet',
    async (_, route) => {
      expect((await ask(route, '')).status).toBe(501)
    },
  )

  test('what checks answers finds every kind of fault', async () => {
    const conformance = new Conformance(document)
    const url = '/entity/product:p1'
    const response = await fetch(`${shop.url}${url}`)
    const body = (await response.json()) as Body
    const faults = (change: (body: Body, headers: Headers) => void, status = 200) => {
      const [changed, headers] = [structuredClone(body), new Headers(response.headers)]
      change(changed, headers)
      return conformance.faults('GET', url, status, headers, JSON.stringify(changed)).length
    }
    expect(faults(() => {})).toBe(0)
    expect(faults(changed => delete changed['settled'])).toBe(1)
    expect(faults(changed => Object.assign(changed, { more: 1 }))).toBeGreaterThan(0)
    expect(faults(changed => Object.assign(changed, { t: '40' }))).toBe(1)
    expect(faults(changed => Object.assign(changed, { at: 'today' }))).toBe(1)
    expect(faults((_, headers) => headers.delete('heartwood-t'))).toBe(1)
    expect(faults((_, headers) => headers.set('content-type', 'text/csv'))).toBe(1)
    expect(faults(() => {}, 418)).toBe(1)
    expect(conformance.faults('GET', '/nothing', 200, new Headers(), '{}')).toHaveLength(1)
  })
})

describe('every parameter of every route', () => {
  const all = built.flatMap(route => route.parameters.map(parameter => ({ route, parameter })))
  // names that a query declares, and attributes of an entity, are judged by the tables of `server.test.ts`
  const own = all.filter(({ parameter: { schema } }) => schema['type'] !== 'object')
  const titled = (chosen: typeof all) =>
    chosen.map(({ route, parameter }) => [`${parameter.name} of ${title(route)}`, route, parameter] as const)

  const refused = async (response: Response, name: string): Promise<void> => {
    const { kind, detail } = (await response.json()) as Body
    expect([response.status, response.headers.get('content-type'), kind]).toEqual([
      400,
      'application/problem+json',
      'argument',
    ])
    expect(detail).toContain(name)
  }

  test.each(titled(own.filter(({ parameter: { schema } }) => schema['type'] !== 'array')))(
    '%s is given once',
    async (_, route, { name }) => {
      await refused(await ask(route, `${name}=1&${name}=2`), name)
    },
  )

  const judged = own.filter(
    ({ parameter: { schema } }) =>
      schema['enum'] !== undefined || schema['type'] === 'integer' || schema['type'] === 'boolean',
  )
  test.each(titled(judged))('%s is of its type', async (_, route, { name }) => {
    const response = await ask(route, `${name}=x`)
    await refused(response, name)
  })

  test.each(titled(own.filter(({ parameter: { schema } }) => schema['type'] === 'integer')))(
    '%s is within its bounds',
    async (_, route, { name, schema }) => {
      const { minimum, maximum } = schema as { minimum: number; maximum?: number }
      await refused(await ask(route, `${name}=${minimum - 1}`), name)
      if (maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER)
        await refused(await ask(route, `${name}=${maximum + 1}`), name === 'waitMs' ? 'waitMs' : name)
    },
  )

  test.each(built.map(route => [title(route), route] as const))('%s takes no others', async (_, route) => {
    const response = await ask(route, 'nobodyKnowsThis=1')
    const { kind, detail } = (await response.json()) as Body
    expect([response.status, kind]).toEqual([400, route.path === '/entities/:kind' ? 'unknown-attribute' : 'argument'])
    expect(detail).toContain('nobodyKnowsThis')
  })
})
