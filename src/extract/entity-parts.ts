import { FactError } from '../base/error.ts'
import type { Shard } from '../database/api.ts'
import { type Chosen, chooseAttributes } from '../database/chosen.ts'
import type { Answer, AnswerColumn, AnyValue } from '../model/answer.ts'
import { setWide, wideAt } from '../model/column.ts'
import { KIND_SIZE } from '../model/entity-id.ts'
import { type FactColumn, type FactView, visible } from '../model/fact-view.ts'
import type { Kind } from '../model/schema.ts'
import { INSTANT, LONG, refTo } from '../model/type.ts'
import type { Shape } from './arrow-answer.ts'
import { chosenType, ENTITY, followedValues, shortName } from './followed-values.ts'

/** A moment as it was asked for, in milliseconds since 1970, and what is seen then. */
export interface EntityMoment {
  readonly view: FactView
  readonly at: number
}

/** All entities of a kind, as of one moment or several. */
export interface EntityExtract {
  readonly kind: Kind
  readonly attributes: readonly Chosen[]
  /** One row for each entity that is known, for each of these. */
  readonly moments: readonly EntityMoment[]
  /** Whether the columns `as_of` (the moment asked) and `t` stand beside the entity. */
  readonly dated: boolean
  readonly shard: Shard
}

/** Entities looked at in one part. */
const WINDOW = 65_536

/**
 * Reads `attributes=name,:ns/name,ref{name}`; null is all of the kind, its identity first. Throws `argument`, also where two columns or fields
 * would have one name, and `unknown-attribute`.
 */
export function entityAttributes(view: FactView, kind: Kind, chosen: string | null): Chosen[] {
  const { schema } = view
  if (chosen === null) {
    const identity = schema.identity(kind)
    const others = schema.ofKind(kind).filter(attribute => attribute !== identity)
    return [identity, ...others.sort((a, b) => (a.ident < b.ident ? -1 : 1))].map(attribute => ({
      ...{ key: attribute.ident, attribute, backward: false, follow: null },
    }))
  }
  const attributes = chooseAttributes(schema, kind, chosen)
  checkNames(attributes.map(columnName), 'columns')
  for (const { key, follow } of attributes)
    if (follow !== null) checkNames([ENTITY, ...follow.map(shortName)], `fields of ${key}`)
  return attributes
}

function checkNames(names: readonly string[], what: string): void {
  const twice = names.find((name, i) => names.indexOf(name) < i)
  if (twice !== undefined) throw new FactError('argument', `attributes= would give two ${what} the name ${twice}`)
}

const OWN = [ENTITY, 'as_of', 't']

function columnName(chosen: Chosen): string {
  const short = shortName(chosen)
  return OWN.includes(short) ? chosen.key.slice(1) : short
}

/** The columns: entity, moment where there are several, then attributes by their own names, all of them nullable. */
export function entityShapes({ kind, attributes, dated }: Omit<EntityExtract, 'moments' | 'shard'>): Shape[] {
  const dates: Shape[] = dated
    ? [
        { name: 'as_of', type: INSTANT, nullable: false },
        { name: 't', type: LONG, nullable: false },
      ]
    : []
  const columns = attributes.map((chosen): Shape => {
    return { name: columnName(chosen), type: chosenType(chosen), nullable: true }
  })
  return [{ name: ENTITY, type: refTo(kind.name), nullable: false }, ...dates, ...columns]
}

/** The rows in parts, ordered by entity, then by moment. An entity is known as of a moment where it has at least one fact. */
export function* entityParts(extract: EntityExtract): Generator<Answer> {
  const { kind, attributes, dated, shard } = extract
  const moments = extract.moments.map(({ view }) => view)
  const extent = Math.max(...moments.map(view => view.extent(kind)))
  const shapes = entityShapes(extract)
  const [{ strings }] = moments
  const rest = (ordinal: number): boolean => (kind.number * KIND_SIZE + ordinal) % shard.of === shard.index
  for (let low = 0; low < extent; low += WINDOW * shard.of) {
    const high = Math.min(extent, low + WINDOW * shard.of)
    const known = moments.map(view => knownIn(view, kind, low, high))
    const [ordinals, which] = [[] as number[], [] as number[]]
    for (let ordinal = low; ordinal < high; ordinal++) {
      if (!rest(ordinal)) continue
      for (let m = 0; m < moments.length; m++) {
        if (known[m][ordinal - low] === 0) continue
        ordinals.push(ordinal)
        which.push(m)
      }
    }
    const rows = ordinals.length
    if (rows === 0) continue
    const numbers = (of: (row: number) => number) =>
      ({ as: 'f64', values: Float64Array.from({ length: rows }, (_, i) => of(i)) }) as const
    const own = [numbers(i => kind.number * KIND_SIZE + ordinals[i])]
    if (dated)
      own.push(
        numbers(i => extract.moments[which[i]].at),
        numbers(i => moments[which[i]].t),
      )
    const columns = shapes.map((shape, i): AnswerColumn => {
      const base = { ...shape, find: shape.name }
      if (i < own.length) return { ...base, v: own[i], present: null }
      const chosen = attributes[i - own.length]
      const { attribute, backward, follow } = chosen
      if (attribute.many || backward || follow !== null)
        return { ...base, ...nestedOf(chosen, moments, own[0].values, which) }
      const facts = moments.map(view => view.facts(attribute))
      return { ...base, ...oneValue(moments[0], facts, ordinals, which) }
    })
    yield { shape: 'relation', columns, rows, strings, keys: null }
  }
}

