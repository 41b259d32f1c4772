import { type AnyValue, PullMap, TypedText } from '../../src/model/answer.ts'
import { entityNumber, kindOf, ordinalOf } from '../../src/model/entity-id.ts'
import type { FactView } from '../../src/model/fact-view.ts'
import type { Attribute } from '../../src/model/schema.ts'
import { compareValues, EntityRef, Keyword, type Value } from '../../src/model/value.ts'
import type { PullPattern, PullSpec } from '../../src/query/language/ast.ts'

/** Pull by the definition: one entity after the other, everything looked up by itself, calling itself for what is referred to. */

const EVERYTHING: PullPattern = { wildcard: true, specs: [], at: { line: 1, column: 1 } }

/** Entities on the way, and what is left of recursions that are under way. */
interface Way {
  readonly seen: readonly number[]
  readonly left: ReadonlyMap<string, number>
}

export const naivePull = (view: FactView, pattern: PullPattern, entity: number): PullMap | null =>
  pullOf(view, pattern, entity, { seen: [], left: new Map() })

const ref = (entity: number): PullMap => new PullMap([new Keyword(':db/id')], [new EntityRef(entity)])

function pullOf(view: FactView, pattern: PullPattern, entity: number, way: Way): PullMap | null {
  const found: [Value, AnyValue][] = []
  if (pattern.wildcard) {
    const own = view.schema.ofKind(view.schema.kinds[kindOf(entity)])
    const named = pattern.specs.filter(spec => !spec.reverse).map(spec => spec.ident)
    const specs = own
      .filter(({ ident }) => !named.includes(ident))
      .map(
        ({ ident }): PullSpec => ({
          ident,
          reverse: false,
          key: new Keyword(ident),
          limit: null,
          default: null,
          xform: null,
          follow: null,
          at: pattern.at,
        }),
      )
    for (const spec of specs.sort((a, b) => (a.ident < b.ident ? -1 : 1)))
      found.push([spec.key, valueAt(view, pattern, spec, entity, way)])
  }
  for (const spec of pattern.specs) found.push([spec.key, valueAt(view, pattern, spec, entity, way)])
  const some = found.filter(([, value]) => value !== null)
  if (some.length === 0) return null
  if (pattern.wildcard && !pattern.specs.some(spec => spec.ident === ':db/id'))
    some.unshift([new Keyword(':db/id'), new EntityRef(entity)])
  return new PullMap(
    some.map(([key]) => key),
    some.map(([, value]) => value),
  )
}

function valueAt(view: FactView, pattern: PullPattern, spec: PullSpec, entity: number, way: Way): AnyValue {
  if (spec.ident === ':db/id') return new EntityRef(entity)
  const attribute = view.schema.attribute(spec.ident)
  const values = spec.reverse ? referring(view, attribute, entity) : has(view, attribute, entity)
  const many = spec.reverse ? !attribute.component : attribute.many
  const shown: AnyValue[] = []
  for (const value of many ? values : values.slice(0, 1)) {
    const inside =
      value instanceof EntityRef
        ? followed(view, pattern, spec, attribute, value.number, way)
        : textOf(attribute, value)
    if (inside !== null && shown.length < (spec.limit ?? Number.POSITIVE_INFINITY)) shown.push(inside)
  }
  if (values.length === 0) return spec.default
  if (!many) return shown[0] ?? null
  return shown.length === 0 ? null : shown
}

const textOf = ({ type }: Attribute, value: Value): AnyValue =>
  type.base === 'uuid' || type.base === 'json' ? new TypedText(type.base, value as string) : value

function has(view: FactView, attribute: Attribute, entity: number): Value[] {
  if (attribute.kind.number !== kindOf(entity)) return []
  return view.values(attribute, ordinalOf(entity)).map(({ value }) => value)
}

function referring(view: FactView, attribute: Attribute, entity: number): Value[] {
  return Array.from({ length: view.extent(attribute.kind) }, (_, ordinal) =>
    entityNumber(attribute.kind.number, ordinal),
  )
    .filter(number => has(view, attribute, number).some(value => compareValues(value, new EntityRef(entity)) === 0))
    .map(number => new EntityRef(number))
}

function followed(
  view: FactView,
  pattern: PullPattern,
  spec: PullSpec,
  { component }: Attribute,
  target: number,
  way: Way,
): AnyValue {
  const { follow } = spec
  if (follow !== null && 'specs' in follow) return pullOf(view, follow, target, way)
  if (follow === null && (!component || spec.reverse)) return ref(target)
  if (way.seen.includes(target)) return ref(target)
  const name = `${spec.at.line}:${spec.at.column}`
  const left = follow === null ? Number.POSITIVE_INFINITY : (way.left.get(name) ?? follow.times)
  if (left <= 0) return null
  const on = {
    seen: [...way.seen, target],
    left: follow === null ? way.left : new Map([...way.left, [name, left - 1]]),
  }
  return pullOf(view, follow === null ? EVERYTHING : pattern, target, on)
}
