import type { Random } from '../../../src/base/random.ts'
import type { ArrayFact } from '../../../src/model/array-view.ts'
import type { Schema } from '../../../src/model/schema.ts'
import { BOOLEAN, DATE, DOUBLE, decimalOf, LONG, refTo, STRING, type ValueType } from '../../../src/model/type.ts'
import { schemaOf } from '../worlds.ts'

/** What values an attribute has: texts, numbers (three types that compare with each other), truths, days, or entities of a kind. */
export type Family = 's' | 'n' | 'b' | 'd' | 'p' | 'q'

export interface PlainAttribute {
  readonly name: string
  readonly type: 'string' | 'long' | 'double' | 'decimal' | 'boolean' | 'date' | 'ref p' | 'ref q'
  readonly many: boolean
}

/** A random schema and history, as plain data: prints, and can be made smaller. */
export interface PlainWorld {
  readonly attributes: Readonly<Record<'p' | 'q', readonly PlainAttribute[]>>
  readonly facts: readonly ArrayFact[]
  readonly layout: 'dense' | 'sparse' | 'sought'
}

export const LAST = 4
export const ENTITIES: Readonly<Record<'p' | 'q', readonly string[]>> = {
  p: ['p:a', 'p:b', 'p:c', 'p:d', 'p:e'],
  q: ['q:a', 'q:b', 'q:c'],
}

const TYPES: Readonly<Record<PlainAttribute['type'], ValueType>> = {
  string: STRING,
  long: LONG,
  double: DOUBLE,
  decimal: decimalOf(2),
  boolean: BOOLEAN,
  date: DATE,
  'ref p': refTo('p'),
  'ref q': refTo('q'),
}

/** Few, so that values meet. */
export const VALUES: Readonly<Record<PlainAttribute['type'], readonly unknown[]>> = {
  string: ['a', 'b', 'ab', 'é'],
  long: [-1, 0, 1, 2, 3],
  double: [0.5, 1, 2, 2.25],
  decimal: ['1', '1.50', '2.25', '-3'],
  boolean: [true, false],
  date: ['2024-01-01', '2024-02-29'],
  'ref p': ENTITIES.p,
  'ref q': ENTITIES.q,
}

export const familyOf = ({ type }: PlainAttribute): Family =>
  type === 'string'
    ? 's'
    : type === 'boolean'
      ? 'b'
      : type === 'date'
        ? 'd'
        : type === 'ref p'
          ? 'p'
          : type === 'ref q'
            ? 'q'
            : 'n'

/** `plain` leaves out what DataScript does not have: decimals and dates. */
export function randomWorld(random: Random, plain: boolean): PlainWorld {
  const types = plain
    ? (['string', 'long', 'long', 'double', 'boolean', 'ref p', 'ref q'] as const)
    : (['string', 'long', 'double', 'decimal', 'decimal', 'boolean', 'date', 'ref p', 'ref q'] as const)
  const some = (kind: 'p' | 'q', count: number): PlainAttribute[] =>
    Array.from({ length: count }, (_, i) => ({
      name: `${kind}${i}`,
      type: random.pick(types),
      many: random.below(3) === 0,
    }))
  const attributes = {
    // whatever else there is, entities of p refer to each other, so that rules have ways to go
    p: [{ name: 'to', type: 'ref p', many: random.below(2) === 0 } as const, ...some('p', 2 + random.below(4))],
    q: some('q', 1 + random.below(3)),
  }
  const layout = random.pick(['dense', 'sparse', 'sought'] as const)
  return { attributes, facts: randomFacts(random, attributes), layout }
}

function randomFacts(random: Random, attributes: PlainWorld['attributes']): ArrayFact[] {
  const facts: ArrayFact[] = []
  for (const kind of ['p', 'q'] as const)
    for (const e of ENTITIES[kind])
      for (const { name, type, many } of attributes[kind]) {
        const place = { e, a: `:${kind}/${name}` }
        if (many) {
          for (const v of VALUES[type]) if (random.below(2) === 0) facts.push({ ...place, v, ...interval(random) })
          continue
        }
        // one after the other, with gaps
        for (let from = 1 + random.below(2); from <= LAST; ) {
          const to = from + 1 + random.below(LAST + 2)
          const v = random.pick(VALUES[type])
          const ends = to <= LAST
          if (random.below(4) > 0) facts.push({ ...place, v, from, ...(ends ? { to } : {}) })
          from = to + (random.below(2) === 0 ? 0 : 1)
        }
      }
  return facts
}

function interval(random: Random): { from: number; to?: number } {
  const from = 1 + random.below(3)
  const to = from + 1 + random.below(LAST + 2)
  return to <= LAST ? { from, to } : { from }
}

export function schemaFor({ attributes }: PlainWorld): Schema {
  const typed = (list: readonly PlainAttribute[]) =>
    Object.fromEntries(
      list.map(({ name, type, many }) => [name, many ? ([TYPES[type]] as const) : TYPES[type]] as const),
    )
  return schemaOf({ p: typed(attributes.p), q: typed(attributes.q) })
}

/** Everything is mentioned and lives from the beginning, and there are as many transactions in every world. */
export const allFacts = ({ facts }: PlainWorld): ArrayFact[] => [
  ...[...ENTITIES.p, ...ENTITIES.q].map(e => ({ e, a: `:${e[0]}/id`, v: e.slice(2) })),
  ...facts,
]
