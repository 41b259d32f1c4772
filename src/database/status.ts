import { showInstant } from '../model/instant.ts'
import { instantText, type Store } from '../store/store.ts'
import type { Stats } from './api.ts'
import type { Status, UnkeptLetters } from './shown-status.ts'

/** Counts and bytes of a store. */
export function statsOf(store: Store): Stats {
  const { indexes } = store
  const { live, ended } = indexes.facts
  const kinds: Record<string, number> = {}
  for (const kind of store.schema.kinds) if (kind.number !== 0) kinds[kind.name] = indexes.extent(kind)
  const attributes: Record<string, { live: number; history: number }> = {}
  for (const attribute of store.schema.attributes.toSorted((a, b) => (a.ident < b.ident ? -1 : 1)))
    if (attribute.kind.number !== 0) {
      const { live, ended } = indexes.column(attribute)
      attributes[attribute.ident] = { live, history: ended }
    }
  const bytesInMemory = indexes.bytes
  const facts = live + ended
  const bytesAFact = facts === 0 ? 0 : bytesInMemory / facts
  const bytesLeft = process.availableMemory()
  return {
    store: store.name,
    t: store.basis,
    instant: instantText(indexes.transactions.instant(store.basis)),
    frontier: instantText(store.frontier),
    entities: Object.values(kinds).reduce((sum, count) => sum + count, 0),
    facts,
    live,
    history: ended,
    deadLetters: store.refused.length - store.letters.resolutions.size,
    ...lateness(store),
    strings: indexes.dictionary.size,
    bytesInMemory,
    bytesAFact: Math.round(bytesAFact * 10) / 10,
    bytesLeft,
    factsLeft: facts === 0 ? 0 : Math.floor(bytesLeft / bytesAFact),
    bytesOnDisk: store.bytesOnDisk,
    bytesOfLog: store.logBytes,
    bytesOfSegments: store.bytesOnDisk - store.logBytes,
    kinds,
    attributes,
  }
}

/** How far the sources were read, and what came late. */
export function statusOf(store: Store): Status {
  return {
    store: store.name,
    t: store.basis,
    instant: instantText(store.indexes.transactions.instant(store.basis)),
    frontier: instantText(store.frontier),
    completeThrough: completeThrough(store),
    deadLetters: store.refused.length - store.letters.resolutions.size,
    ...lateness(store),
    sources: [...store.sources.values()].map(({ name, next, known, late, heldBack, superseded }) => ({
      ...{ name, next: next <= Number.MAX_SAFE_INTEGER ? Number(next) : String(next) },
      ...{ known: instantText(known), late, heldBack, superseded },
      timestamps: store.indexes.stamps.get(name.replace(/^kafka:|\/\d+$/g, '')) ?? null,
    })),
    gaps: store.gaps.map(({ name, from, to, at, reason }) => ({ source: name, from, to, at: showInstant(at), reason })),
    unkept: unkeptLetters(store),
  }
}

function unkeptLetters({ refused, letters }: Store): UnkeptLetters[] {
  const found = new Map<string, { letters: number; oldest: number; places: Record<string, number> }>()
  for (const { id, origin, recordTime, checksum } of refused) {
    if (checksum === null || 'file' in origin || letters.resolutions.has(id)) continue
    const { topic, partition, offset } = origin
    const name = `kafka:${topic}/${partition}`
    const of = found.get(topic) ?? { letters: 0, oldest: recordTime, places: {} }
    of.letters++
    of.oldest = Math.min(of.oldest, recordTime)
    of.places[name] = Math.min(of.places[name] ?? Number.MAX_SAFE_INTEGER, Number(offset))
    found.set(topic, of)
  }
  return [...found].map(([topic, { oldest, ...of }]) => ({ topic, ...of, oldest: showInstant(oldest) }))
}

function lateness({ sources }: Store): Pick<Stats, 'late' | 'heldBack' | 'superseded'> {
  let [late, heldBack, superseded] = [0, 0, 0]
  for (const source of sources.values()) {
    late += source.late
    heldBack += source.heldBack
    superseded += source.superseded
  }
  return { late, heldBack, superseded }
}

/**
 * The earliest timestamp that some partition may still deliver: within one `known` never falls (store rule 1). Files are read to their
 * end before anything else, so they deliver nothing more. Null where there is no partition, or one that never delivered anything.
 */
export function completeThrough({ sources }: Store): string | null {
  let earliest: number | null = null
  for (const { name, known } of sources.values())
    if (name.startsWith('kafka:') && (earliest === null || known < earliest)) earliest = known
  return earliest === null || earliest === 0 ? null : showInstant(earliest)
}
