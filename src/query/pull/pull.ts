import { FactError } from '../../base/error.ts'
import { hint, nearest } from '../../base/nearest.ts'
import { type AnyValue, PullMap } from '../../model/answer.ts'
import { KIND_SIZE, kindOf } from '../../model/entity-id.ts'
import type { FactView } from '../../model/fact-view.ts'
import type { Attribute } from '../../model/schema.ts'
import { EntityRef, Keyword, type Value } from '../../model/value.ts'
import type { Pace } from '../columns/pace.ts'
import { BLOCK } from '../columns/relation.ts'
import { located } from '../functions/function.ts'
import { FUNCTIONS } from '../functions/functions.ts'
import type { PullPattern, PullSpec } from '../language/ast.ts'
import type { EdnPlace } from '../language/edn.ts'
import { DB_ID, parsePull } from '../language/pull-pattern.ts'
import { ownTransform } from './own-transform.ts'
import { PullColumn } from './pull-column.ts'

/** A function of `:xform`: gets what was pulled, null where that is nothing; null leaves the key out. */
export type Transform = (value: AnyValue) => AnyValue

export interface PullOptions {
  /** By name. */
  readonly transforms?: ReadonlyMap<string, Transform>
  /** When to end, asked at least once in 4,096 entities; and what they take. */
  readonly pace?: Pace
}

/**
 * What a pattern gives for each entity, in order; null where there is nothing at all. Ids are entity numbers; -1 is nobody.
 * Throws `parse-error`, `wrong-source` (a history has no one value), `unknown-function` (a procedure that is not there).
 */
export function pullMany(
  view: FactView,
  pattern: PullPattern | string,
  ids: ArrayLike<number>,
  options: PullOptions = {},
): (PullMap | null)[] {
  const puller = new Puller(view, options)
  const plan = puller.plan(typeof pattern === 'string' ? parsePull(pattern) : pattern)
  return Array.from(ids, id => (id < 0 ? null : puller.pull(plan, id)))
}

/** A pattern with its attributes found. */
interface Plan {
  readonly wildcard: boolean
  readonly steps: readonly Step[]
  /** What is read of an entity, by the number of its kind; of one that is `ANY_KIND` where there is no wildcard. */
  readonly layouts: Map<number, Layout>
}

const ANY_KIND = -1

/** About what a map takes, and each of its values. */
const NODE_BYTES = 200
const STEP_BYTES = 32

interface Layout {
  readonly steps: readonly Step[]
  readonly keys: readonly Value[]
  /** Where the entity itself stands only because of a wildcard; -1 where nowhere. */
  readonly implied: number
}

interface Step {
  readonly key: Value
  /** It gives the entity itself. */
  readonly id: boolean
  /** Null where no schema knows the attribute, so that nobody has it. */
  readonly column: PullColumn | null
  readonly reverse: boolean
  /** Its value is a list. */
  readonly many: boolean
  readonly limit: number
  readonly default: Value | null
  readonly transform: Transform | null
  /** The plan of what it refers to; null where its values are plain. */
  readonly follow: Plan | null
  /** Entities on the way are not entered twice. */
  readonly guarded: boolean
  /** How often a recursion may go on; infinite where nothing says. */
  readonly times: number
}

/** A plan that stands for `{:db/id n}`. */
const ID_ONLY: Plan = { wildcard: false, steps: [], layouts: new Map() }
const DB_ID_KEY = new Keyword(DB_ID)
const ID_KEYS = [DB_ID_KEY]
const NONE: readonly number[] = []

const plainStep = (key: Value): Step => ({
  key,
  id: false,
  column: null,
  reverse: false,
  many: false,
  limit: Number.POSITIVE_INFINITY,
  default: null,
  transform: null,
  follow: null,
  guarded: false,
  times: Number.POSITIVE_INFINITY,
})

/** An entity on its way to a map. */
interface Node {
  readonly entity: number
  readonly layout: Layout
  /** By step; null is nothing. */
  readonly values: AnyValue[]
  /** Steps whose values come from what they refer to. */
  pending: number[] | null
  /** Whoever refers to it, and the step that does. */
  readonly parent: Node | null
  readonly place: number
  /** That step, where entities on the way count; and what is undone when this one is finished. */
  readonly guard: Step | null
  readonly timesBefore: number | undefined
  readonly entered: boolean
}

/** References of one entity that are still to be followed. */
interface Branches {
  readonly parent: Node
  readonly place: number
  readonly targets: readonly number[]
  next: number
}

class Puller {
  readonly #view: FactView
  readonly #options: PullOptions
  readonly #columns = new Map<Attribute, PullColumn>()
  readonly #everything: Plan = { wildcard: true, steps: [], layouts: new Map() }
  /** Entities between the root and here that were entered by recursion or as components. */
  readonly #seen = new Set<number>()
  /** What is left of recursions that are under way. */
  readonly #times = new Map<Step, number>()
  #visited = 0
  #bytes = 0

