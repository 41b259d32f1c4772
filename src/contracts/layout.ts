import type { Contract } from './contract.ts'

/** How a producer writes the events of one contract. */
export interface Layout {
  /** Numbers of fields in the order in which they stand. The first is always there; optional ones after it may be left out. */
  readonly order: readonly number[]
  /** What stands after a colon, and after a comma: nothing or a blank. */
  readonly afterColon: '' | ' '
  readonly afterComma: '' | ' '
}

/** As `JSON.stringify` writes events whose fields stand in the order of the contract. */
export function plainLayout(contract: Contract): Layout {
  return { order: contract.fields.map((_, i) => i), afterColon: '', afterComma: '' }
}

const KEY = /"([^"\\]+)":( ?)/y
const SCALAR = /"[^"\\]*"|[^\s",:[\]{}]+/y
const COMMA = /,( ?)/y

/** The layout of an event that keeps its contract, or undefined where it is written in a way that no scan reads. */
export function layoutOf(contract: Contract, value: Uint8Array): Layout | undefined {
  const text = Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('latin1')
  const order: number[] = []
  const blanks = { colon: new Set<string>(), comma: new Set<string>() }
  let at = 1
  const take = (token: RegExp): RegExpExecArray | null => {
    token.lastIndex = at
    const found = token.exec(text)
    if (found) at = token.lastIndex
    return found
  }
  if (text[0] !== '{') return undefined
  for (;;) {
    const key = take(KEY)
    const field = key ? contract.fields.findIndex(({ name }) => name === key[1]) : -1
    if (field < 0 || order.includes(field) || !take(SCALAR)) return undefined
    order.push(field)
    blanks.colon.add(key![2])
    const comma = take(COMMA)
    if (!comma) break
    blanks.comma.add(comma[1])
  }
  if (at !== text.length - 1 || text[at] !== '}' || blanks.colon.size !== 1 || blanks.comma.size > 1) return undefined
  const [afterColon] = blanks.colon as Set<'' | ' '>
  const [afterComma = afterColon] = blanks.comma as Set<'' | ' '>
  return { order: withAbsent(contract, order), afterColon, afterComma }
}

/** Gives the fields that one event leaves out the place that the contract suggests: each after the one before it there. */
function withAbsent(contract: Contract, present: readonly number[]): number[] {
  const order = [...present]
  for (let field = 1; field < contract.fields.length; field++) {
    if (order.includes(field)) continue
    const before = order.indexOf(field - 1)
    if (before >= 0) order.splice(before + 1, 0, field)
  }
  return order
}

export const sameLayout = (a: Layout, b: Layout): boolean =>
  a.afterColon === b.afterColon &&
  a.afterComma === b.afterComma &&
  a.order.length === b.order.length &&
  a.order.every((field, i) => field === b.order[i])

/** Whether every required field has a type that a scan can read. */
export const canBeScanned = (contract: Contract): boolean =>
  contract.fields.length > 0 &&
  contract.fields.every(({ type, optional }) => optional || (type.base !== 'list' && type.base !== 'json'))