/** 1 where the entity of an ordinal has a fact. */
function knownIn(view: FactView, kind: Kind, low: number, high: number): Uint8Array {
  const known = new Uint8Array(high - low)
  let missing = high - low
  const identity = view.schema.identity(kind)
  const others = view.schema.ofKind(kind).filter(attribute => attribute !== identity)
  for (const attribute of [identity, ...others]) {
    if (missing === 0) break
    const column = view.facts(attribute)
    for (let row = firstRow(column, low); row < column.length; row++) {
      const ordinal = column.e === null ? row : column.e[row]
      if (ordinal >= high) break
      if (known[ordinal - low] === 1 || !isFact(column, row)) continue
      known[ordinal - low] = 1
      missing--
    }
  }
  return known
}

const isFact = (column: FactColumn, row: number): boolean =>
  column.count === column.length || visible((column.presence ?? column.from)[row], column.t)

/** The first row of an entity at or above an ordinal. */
function firstRow({ e, length }: FactColumn, ordinal: number): number {
  if (e === null) return Math.min(ordinal, length)
  let [low, high] = [0, length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (e[middle] < ordinal) low = middle + 1
    else high = middle
  }
  return low
}

/** For each wanted (ordinal, moment), ascending by ordinal, the row of its fact; -1 where there is none. */
function factRows(columns: readonly FactColumn[], ordinals: readonly number[], which: readonly number[]): Int32Array {
  const rows = new Int32Array(ordinals.length)
  const at = columns.map(column => firstRow(column, ordinals[0] ?? 0))
  for (let i = 0; i < rows.length; i++) {
    const [m, ordinal] = [which[i], ordinals[i]]
    const column = columns[m]
    let row = ordinal
    if (column.e !== null) {
      row = at[m]
      while (row < column.length && column.e[row] < ordinal) row++
      at[m] = row
      if (row < column.length && column.e[row] !== ordinal) row = column.length
    }
    rows[i] = row < column.length && isFact(column, row) ? row : -1
  }
  return rows
}

type Values = Pick<AnswerColumn, 'v' | 'present'>

/** The one value of each, in the widest form that some moment has. References are entity numbers. */
function oneValue(
  { schema }: FactView,
  columns: readonly FactColumn[],
  ordinals: readonly number[],
  which: readonly number[],
): Values {
  const rows = factRows(columns, ordinals, which)
  const length = rows.length
  const present = rows.some(row => row < 0) ? Uint8Array.from(rows, row => Number(row >= 0)) : null
  const [{ attribute }] = columns
  const { type } = attribute
  const forms = new Set(columns.map(({ v }) => v.as))
  const raw = (i: number): number | bigint => columns[which[i]].v.values[rows[i]]
  if (forms.has('i128')) {
    const values = new BigInt64Array(2 * length)
    for (let i = 0; i < length; i++) {
      if (rows[i] < 0) continue
      const { v } = columns[which[i]]
      setWide(values, i, v.as === 'i128' ? wideAt(v.values, rows[i]) : BigInt(raw(i)))
    }
    return { v: { as: 'i128', values }, present }
  }
  if (forms.has('i64')) {
    const values = new BigInt64Array(length)
    for (let i = 0; i < length; i++) if (rows[i] >= 0) values[i] = BigInt(raw(i))
    return { v: { as: 'i64', values }, present }
  }
  if (forms.has('f64') || type.base === 'ref') {
    const values = new Float64Array(length)
    const start = type.base === 'ref' ? schema.kind(type.kind!).number * KIND_SIZE : 0
    for (let i = 0; i < length; i++) if (rows[i] >= 0) values[i] = start + Number(raw(i))
    return { v: { as: 'f64', values }, present }
  }
  const values = new Int32Array(length)
  for (let i = 0; i < length; i++) if (rows[i] >= 0) values[i] = Number(raw(i))
  return { v: { as: 'i32', values }, present }
}

/** Lists and what references lead to, each as of its own moment. */
function nestedOf(
  chosen: Chosen,
  moments: readonly FactView[],
  entities: Float64Array,
  which: readonly number[],
): Values {
  const values: AnyValue[] = new Array(which.length).fill(null)
  for (const [m, view] of moments.entries()) {
    const rows: number[] = []
    for (let i = 0; i < which.length; i++) if (which[i] === m) rows.push(i)
    const found = followedValues(
      view,
      chosen,
      rows.map(row => entities[row]),
    )
    for (const [i, row] of rows.entries()) values[row] = found[i]
  }
  const present = values.includes(null) ? Uint8Array.from(values, value => Number(value !== null)) : null
  return { v: { as: 'any', values }, present }
}