  constructor(view: FactView, options: PullOptions) {
    if (view.history)
      throw new FactError(
        'wrong-source',
        'a history has no one value of an attribute, so nothing can be pulled: pull from a source at one moment',
      )
    this.#view = view
    this.#options = options
  }

  plan(pattern: PullPattern): Plan {
    const steps: Step[] = []
    const plan: Plan = { wildcard: pattern.wildcard, steps, layouts: new Map() }
    for (const spec of pattern.specs) {
      const attribute = this.#view.schema.find(spec.ident)
      if (spec.ident === DB_ID) steps.push({ ...plainStep(spec.key), id: true, transform: this.#transform(spec) })
      else if (attribute === undefined) steps.push({ ...plainStep(spec.key), ...this.#choices(spec) })
      else steps.push(this.#step(spec, attribute, plan))
    }
    return plan
  }

  #choices(spec: PullSpec): Pick<Step, 'limit' | 'default' | 'transform'> {
    return { limit: spec.limit ?? Number.POSITIVE_INFINITY, default: spec.default, transform: this.#transform(spec) }
  }

  #step(spec: PullSpec, attribute: Attribute, plan: Plan): Step {
    const { reverse, follow } = spec
    const step: Step = { ...this.#attributeStep(attribute, spec.key, reverse), ...this.#choices(spec) }
    if (follow === null) return step
    if ('times' in follow) return { ...step, follow: plan, guarded: true, times: follow.times }
    return { ...step, follow: this.plan(follow), guarded: false }
  }

  /** An attribute with nothing said about it: components are followed, other references are not. */
  #attributeStep(attribute: Attribute, key: Value, reverse: boolean): Step {
    let column = this.#columns.get(attribute)
    if (column === undefined) this.#columns.set(attribute, (column = new PullColumn(this.#view, attribute)))
    const { component } = attribute
    return {
      ...plainStep(key),
      column,
      reverse,
      // a component has one owner
      many: reverse ? !component : attribute.many,
      follow: attribute.type.base !== 'ref' ? null : component && !reverse ? this.#everything : ID_ONLY,
      guarded: component,
    }
  }

  #transform({ xform, at }: { readonly xform: string | null; readonly at: EdnPlace }): Transform | null {
    if (xform === null) return null
    const transform = this.#options.transforms?.get(xform) ?? ownTransform(xform, this.#view)
    if (transform === undefined) {
      const near = nearest(xform, [...(this.#options.transforms?.keys() ?? []), ...Object.keys(FUNCTIONS)])
      throw new FactError(
        'unknown-function',
        `:xform ${xform}: there is no procedure of that name, and no function of one value.${hint(near)}`,
        {
          ...at,
          nearest: near,
        },
      )
    }
    return value => located(() => transform(value), at)
  }

  pull(plan: Plan, root: number): PullMap | null {
    const stack: (Node | Branches)[] = []
    const first = this.#node(plan, root, null, 0, null)
    this.#read(first, stack)
    if (stack.length === 0) return this.#finish(first)
    stack.unshift(first)
    let result: PullMap | null = null
    while (stack.length > 0) {
      const top = stack[stack.length - 1]
      if ('targets' in top) {
        const child = this.#nextChild(top)
        if (child === undefined) stack.pop()
        else if (child !== null) {
          const place = stack.push(child)
          this.#read(child, stack)
          // whoever refers to nothing is done
          if (stack.length === place) this.#done(stack.pop() as Node)
        }
      } else {
        stack.pop()
        if (top.parent === null) result = this.#finish(top)
        else this.#done(top)
      }
    }
    return result
  }

  #rest(): void {
    const { pace } = this.#options
    pace?.stop()
    pace?.reserve(this.#bytes)
    this.#bytes = 0
  }

  #done(node: Node): void {
    const map = this.#finish(node)
    if (map !== null) deliver(node.parent as Node, node.place, map)
  }

  #node(plan: Plan, entity: number, parent: Node | null, place: number, guard: Step | null): Node {
    const kind = plan.wildcard ? kindOf(entity) : ANY_KIND
    const layout = plan.layouts.get(kind) ?? this.#layout(plan, kind)
    const values: AnyValue[] = new Array(layout.steps.length).fill(null)
    this.#bytes += NODE_BYTES + STEP_BYTES * values.length
    if (++this.#visited % BLOCK === 0) this.#rest()
    let timesBefore: number | undefined
    let entered = false
    if (guard !== null) {
      timesBefore = this.#times.get(guard)
      entered = !this.#seen.has(entity)
      if (entered) this.#seen.add(entity)
      if (timesBefore !== undefined || guard.times !== Number.POSITIVE_INFINITY)
        this.#times.set(guard, (timesBefore ?? guard.times) - 1)
    }
    return { entity, layout, values, pending: null, parent, place, guard, timesBefore, entered }
  }

  /** The node of the next reference; null where it needed none, undefined where there are no more. */
  #nextChild(branches: Branches): Node | null | undefined {
    const { parent, place, targets } = branches
    const step = parent.layout.steps[place]
    if (branches.next >= targets.length || (step.many && (parent.values[place] as AnyValue[]).length >= step.limit))
      return undefined
    const target = targets[branches.next++]
    const follow = step.follow as Plan
    if (!step.guarded) return this.#node(follow, target, parent, place, null)
    if (this.#seen.has(target)) {
      deliver(parent, place, idOnly(target))
      return null
    }
    return (this.#times.get(step) ?? 1) <= 0 ? null : this.#node(follow, target, parent, place, step)
  }

  /** Puts down what an entity has, and on the stack what is to be followed. */
  #read(node: Node, stack: (Node | Branches)[]): void {
    const { entity, values } = node
    const { steps } = node.layout
    const kind = kindOf(entity)
    const ordinal = entity - kind * KIND_SIZE
    for (let i = 0; i < steps.length; i++) {
      const step = steps[i]
      const { column } = step
      if (column === null) values[i] = shown(step, step.id ? new EntityRef(entity) : null)
      else if (step.follow !== null) {
        const targets = step.reverse ? column.sources(entity) : kind === column.kind ? column.targets(ordinal) : NONE
        if (targets.length === 0) values[i] = shown(step, null)
        else if (step.follow === ID_ONLY) values[i] = shown(step, references(targets, step))
        else {
          if (step.many) values[i] = []
          if (node.pending === null) node.pending = [i]
          else node.pending.push(i)
          // of a component that has two owners against all sense, the first
          stack.push({ parent: node, place: i, targets: step.many ? targets : [targets[0]], next: 0 })
        }
      } else if (kind !== column.kind) values[i] = shown(step, null)
      else values[i] = shown(step, step.many ? someOf(column.many(ordinal), step.limit) : column.one(ordinal))
    }
  }

  #finish(node: Node): PullMap | null {
    const { guard, layout, values, pending } = node
    if (guard !== null) {
      if (node.entered) this.#seen.delete(node.entity)
      if (node.timesBefore !== undefined) this.#times.set(guard, node.timesBefore)
      else this.#times.delete(guard)
    }
    if (pending !== null) for (const place of pending) values[place] = gathered(layout.steps[place], values[place])
    for (let i = 0; i < values.length; i++)
      if (values[i] !== null && i !== layout.implied) return new PullMap(layout.keys, values)
    return null
  }

  #layout(plan: Plan, kind: number): Layout {
    const steps = kind === ANY_KIND ? [...plan.steps] : [...this.#wildcardSteps(plan, kind), ...plan.steps]
    const implied = plan.wildcard && !plan.steps.some(step => step.id)
    if (implied) steps.unshift({ ...plainStep(DB_ID_KEY), id: true })
    const layout: Layout = { steps, keys: steps.map(step => step.key), implied: implied ? 0 : -1 }
    plan.layouts.set(kind, layout)
    return layout
  }

  /** All attributes of a kind but those that the pattern names itself. */
  #wildcardSteps(plan: Plan, kind: number): readonly Step[] {
    const { schema } = this.#view
    const own = schema.kinds[kind]
    if (own === undefined) return []
    const named = new Set(
      plan.steps.flatMap(step => (step.column === null || step.reverse ? [] : [step.column.attribute])),
    )
    return [...schema.ofKind(own)]
      .filter(attribute => !named.has(attribute))
      .sort((a, b) => (a.ident < b.ident ? -1 : 1))
      .map(attribute => this.#attributeStep(attribute, new Keyword(attribute.ident), false))
  }
}

/** A value as its step shows it: changed, or something else where it is nothing. */
function shown({ transform, default: otherwise }: Step, value: AnyValue): AnyValue {
  if (value === null) return otherwise ?? transform?.(null) ?? null
  return transform === null ? value : transform(value)
}

/** The same of what references brought. */
function gathered({ many, transform }: Step, got: AnyValue): AnyValue {
  const value = many && (got as AnyValue[]).length === 0 ? null : got
  return transform === null ? value : transform(value)
}

const idOnly = (entity: number): PullMap => new PullMap(ID_KEYS, [new EntityRef(entity)])

function references(targets: readonly number[], { many, limit }: Step): AnyValue {
  if (!many) return idOnly(targets[0])
  return (targets.length > limit ? targets.slice(0, limit) : targets).map(idOnly)
}

function someOf(values: AnyValue[], limit: number): AnyValue {
  if (values.length > limit) values.length = limit
  return values.length === 0 ? null : values
}

function deliver({ values, layout }: Node, place: number, map: PullMap): void {
  if (layout.steps[place].many) (values[place] as AnyValue[]).push(map)
  else values[place] = map
}
