import type { Chosen } from '../database/chosen.ts'
import { type AnyValue, PullMap } from '../model/answer.ts'
import { ordinalOf } from '../model/entity-id.ts'
import type { FactView } from '../model/fact-view.ts'
import { type PullField, refTo, type ValueType } from '../model/type.ts'
import type { EntityRef } from '../model/value.ts'
import { pullMany } from '../query/query.ts'

/** The first field of what a reference leads to: who that is. */
export const ENTITY = 'entity'

/** As a column or a field is named: `country` of `:customer/country`, and `line/_invoice` for what is found backwards. */
export const shortName = ({ key, backward }: Chosen): string =>
  backward ? key.slice(1) : key.slice(key.indexOf('/') + 1)

/** A list for what has many values; where a reference is followed a map with `entity` and what was asked for of it. */
export function chosenType(chosen: Chosen): ValueType {
  const { attribute, backward, follow } = chosen
  const end = backward ? refTo(attribute.kind.name) : attribute.type
  const one: ValueType = follow === null ? end : { base: 'pull', fields: fieldsOf(end, follow) }
  return backward || attribute.many ? { base: 'list', of: one } : one
}

const fieldsOf = (end: ValueType, follow: readonly Chosen[]): PullField[] => [
  { key: ENTITY, type: end },
  ...follow.map(chosen => ({ key: shortName(chosen), type: chosenType(chosen) })),
]

/** What a choice is of one entity after the other, null where it is nothing; entities are numbers. */
export function followedValues(view: FactView, chosen: Chosen, entities: readonly number[]): AnyValue[] {
  const { attribute, backward, follow } = chosen
  const many = backward || attribute.many
  const keys = follow === null ? [] : [ENTITY, ...follow.map(shortName)]
  const sources = backward ? sourcesOf(view, chosen, entities) : null
  return entities.map((entity, i) => {
    const values: readonly AnyValue[] = sources
      ? sources[i]
      : view.values(attribute, ordinalOf(entity)).map(({ value }) => value)
    const shown =
      follow === null
        ? values
        : values.map(value => {
            const { number } = value as EntityRef
            return new PullMap(keys, [value, ...follow.map(each => followedValues(view, each, [number])[0])])
          })
    if (!many) return shown[0] ?? null
    return shown.length === 0 ? null : shown
  })
}

/** Whoever refers to each, in order of their numbers. */
function sourcesOf(view: FactView, { key }: Chosen, entities: readonly number[]): EntityRef[][] {
  return pullMany(view, `[{${key} [:db/id]}]`, entities).map(map => {
    const [found = null] = map?.values ?? []
    const sources = (found === null ? [] : Array.isArray(found) ? found : [found]) as PullMap[]
    return sources.map(source => source.values[0] as EntityRef)
  })
}
