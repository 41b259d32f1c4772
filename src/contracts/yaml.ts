import { isMap, isScalar, isSeq, LineCounter, parseDocument, Scalar } from 'yaml'
import type { Faults, Place } from './place.ts'

/** A YAML document in which everything knows where it stands. */
export type Placed = PlacedScalar | PlacedList | PlacedMap

export interface PlacedScalar {
  readonly is: 'scalar'
  readonly value: string | boolean | number | bigint | null
  /** As it is written, without quotes. */
  readonly text: string
  readonly place: Place
}

export interface PlacedList {
  readonly is: 'list'
  readonly items: readonly Placed[]
  readonly place: Place
}

export interface PlacedMap {
  readonly is: 'map'
  /** In the order of the file; keys differ. */
  readonly entries: readonly { readonly key: string; readonly place: Place; readonly value: Placed }[]
  readonly place: Place
}

/** Reads YAML 1.2. What is wrong with it goes to `faults`; undefined where nothing can be made of it. */
export function parseYaml(file: string, text: string, faults: Faults): Placed | undefined {
  const lines = new LineCounter()
  const document = parseDocument(text.replace(/^\ufeff/, ''), {
    lineCounter: lines,
    prettyErrors: false,
    intAsBigInt: true,
  })
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset)
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) }
  }
  const before = faults.count
  for (const problem of [...document.errors, ...document.warnings])
    faults.add(
      placeAt(problem.pos[0]),
      problem.code === 'MULTIPLE_DOCS'
        ? 'a file holds one contract: no second document may follow'
        : `this is not the YAML of a contract: ${problem.message}`,
    )
  if (faults.count > before) return undefined
  const tree = placed(document.contents, { file, line: 1, column: 1 })
  return faults.count > before ? undefined : tree

  function placed(node: unknown, outer: Place): Placed {
    // a key without value has a node of its own, or none at all
    if (node === null || node === undefined) return { is: 'scalar', value: null, text: '', place: outer }
    const range = (node as { range?: [number, number, number] | null }).range
    const place = range ? placeAt(range[0]) : outer
    const { tag } = node as { tag?: string }
    if (tag !== undefined) faults.add(place, 'a tag such as !!set means nothing in a contract: leave it out')
    if (isMap(node)) {
      const entries = []
      for (const pair of node.items) {
        const key = placed(pair.key, place)
        if (key.is !== 'scalar') faults.add(key.place, 'a key must be a plain word')
        else entries.push({ key: key.text, place: key.place, value: placed(pair.value, key.place) })
      }
      return { is: 'map', entries, place }
    }
    if (isSeq(node)) return { is: 'list', items: node.items.map(item => placed(item, place)), place }
    if (isScalar(node)) {
      const value = node.value as PlacedScalar['value']
      return { is: 'scalar', value, text: node.type === Scalar.PLAIN ? (node.source ?? '') : String(value), place }
    }
    faults.add(place, 'anchors and aliases are not read in a contract: write it out')
    return { is: 'scalar', value: null, text: '', place }
  }
}
