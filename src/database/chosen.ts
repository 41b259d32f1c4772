import { FactError } from '../base/error.ts'
import type { Attribute, Kind, Schema } from '../model/schema.ts'

/** One attribute that was asked for. */
export interface Chosen {
  /** As the answer names it: `:customer/country`, `:line/_invoice`. */
  readonly key: string
  readonly attribute: Attribute
  /** Whoever refers to the entity by it, instead of what it refers to. */
  readonly backward: boolean
  /** What to read of the entities at the other end; null where their ids are enough. */
  readonly follow: readonly Chosen[] | null
}

/**
 * Reads which attributes of a kind are wanted, from a comma list or from several: `:ns/name`, `ns/name`, or `name` of the kind itself;
 * `ref{…}` follows a reference by one step, `ns/_name` goes backwards. Throws `unknown-attribute` with the nearest names, `argument`.
 */
export function chooseAttributes(schema: Schema, kind: Kind, names: string | readonly string[]): Chosen[] {
  const lists = typeof names === 'string' ? [names] : names
  return lists.flatMap(list => itemsOf(list).map(item => chosenOf(schema, kind, item, true)))
}

/** A choice as `chooseAttributes` reads it. */
export const itemText = ({ key, follow }: Chosen): string =>
  follow === null ? key : `${key}{${follow.map(itemText).join(',')}}`

/** The items of a comma list; commas in braces separate nothing. Throws `argument`. */
function itemsOf(list: string): string[] {
  const items: string[] = []
  let depth = 0
  let start = 0
  for (let i = 0; i <= list.length; i++) {
    const c = list[i]
    if (c === '{') depth++
    else if (c === '}') depth--
    if (depth < 0) throw new FactError('argument', `attributes: ${list} closes a brace that was never opened`)
    if (i < list.length && (c !== ',' || depth > 0)) continue
    const item = list.slice(start, i).trim()
    if (item === '')
      throw new FactError('argument', 'attributes: a comma list of attributes is wanted, such as country,:customer/id')
    items.push(item)
    start = i + 1
  }
  if (depth > 0) throw new FactError('argument', `attributes: ${list} opens a brace that is never closed`)
  return items
}

function chosenOf(schema: Schema, kind: Kind, item: string, mayFollow: boolean): Chosen {
  const brace = item.indexOf('{')
  const name = (brace < 0 ? item : item.slice(0, brace)).trim()
  const [, namespace = kind.name, mark, plain] = /^:?(?:([^/]+)\/)?(_?)([^/]*)$/.exec(name) ?? []
  if (plain === undefined)
    throw new FactError(
      'argument',
      `attributes: ${name} is no attribute; write country, customer/country or :customer/country`,
    )
  const backward = mark === '_'
  const attribute = schema.attribute(`:${namespace}/${plain}`)
  const { ident, type } = attribute
  if (!backward && attribute.kind !== kind)
    throw new FactError('argument', `${ident} belongs to ${attribute.kind.name}, and this is a ${kind.name}`)
  if (backward && (type.base !== 'ref' || (type.kind !== null && type.kind !== kind.name)))
    throw new FactError('argument', `${ident} never refers to a ${kind.name}, so nothing is found backwards`)
  const key = `:${namespace}/${mark}${plain}`
  if (brace < 0) return { key, attribute, backward, follow: null }
  if (!item.endsWith('}') || !mayFollow)
    throw new FactError(
      'argument',
      mayFollow
        ? `attributes: ${item} has something behind its brace`
        : `attributes: ${name}{…} would be a second step, and one is followed; for more ask with pull=`,
    )
  if (type.base !== 'ref')
    throw new FactError('argument', `${ident} is a ${type.base}, and only references are followed`)
  const other = backward ? attribute.kind : schema.kind(type.kind ?? kind.name)
  const inside = itemsOf(item.slice(brace + 1, -1)).map(wanted => chosenOf(schema, other, wanted, false))
  return { key, attribute, backward, follow: inside }
}
