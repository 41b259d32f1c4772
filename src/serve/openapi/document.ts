import type { ErrorKind } from '../../base/error.ts'
import type { Route } from '../route.ts'
import { statusOf } from '../status.ts'
import type { About } from './about.ts'
import { COMPONENTS } from './components.ts'
import type { Parameter } from './parameter.ts'
import { flag, instant, named, type Schema, text, whole } from './schema.ts'

/** What any request may be refused for. */
const ALWAYS: readonly ErrorKind[] = ['argument', 'not-acceptable', 'wrong-store', 'too-large', 'internal']

/** And any with a body. */
const OF_BODIES: readonly ErrorKind[] = ['parse-error', 'unsupported-media', 'busy']

const STORE: Parameter = {
  name: 'store',
  doc: 'The store that is meant; another one answers `wrong-store`. The header `Heartwood-Store` says the same.',
  schema: text,
}

const header = (name: string, description: string, schema: Schema, required: boolean) => ({
  [name]: { description, schema, required },
})

/** Headers of every answer, errors included. */
const HEADERS = {
  ...header('Heartwood-T', 'The transaction as of which the answer is.', whole, true),
  ...header('Heartwood-Instant', 'Of that transaction.', instant, true),
  ...header('Heartwood-Settled', 'Whether nothing can be added to that moment any more.', flag, true),
  ...header('Heartwood-Store', 'The store.', text, true),
  ...header('Server-Timing', 'Milliseconds until the answer began.', text, true),
}

const TAG = header(
  'ETag',
  'Names this answer; the same URL with it in `If-None-Match` gives 304 while nothing changed.',
  text,
  false,
)

const QUERY_HEADER = header('Heartwood-Query', '`name@version` of the saved query.', text, true)

/** OpenAPI 3.1 of these routes. */
export function openApi(routes: readonly Route[], { version, limits }: About): Schema {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const route of routes) {
    const path = templateOf(route.path)
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Heartwood',
      version,
      summary: 'An immutable fact store with a read-only, time-travelling Datalog service.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      'x-heartwood-limits': limits,
    },
    paths,
    components: { schemas: COMPONENTS },
  }
}

/** `/entity/:id` as `/entity/{id}`. */
export const templateOf = (path: string): string => path.replace(/:(\w+)/g, '{$1}')

function operation(route: Route): Schema {
  const { summary, body, gives } = route
  const names = [...route.path.matchAll(/:(\w+)/g)].map(([, name]) => name)
  const parameters = [...route.parameters, STORE]
  return {
    ...{ operationId: operationId(route), summary, tags: [tagOf(route)] },
    parameters: [
      ...names.map(name => ({ name, in: 'path', required: true, schema: { type: 'string', minLength: 1 } })),
      ...parameters.map(({ name, doc, schema }) => ({ name, in: 'query', description: doc, schema })),
    ],
    ...(body === undefined ? {} : { requestBody: { required: true, content: contentOf(body) } }),
    responses: {
      ...(Object.keys(gives).length === 0
        ? {}
        : {
            200: {
              description: summary,
              headers: {
                ...HEADERS,
                ...(route.runs === undefined ? {} : QUERY_HEADER),
                ...(route.cached === undefined ? {} : TAG),
              },
              content: contentOf(gives),
            },
          }),
      ...(route.cached === undefined || route.method !== 'GET'
        ? {}
        : { 304: { description: 'It is as the ETag in `If-None-Match` says.', headers: { ...HEADERS, ...TAG } } }),
      ...refusals(route),
    },
  }
}

const operationId = ({ method, path }: Route): string =>
  [method.toLowerCase(), ...path.split(/[/.]/).filter(part => part !== '')]
    .map(part => part.replace(':', 'by-'))
    .join('-')

const tagOf = ({ path, gives }: Route): string => (Object.keys(gives).length === 0 ? 'planned' : path.split(/[/.]/)[1])

const contentOf = (shapes: Readonly<Record<string, Schema>>) =>
  Object.fromEntries(Object.entries(shapes).map(([type, schema]) => [type, { schema }]))

/** What can be wrong, by status. */
function refusals({ refuses, body }: Route): Record<number, Schema> {
  const kinds = new Set([...ALWAYS, ...(body === undefined ? [] : OF_BODIES), ...refuses])
  const byStatus = new Map<number, ErrorKind[]>()
  for (const kind of kinds) byStatus.set(statusOf(kind), [...(byStatus.get(statusOf(kind)) ?? []), kind])
  return Object.fromEntries(
    [...byStatus].map(([status, kinds]) => [
      status,
      {
        description: kinds.join(', '),
        headers: HEADERS,
        content: {
          'application/problem+json': {
            schema: { allOf: [named('Problem'), { properties: { kind: { enum: kinds } } }] },
          },
        },
      },
    ]),
  )
}
