import type { Answer, AnswerColumn } from '../model/answer.ts'
import { gathered } from '../model/column.ts'
import { entityNumber } from '../model/entity-id.ts'
import { type FactColumn, type FactView, visible } from '../model/fact-view.ts'
import type { Attribute, Kind } from '../model/schema.ts'
import { refTo } from '../model/type.ts'
import type { Value } from '../model/value.ts'

/**
 * All entities of a kind that are known at the view's moment, in order of their numbers: a column `entity` with the number, then one for each
 * attribute, the identity first. References are numbers of entities; of an attribute that has many values the list of them.
 */
export function kindAnswer(view: FactView, kind: Kind): Answer {
  const attributes = [...view.schema.ofKind(kind)].sort(
    (a, b) => Number(b.identity) - Number(a.identity) || (a.ident < b.ident ? -1 : 1),
  )
  const columns = attributes.map(attribute => ({ attribute, facts: view.facts(attribute) }))
  const ordinals = knownOrdinals(view.extent(kind), columns)
  const entities = Float64Array.from(ordinals, ordinal => entityNumber(kind.number, ordinal))
  return {
    shape: 'relation',
    rows: ordinals.length,
    strings: view.strings,
    keys: null,
    columns: [
      {
        ...{ name: 'entity', find: 'entity', type: refTo(kind.name), nullable: false, present: null },
        v: { as: 'f64', values: entities },
      },
      ...columns.map(({ attribute, facts }) => columnOf(view, attribute, facts, ordinals)),
    ],
  }
}

/** Those that have at least one fact, ascending. */
function knownOrdinals(extent: number, columns: readonly { readonly facts: FactColumn }[]): Int32Array {
  const known = new Uint8Array(extent)
  let count = 0
  for (const { facts } of columns) {
    const { e, length, t } = facts
    const from = facts.presence ?? facts.from
    for (let row = 0; row < length; row++) {
      if (!visible(from[row], t)) continue
      const ordinal = e === null ? row : e[row]
      count += 1 - known[ordinal]
      known[ordinal] = 1
    }
  }
  const ordinals = new Int32Array(count)
  for (let ordinal = 0, i = 0; ordinal < extent; ordinal++) if (known[ordinal] === 1) ordinals[i++] = ordinal
  return ordinals
}

function columnOf(view: FactView, attribute: Attribute, facts: FactColumn, ordinals: Int32Array): AnswerColumn {
  const { ident, many, type } = attribute
  const plain = ident.slice(ident.indexOf('/') + 1)
  const about = { name: plain === 'entity' ? ident.slice(1) : plain, find: ident, nullable: true }
  const present = new Uint8Array(ordinals.length)
  if (many) {
    const values = Array.from(ordinals, (ordinal, i): readonly Value[] | null => {
      const found = view.values(attribute, ordinal).map(({ value }) => value)
      present[i] = Number(found.length > 0)
      return found.length > 0 ? found : null
    })
    return { ...about, type: { base: 'list', of: type }, present, v: { as: 'any', values } }
  }
  const rows = rowsOf(facts, ordinals, present)
  const v = gathered(facts.v, rows)
  if (type.base !== 'ref' || type.kind === null || v.as !== 'i32') return { ...about, type, present, v }
  const base = entityNumber(view.schema.kind(type.kind).number, 0)
  return { ...about, type, present, v: { as: 'f64', values: Float64Array.from(v.values, ordinal => base + ordinal) } }
}

/** The row of each entity, -1 where it has none; both ascend. */
function rowsOf(facts: FactColumn, ordinals: Int32Array, present: Uint8Array): Int32Array {
  const { e, length, t } = facts
  const from = facts.presence ?? facts.from
  const rows = new Int32Array(ordinals.length).fill(-1)
  let row = 0
  for (let i = 0; i < ordinals.length; i++) {
    if (e === null) row = ordinals[i]
    else while (row < length && (e[row] < ordinals[i] || (e[row] === ordinals[i] && !visible(from[row], t)))) row++
    if (row >= length || (e !== null && e[row] !== ordinals[i]) || !visible(from[row], t)) continue
    rows[i] = row
    present[i] = 1
  }
  return rows
}
