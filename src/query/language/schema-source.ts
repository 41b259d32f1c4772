import { FactError } from '../../base/error.ts'
import { hint, nearest } from '../../base/nearest.ts'
import type { Attribute, Schema } from '../../model/schema.ts'
import { KEYWORD, STRING, showType, type ValueType } from '../../model/type.ts'
import { Keyword } from '../../model/value.ts'
import type { Literal } from './ast.ts'
import type { EdnPlace } from './edn.ts'

/** Who states an attribute, as contracts say it. */
export type Stated = (ident: string) => { readonly owner: string | null; readonly contracts: readonly string[] }

/** The built-in source of attributes. An attribute is its own keyword there, so that `[?e ?a _] [$schema ?a :db/doc ?doc]` meet. */
export const SCHEMA_SOURCE = '$schema'

/** What `$schema` says of an attribute, and of which type. */
const SAYS: Readonly<
  Record<string, { readonly type: ValueType; readonly of: (attribute: Attribute, stated: Stated) => readonly string[] }>
> = {
  ':db/ident': { type: KEYWORD, of: ({ ident }) => [ident] },
  ':db/valueType': { type: KEYWORD, of: ({ type }) => [`:db.type/${type.base}`] },
  ':db/cardinality': { type: KEYWORD, of: ({ many }) => [many ? ':db.cardinality/many' : ':db.cardinality/one'] },
  ':db/doc': { type: STRING, of: ({ doc }) => (doc === '' ? [] : [doc]) },
  ':schema/type': { type: STRING, of: ({ type }) => [showType(type)] },
  ':schema/owner': { type: STRING, of: ({ ident }, stated) => [stated(ident).owner].filter(owner => owner !== null) },
  ':schema/contract': { type: STRING, of: ({ ident }, stated) => stated(ident).contracts },
}

/** The type of what stands beside an attribute of `$schema`. Throws `unknown-attribute` with the nearest names. */
export function schemaType(ident: string, at: EdnPlace): ValueType {
  if (Object.hasOwn(SAYS, ident)) return SAYS[ident].type
  const near = nearest(ident, Object.keys(SAYS))
  throw new FactError(
    'unknown-attribute',
    `$schema does not say ${ident}; it says ${Object.keys(SAYS).join(' ')}.${hint(near)}`,
    {
      ...at,
      nearest: near,
    },
  )
}

/** All that `$schema` says: attribute, what is said of it, and its value. */
export function schemaRows(schema: Schema, stated: Stated): Literal[][] {
  const keyword = (name: string): Literal => ({ value: new Keyword(name), type: KEYWORD, exact: null })
  return schema.attributes.flatMap(attribute =>
    Object.entries(SAYS).flatMap(([ident, { type, of }]) =>
      of(attribute, stated).map(text => [
        keyword(attribute.ident),
        keyword(ident),
        type === KEYWORD ? keyword(text) : { value: text, type, exact: null },
      ]),
    ),
  )
}
