import { FactError } from '../base/error.ts'
import type { DatabaseReader, Shard } from '../database/api.ts'
import { itemText } from '../database/chosen.ts'
import { showInstant } from '../model/instant.ts'
import { parseMoment } from '../model/moment.ts'
import type { Provenance } from './arrow-answer.ts'
import { type EntityExtract, type EntityMoment, entityAttributes, entityParts, entityShapes } from './entity-parts.ts'
import { type ExtractPlan, makePlan } from './plan.ts'

/** More moments than these are many extracts. */
const MOST_MOMENTS = 366

export interface EntityRequest {
  readonly kind: string
  /** A comma list, null for all. */
  readonly attributes: string | null
  /** As asked; none is the present. Several give the columns `as_of` and `t`. */
  readonly asOf: readonly string[]
  /** The transactions that a plan found these moments to be; none where there is no plan yet. */
  readonly t: readonly string[]
}

/** What a request for a whole kind means. Throws `argument`, `not-found` for an unknown kind, `invalid-as-of`. */
export function openEntities(
  database: DatabaseReader,
  { kind: name, attributes, asOf, t }: EntityRequest,
  shard: Shard,
): EntityExtract {
  if (asOf.length > MOST_MOMENTS || t.length > MOST_MOMENTS)
    throw new FactError('argument', `an extract is of at most ${MOST_MOMENTS} moments`)
  if (t.length > 0 && asOf.length > 0 && t.length !== asOf.length)
    throw new FactError(
      'argument',
      't and asOf belong together, one of each for each moment: take the links of the plan',
    )
  const dated = asOf.length > 1 || (t.length > 0 && asOf.length > 0)
  if (t.length > 1 && !dated)
    throw new FactError('argument', 't is given several times without asOf: take the links of the plan')
  const moments =
    t.length === 0
      ? (asOf.length === 0 ? [undefined] : asOf).map((text): EntityMoment => {
          const view = database.view(text)
          return { view, at: view.at }
        })
      : t.map((text, i): EntityMoment => {
          const view = database.view(text)
          return { view, at: dated ? askedAt(database, asOf[i]) : view.at }
        })
  const [{ view }] = moments
  const kind = view.schema.kind(name)
  return { kind, attributes: entityAttributes(view, kind, attributes), moments, dated, shard }
}

/** The instant that an `asOf` names, whatever is known by then. */
function askedAt(database: DatabaseReader, text: string): number {
  const moment = parseMoment(text)
  return 'instant' in moment ? moment.instant : database.view(text).at
}

/** What a stream of entities is of. */
export function entityProvenance({ kind, attributes, moments, shard }: EntityExtract, named: boolean): Provenance {
  const [{ view }] = moments
  const args = {
    attributes: attributes.map(itemText),
    ...(moments.length > 1
      ? { asOf: moments.map(({ at }) => showInstant(at)), t: moments.map(each => each.view.t) }
      : {}),
  }
  return {
    ...{ view, query: `entities/${kind.name}`, version: null, args: JSON.stringify(args) },
    shard: named ? `${shard.index}/${shard.of}` : null,
  }
}

/** Plans an extract of a whole kind: its attributes and moments are pinned in the links. */
export function planEntities(
  database: DatabaseReader,
  request: EntityRequest,
  shards: number,
  count: boolean,
): { readonly plan: Promise<ExtractPlan>; readonly extract: EntityExtract } {
  const extract = openEntities(database, request, { index: 0, of: 1 })
  const { kind, attributes, moments, dated } = extract
  const { query, args, view } = entityProvenance(extract, false)
  const link = (shard: Shard): string => {
    const search = new URLSearchParams({ shard: String(shard.index), of: String(shard.of) })
    for (const each of moments) search.append('t', String(each.view.t))
    if (dated) for (const { at } of moments) search.append('asOf', showInstant(at))
    search.append('store', database.storeName)
    search.append('attributes', attributes.map(itemText).join(','))
    return `entities/${encodeURIComponent(kind.name)}?${search}`
  }
  const plan = makePlan({
    ...{ query, version: null, args: JSON.parse(args), view, shards, count, up: '../../', link },
    columns: entityShapes(extract).map(shape => ({ ...shape, find: shape.name })),
    parts: shard => entityParts({ ...extract, shard }),
  })
  return { plan, extract }
}
