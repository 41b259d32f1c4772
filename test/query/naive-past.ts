import { entityNumber } from '../../src/model/entity-id.ts'
import type { FactView } from '../../src/model/fact-view.ts'
import { EntityRef, type Value } from '../../src/model/value.ts'
import { keyText } from '../../src/query/columns/numbering.ts'

export interface PastFact {
  readonly e: Value
  readonly a: string
  readonly v: Value
  readonly tx: Value
  readonly op: Value
}

/** A source that looks back: what it holds is found by asking the store at every moment. */
export interface Past {
  readonly store: (t: number) => FactView
  readonly t: number
  readonly since: number
  readonly history: boolean
}

/** All facts that a view shows, attribute by attribute and entity by entity. */
export function everyFact(view: FactView): PastFact[] {
  return view.schema.attributes.flatMap(attribute =>
    Array.from({ length: view.extent(attribute.kind) }, (_, ordinal) =>
      view.values(attribute, ordinal).map(
        ({ value, from }): PastFact => ({
          e: new EntityRef(entityNumber(attribute.kind.number, ordinal)),
          a: attribute.ident,
          v: value,
          tx: new EntityRef(from),
          op: true,
        }),
      ),
    ).flat(),
  )
}

/** What a source that looks back holds: a fact begins when it is first seen, and ends when it is first missed. */
export function pastFacts({ store, t, since, history }: Past): PastFact[] {
  const name = ({ e, a, v, tx }: PastFact): string => [keyText(e), a, keyText(v), keyText(tx)].join(' ')
  const after = (fact: PastFact): boolean => (fact.tx as EntityRef).number > since
  if (!history) return everyFact(store(t)).filter(after)
  const found: PastFact[] = []
  let before: PastFact[] = []
  for (let moment = 1; moment <= t; moment++) {
    const now = everyFact(store(moment))
    const [held, holds] = [new Set(before.map(name)), new Set(now.map(name))]
    found.push(...now.filter(fact => !held.has(name(fact))))
    for (const fact of before) if (!holds.has(name(fact))) found.push({ ...fact, tx: new EntityRef(moment), op: false })
    before = now
  }
  return found.filter(after)
}
