import type { Faults, Place } from './place.ts'
import type { Placed, PlacedMap } from './yaml.ts'

/** What a node is, for words: `the number 5`, `a list`. */
function describe(node: Placed): string {
  if (node.is !== 'scalar') return `a ${node.is}`
  if (node.value === null) return 'nothing'
  if (typeof node.value === 'string') return `the text ${JSON.stringify(node.value)}`
  return typeof node.value === 'boolean' ? String(node.value) : `the number ${node.text}`
}

/** A map of a contract, read key by key. Every reader reports what it does not like and then gives undefined. A null value counts as absent. */
export class Mapping {
  readonly place: Place
  readonly #nodes = new Map<string, Placed>()
  readonly #keys = new Map<string, Place>()
  readonly #faults: Faults

  private constructor(node: PlacedMap, faults: Faults) {
    this.place = node.place
    this.#faults = faults
    for (const { key, place, value } of node.entries) {
      this.#keys.set(key, place)
      if (!(value.is === 'scalar' && value.value === null)) this.#nodes.set(key, value)
    }
  }

  /** Reports a node that is no map, keys that are none of `known`, and `needed` ones that are missing. `what` begins the words: `a field`. */
  static of(
    node: Placed,
    what: string,
    known: readonly string[],
    needed: readonly string[],
    faults: Faults,
  ): Mapping | undefined {
    if (node.is !== 'map') {
      faults.add(node.place, `${what} must be a map of keys and values, but this is ${describe(node)}`)
      return undefined
    }
    const mapping = new Mapping(node, faults)
    for (const [key, place] of mapping.#keys)
      if (!known.includes(key)) faults.unknown(place, `${what} has no key ${key}`, key, known)
    for (const key of needed)
      if (!mapping.has(key)) faults.add(mapping.#keys.get(key) ?? node.place, `${what} needs ${key}`)
    return mapping
  }

  has(key: string): boolean {
    return this.#nodes.has(key)
  }

  node(key: string): Placed | undefined {
    return this.#nodes.get(key)
  }

  /** Where the value of a key stands, or the key itself, or the map. */
  placeOf(key: string): Place {
    return this.#nodes.get(key)?.place ?? this.#keys.get(key) ?? this.place
  }

  text(key: string): string | undefined {
    const node = this.#nodes.get(key)
    return node && textOf(node, key, this.#faults)
  }

  /** A text that `shape` describes; `words` say how it must look. */
  matching(key: string, shape: RegExp, words: string): string | undefined {
    const text = this.text(key)
    if (text === undefined || shape.test(text)) return text
    this.#faults.add(this.placeOf(key), `${key} must be ${words}, but is ${JSON.stringify(text)}`)
    return undefined
  }

  /** True or false; false where absent. */
  flag(key: string): boolean {
    const node = this.#nodes.get(key)
    if (!node) return false
    if (node.is === 'scalar' && typeof node.value === 'boolean') return node.value
    this.#faults.add(node.place, `${key} must be true or false, but is ${describe(node)}`)
    return false
  }

  list(key: string): readonly Placed[] {
    const node = this.#nodes.get(key)
    if (!node) return []
    if (node.is === 'list') return node.items
    this.#faults.add(node.place, `${key} must be a list, but is ${describe(node)}`)
    return []
  }
}

/** The text of a scalar; reports anything else, a bare number included, since YAML would read 1.10 as 1.1. */
export function textOf(node: Placed, what: string, faults: Faults): string | undefined {
  if (node.is === 'scalar' && typeof node.value === 'string') return node.value
  const quote = node.is === 'scalar' && node.value !== null ? `; write "${node.text}" in quotes` : ''
  faults.add(node.place, `${what} must be text, but is ${describe(node)}${quote}`)
  return undefined
}
