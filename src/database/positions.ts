import type { Store } from '../store/store.ts'
import type { SourcePosition } from './writable-database.ts'

/** Where every source stands, as the log knows it, by name. */
export function positionsOf({ sources, gaps }: Store): Map<string, SourcePosition> {
  const behind = new Map(gaps.map(({ name, to }) => [name, to]))
  return new Map(
    [...sources].map(([name, { next, known, digest, last }]) => [
      name,
      {
        ...{ name, next: BigInt(next), known, digest },
        last: last ? { ...last, offset: BigInt(last.offset) } : null,
        behindGap: behind.get(name) === next && !last,
      },
    ]),
  )
}
