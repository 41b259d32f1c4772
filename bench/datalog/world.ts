import { seeded } from '../../src/base/random.ts'

export interface Person {
  /** From 1. */
  readonly id: number
  readonly name: string
  readonly lastName: string
  readonly sex: string
  readonly age: number
  readonly salary: number
}

export const NAMES = ['Ivan', 'Petr', 'Sergei', 'Oleg', 'Yuri', 'Dmitry', 'Fedor', 'Denis']
const LAST_NAMES = ['Ivanov', 'Petrov', 'Sidorov', 'Kovalev', 'Kuznetsov', 'Voronoi']

/** The people of the usual DataScript benchmark, the same ones every time. */
export function people(count: number): Person[] {
  const random = seeded(20_111)
  return Array.from({ length: count }, (_, i) => ({
    id: i + 1,
    name: random.pick(NAMES),
    lastName: random.pick(LAST_NAMES),
    sex: random.pick(['male', 'female']),
    age: random.below(100),
    salary: random.below(100_000),
  }))
}

/** Who follows whom, nodes from 1. */
export type Graph = readonly (readonly [number, number])[]

/** A tree: each node above `depth` has `width` children. */
export function wide(depth: number, width: number): Graph {
  const edges: [number, number][] = []
  let level = [1]
  for (let d = 0; d < depth; d++) {
    const next: number[] = []
    for (const node of level)
      for (let i = 0; i < width; i++) {
        const child = node * width + i
        edges.push([node, child])
        next.push(child)
      }
    level = next
  }
  return edges
}

/** `chains` chains of `links` links. */
export function chain(links: number, chains: number): Graph {
  const edges: [number, number][] = []
  for (let c = 0; c < chains; c++)
    for (let i = 0; i < links; i++) edges.push([c * (links + 1) + i + 1, c * (links + 1) + i + 2])
  return edges
}
