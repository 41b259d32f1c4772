import type { Column } from './cells.ts'

/** A saved query as `GET /queries` lists it. */
export interface SavedQuery {
  readonly name: string
  readonly version: string
  readonly doc: string
  readonly params: readonly {
    readonly name: string
    readonly type: string
    readonly default: unknown
    readonly doc: string
  }[]
  readonly shardBy: string | null
  /** The shape of its result; rows where absent. */
  readonly result?: 'rows' | 'maps' | 'values' | 'row' | 'map' | 'value'
  readonly columns?: readonly Column[]
  readonly error: string | null
}

/** What a cell of this type is in the answer to a query. */
function typeScript(type: string): string {
  const [, element] = /^list\((.*)\)$/.exec(type) ?? []
  if (element !== undefined) return `readonly (${typeScript(element)})[]`
  const [, values] = /^enum\((.*)\)$/.exec(type) ?? []
  if (values !== undefined)
    return values
      .split('|')
      .map(value => JSON.stringify(value.trim()))
      .join(' | ')
  if (type === 'long' || type.startsWith('ref')) return 'number | bigint'
  if (type === 'double') return 'number'
  if (type === 'boolean') return 'boolean'
  return type === 'any' || type === 'json' || type === 'pull' ? 'unknown' : 'string'
}

const pascal = (name: string): string =>
  name.replace(/(?:^|[^A-Za-z0-9])([A-Za-z0-9])/g, (_, letter) => letter.toUpperCase())

/** The type of one row, and that of the whole result, to be given to `saved`. */
function resultTypes(name: string, result: NonNullable<SavedQuery['result']>, columns: readonly Column[]): string[] {
  const cells = columns.map(
    ({ name: column, type, nullable }) => [column, `${typeScript(type)}${nullable ? ' | null' : ''}`] as const,
  )
  const [only] = cells.map(([, type]) => type)
  if (result === 'value') return [`export type ${name}Result = ${only === 'unknown' ? only : `${only} | null`}`]
  if (result === 'values') return [`export type ${name}Result = readonly (${only})[]`]
  const named = result === 'maps' || result === 'map'
  const row = named
    ? `{ ${cells.map(([column, type]) => `readonly ${JSON.stringify(column)}: ${type}`).join('; ')} }`
    : // what is no name in TypeScript cannot be a label
      `readonly [${cells.map(([column, type]) => (/^[A-Za-z_]\w*$/.test(column) ? `${column}: ${type}` : type)).join(', ')}]`
  const one = result === 'row' || result === 'map'
  return [
    `export type ${name}Row = ${row}`,
    `export type ${name}Result = ${one ? `${name}Row | null` : `readonly ${name}Row[]`}`,
  ]
}

/** TypeScript for the rows and parameters of saved queries, to be kept in a file of the program that runs them. */
export function queryTypes(queries: readonly SavedQuery[]): string {
  return queries
    .filter(({ error, columns }) => error === null && columns !== undefined)
    .map(({ name, doc, params, result = 'rows', columns = [] }) => {
      const given = params.map(
        param =>
          `  /** ${param.doc || param.type} */\n  readonly ${JSON.stringify(param.name)}${param.default === null ? '' : '?'}: ${typeScript(param.type)}`,
      )
      return [
        `/** ${doc || name} */`,
        ...resultTypes(pascal(name), result, columns),
        `export interface ${pascal(name)}Args {\n${given.join('\n')}\n}`,
      ].join('\n')
    })
    .join('\n\n')
    .concat('\n')
}
