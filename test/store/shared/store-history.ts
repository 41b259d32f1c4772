import { type Random, seeded } from '../../../src/base/random.ts'
import { COLUMNS, Oracle, type PlainEffect } from '../oracle.ts'

const TEXTS = ['x', 'y', 'zé', '']

/** Events that follow from a seed, with entities and texts that are new all the time; the attributes of `since` come only from that event on. */
export function eventsOf(seed: number, count: number): PlainEffect[][] {
  const random = seeded(seed)
  return Array.from({ length: count }, (_, i) =>
    Array.from({ length: 1 + random.below(3) }, () => effectOf(random, i, count)),
  )
}

function effectOf(random: Random, i: number, count: number): PlainEffect {
  const columns = i < count / 4 ? COLUMNS.slice(0, 3) : COLUMNS
  const { ident, type, many } = random.pick(columns)
  const key = (kind: string) => (kind === 'a' ? `a:k${random.below(10 + i / 20)}` : `b:${random.below(10 + i / 20)}`)
  const values =
    type.base === 'ref'
      ? [key(type.kind!)]
      : type.base === 'long'
        ? [String(random.below(9) * (i < count / 2 ? 1 : 2 ** 50) * 8)]
        : type.base === 'decimal'
          ? [`${random.below(1000)}.10`]
          : [random.below(3) === 0 ? `text ${i}` : random.pick(TEXTS)]
  const op = random.pick([
    'assert',
    'assert',
    'assert',
    many ? 'replace' : 'assert',
    'retract',
    'retractEntity',
  ] as const)
  return { op, entity: key(ident[1]), attribute: ident, values }
}

/** What was applied, by t, and what each moment must show. */
export function oracleOf(events: readonly PlainEffect[][]): Oracle {
  const oracle = new Oracle()
  for (const event of events) oracle.apply(event)
  return oracle
}
