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

/** TypeScript for the rows and parameters of saved queries, to be kept in a file of the program that runs them. */
export function queryTypes(queries: readonly SavedQuery[]): string {
  return queries
    .filter(({ error, columns }) => error === null && columns !== undefined)
    .map(({ name, doc, params, columns = [] }) => {
      const cells = columns.map(
        ({ name: column, type, nullable }) =>
          `${JSON.stringify(column)}: ${typeScript(type)}${nullable ? ' | null' : ''}`,
      )
      const given = params.map(
        param =>
          `  /** ${param.doc || param.type} */\n  readonly ${JSON.stringify(param.name)}${param.default === null ? '' : '?'}: ${typeScript(param.type)}`,
      )
      return [
        `/** ${doc || name} */`,
        `export type ${pascal(name)}Row = readonly [${cells.map(cell => cell.replace(/^"(\w+)": /, '$1: ')).join(', ')}]`,
        `export interface ${pascal(name)}Args {\n${given.join('\n')}\n}`,
      ].join('\n')
    })
    .join('\n\n')
    .concat('\n')
}
