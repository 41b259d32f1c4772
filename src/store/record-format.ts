import type { Origin } from '../model/transaction.ts'

/*
 * The records of a frame. Each begins with a tag; what is personal stands in the block of its subject (frame.ts).
 *
 *   KIND         name, type of the key
 *   ATTRIBUTE    ident, kind, type, flags, doc
 *   CONTRACT     label, fingerprint, the contract as JSON
 *   SOURCE       kind (file or kafka), topic, partition, file
 *   TRANSACTION  subject, source, position, times, contract, then each entity with what changes;
 *                personal: key, event id, headers, value bytes, keys of new entities, values
 *   REFUSAL      source, position, times, reason; personal: words, key, headers, value bytes
 *   POSITION     source, next, known, digest: a source moved without a record
 *   MARK         how far the frontier moves, milliseconds: a time mark (store rule 5)
 *   STAMPED      topic, by whom: whose clock the timestamps of a topic are (store rule 6)
 *   SUPERSEDED   source, count: statements of the transaction before it that came too late to replace anything (store rule 9)
 *   TEXT         name, text: a version of a saved query with its rules
 *   LAST         source, how far before "next" it lies, timestamp, checksum: the last record of a source that was dealt with
 *   GAP          source, next, when, reason: somebody accepted that the records between can no longer be read
 *   REPLAYED     id of a dead letter, then as TRANSACTION: it was applied after all. Its source stays where it stands
 *   DISCARDED    id of a dead letter, when, why: nobody wants it any more
 *   BARE         a REFUSAL of which only the public part is kept, and a checksum by which its record is known again
 *   PUBLISHED    id: dead letters up to it stand in the Kafka topic for them
 *
 * Kinds, attributes, contracts and sources are numbered in the order in which the log defines them.
 */
export const KIND = 1
export const ATTRIBUTE = 2
export const CONTRACT = 3
export const SOURCE = 4
export const TRANSACTION = 5
export const REFUSAL = 6
export const POSITION = 7
export const MARK = 8
export const STAMPED = 9
export const TEXT = 10
export const SUPERSEDED = 11
export const LAST = 12
export const GAP = 13
export const REPLAYED = 14
export const DISCARDED = 15
export const BARE = 16
export const PUBLISHED = 17

/** Whose clock the timestamps of a topic are, as STAMPED says. */
export const STAMPS = ['producer', 'broker'] as const
export type Stamps = (typeof STAMPS)[number]

export const MANY = 1
export const INDEX = 2
export const COMPONENT = 4
export const RESTATED = 8
export const IDENTITY = 16

/** Line or offset. No partition gets as far as 2^53. */
export const positionOf = (origin: Origin): number => ('file' in origin ? origin.line : Number(origin.offset))
