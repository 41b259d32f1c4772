import { Ajv2020 } from 'ajv/dist/2020.js'

// biome-ignore lint/suspicious/noExplicitAny: the document is looked into as it comes
type Json = any

const INSTANT = /^[+-]?\d{4,6}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(\d{3})?Z$/

/** Compares answers with what `/openapi.json` says of them. */
export class Conformance {
  readonly #document: Json
  readonly #ajv = new Ajv2020({
    strict: false,
    allErrors: true,
    formats: { 'date-time': INSTANT, 'uri-reference': true },
  })

  constructor(document: Json) {
    this.#document = document
    this.#ajv.addSchema(document, 'openapi')
  }

  /** The template of a path in the document, the one with the fewest parameters first; undefined where it has none. */
  template(path: string): string | undefined {
    const parts = path.split('/')
    const fits = (template: string) => {
      const names = template.split('/')
      return (
        names.length === parts.length &&
        names.every((name, i) => (name.startsWith('{') ? parts[i] !== '' : name === parts[i]))
      )
    }
    const parameters = (template: string) => template.split('{').length
    return Object.keys(this.#document.paths)
      .filter(fits)
      .sort((a, b) => parameters(a) - parameters(b))[0]
  }

  /** What is not as the document says; empty where all is. */
  faults(method: string, url: string, status: number, headers: Headers, body: string | null): string[] {
    const template = this.template(new URL(url, 'http://x').pathname.replace(/(.)\/$/, '$1'))
    const path = template && this.#document.paths[template]
    const operation = path?.[(method === 'HEAD' ? 'GET' : method).toLowerCase()]
    const type = headers.get('content-type')?.split(';')[0]
    if (!operation) {
      const kind = body === null ? null : JSON.parse(body).kind
      const expected = path ? [405, 'wrong-method'] : [404, 'unknown-route']
      return method === 'HEAD' || (status === expected[0] && kind === expected[1])
        ? []
        : [`${method} ${url} is not in the document, and is ${status} ${kind}`]
    }
    const said = operation.responses[status]
    if (!said) return [`${method} ${template} may not answer ${status}: ${body}`]
    const faults: string[] = []
    for (const [name, { schema, required }] of Object.entries<Json>(said.headers ?? {})) {
      const text = headers.get(name)
      if (
        text === null
          ? required
          : !this.#fits(schema, text === 'true' || text === 'false' || /^\d+$/.test(text) ? JSON.parse(text) : text)
      )
        faults.push(`the header ${name} is ${text}`)
    }
    const content = said.content?.[type ?? '']
    if (said.content && !content) faults.push(`${type} is none of ${Object.keys(said.content)}`)
    if (content && body !== null && method !== 'HEAD' && /json$/.test(type ?? '') && !type?.includes('ndjson')) {
      const at = pointer([
        'paths',
        template!,
        method.toLowerCase(),
        'responses',
        String(status),
        'content',
        type!,
        'schema',
      ])
      const validate = this.#ajv.compile({ $ref: `openapi#${at}` })
      if (!validate(JSON.parse(body))) faults.push(`${this.#ajv.errorsText(validate.errors)} in ${body.slice(0, 500)}`)
    }
    return faults.map(fault => `${method} ${url} ${status}: ${fault}`)
  }

  #fits(schema: Json, value: unknown): boolean {
    return this.#ajv.validate({ ...schema }, value)
  }
}

const pointer = (names: readonly string[]): string =>
  names.map(name => `/${encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'))}`).join('')
