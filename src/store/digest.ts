import { wideAt } from '../model/column.ts'
import { entityText, plainText } from '../model/entity-text.ts'
import type { FactView } from '../model/fact-view.ts'
import { showType } from '../model/type.ts'
import { EntityRef } from '../model/value.ts'
import { valueFrom } from './raw-value.ts'

const MASK = 0xffffffffffffffffn

/**
 * A digest of every interval that a view knows, in 32 hex digits: sum and exclusive or of a 64-bit hash of each fact's text.
 * It depends on neither the layout of columns nor the numbers of entities and attributes, so two stores that hold the
 * same facts in the same transactions agree. It finds accidents, not forgery; the chain of frames is there for that.
 */
export function digestFacts(view: FactView): string {
  let sum = 0n
  let low = 0
  let high = 0
  for (const attribute of view.schema.attributes) {
    if (attribute.kind.number === 0) continue
    const { length, e, v, from, to } = view.intervals(attribute)
    const target = attribute.type.base === 'ref' ? view.schema.kind(attribute.type.kind!) : undefined
    const head = `${attribute.ident} ${showType(attribute.type)} `
    for (let i = 0; i < length; i++) {
      const raw = v.as === 'i128' ? wideAt(v.values, i) : v.values[i]
      const value = valueFrom(attribute.type, raw, view.strings, target?.number)
      const text = value instanceof EntityRef ? entityText(view, target!, raw as number) : plainText(value)
      const [a, b] = hash64(`${head}${entityText(view, attribute.kind, e[i])}\n${text}\n${from[i]} ${to[i]}`)
      sum = (sum + ((BigInt(a) << 32n) | BigInt(b))) & MASK
      high ^= a
      low ^= b
    }
  }
  const hex = (value: number) => (value >>> 0).toString(16).padStart(8, '0')
  return sum.toString(16).padStart(16, '0') + hex(high) + hex(low)
}

/** Two halves of a 64-bit hash of a text (cyrb53 by bryc, with all of its bits). */
function hash64(text: string): [number, number] {
  let a = 0xdeadbeef
  let b = 0x41c6ce57
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    a = Math.imul(a ^ unit, 2654435761)
    b = Math.imul(b ^ unit, 1597334677)
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909)
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909)
  return [a >>> 0, b >>> 0]
}
