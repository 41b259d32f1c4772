import { FactError } from '../base/error.ts'
import { entityNumber } from '../model/entity-id.ts'
import { entityText, parseEntityId } from '../model/entity-text.ts'
import type { FactView } from '../model/fact-view.ts'
import { showInstant } from '../model/instant.ts'
import { jsonValue } from '../model/json-value.ts'
import type { EntityHistory, ShownInterval } from './api.ts'
import { chooseAttributes } from './chosen.ts'
import { notKnown, showMoment } from './entity.ts'
import { Origins } from './origin.ts'

/** Every interval of an entity up to the view's moment, each with the event that began it; by attribute, then by when it began. */
export function readHistory(view: FactView, id: string, names: string | readonly string[] | undefined): EntityHistory {
  const { kind, ordinal } = parseEntityId(view, id)
  const chosen = names === undefined ? null : chooseAttributes(view.schema, kind, names)
  const odd = chosen?.find(({ backward, follow }) => backward || follow !== null)
  if (odd)
    throw new FactError('argument', `${odd.key} cannot be followed here: a history is of the entity's own attributes`)
  const origins = new Origins(view)
  const when = (t: number) => ({ t, instant: showInstant(view.instantOf(t)) })
  const attributes = chosen ? [...new Set(chosen.map(({ attribute }) => attribute))] : view.schema.ofKind(kind)
  const intervals: ShownInterval[] = []
  if (ordinal >= 0)
    for (const attribute of attributes.toSorted((a, b) => (a.ident < b.ident ? -1 : 1)))
      for (const { value, from, to } of view.intervalsOf(attribute, ordinal))
        intervals.push({
          attribute: attribute.ident,
          value: jsonValue(value, view, attribute.type),
          from: when(from),
          to: to === 0 ? null : when(to),
          origin: origins.of(from),
        })
  // who was known once has a history, also while nothing holds
  if (intervals.length === 0 && (ordinal < 0 || chosen === null || !everKnown(view, kind.name, ordinal)))
    throw notKnown(view, kind, ordinal, id)
  return {
    id: entityText(view, kind, ordinal),
    entity: entityNumber(kind.number, ordinal),
    ...showMoment(view),
    intervals,
  }
}

const everKnown = (view: FactView, kind: string, ordinal: number): boolean =>
  view.schema
    .ofKind(view.schema.kind(kind))
    .some(attribute => (view.firstKnown(attribute, ordinal) ?? view.t + 1) <= view.t)
