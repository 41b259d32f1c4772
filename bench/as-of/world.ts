import { Schema } from '../../src/model/schema.ts'
import { DOUBLE, LONG, STRING } from '../../src/model/type.ts'
import { Budget } from '../../src/store/budget.ts'
import { OneColumn } from '../../src/store/one-column.ts'

export const ENTITIES = 20_000

/** What happens to entities once they are there. */
export type Life = 'even' | 'skewed' | 'retracted'

export interface World {
  readonly column: OneColumn
  readonly last: number
  readonly facts: number
}

/** A number below `n`, from a generator (mulberry32) of its own. */
export function dice(seed: number): (n: number) => number {
  let a = seed
  return n => {
    a = (a + 0x6d2b79f5) | 0
    let x = Math.imul(a ^ (a >>> 15), 1 | a)
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x
    return ((x ^ (x >>> 14)) >>> 0) % n
  }
}

/** One attribute of so many entities, which change in random order, one in a transaction, until each has so many versions on average. */
export function worldOf(values: 'doubles' | 'texts', versions: number, life: Life): World {
  const type = values === 'texts' ? STRING : DOUBLE
  const schema = new Schema()
  schema.addKind('thing', LONG)
  const flags = { many: false, index: false, component: false, restated: false, identity: false }
  schema.addAttribute({ ident: ':thing/x', kind: 'thing', type, doc: '', ...flags })
  const column = new OneColumn(schema.attribute(':thing/x'), new Budget(64 << 20))
  const roll = dice(12345)
  const hot = ENTITIES / 100
  let t = 0
  for (let ordinal = 0; ordinal < ENTITIES; ordinal++) column.begin(ordinal, roll(100_000), ++t)
  for (let change = ENTITIES; change < ENTITIES * versions; change++) {
    const ordinal = life === 'skewed' && roll(10) < 9 ? roll(hot) * 100 : roll(ENTITIES)
    if (life === 'retracted' && roll(10) === 0 && column.holds(ordinal)) column.end(ordinal, ++t)
    else column.begin(ordinal, roll(100_000), ++t)
  }
  return { column, last: t, facts: column.live + column.ended }
}
