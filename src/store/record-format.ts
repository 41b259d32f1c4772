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
 *   TEXT         name, text: a version of a saved query with its rules
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
export const TEXT = 10

export const MANY = 1
export const INDEX = 2
export const COMPONENT = 4
export const RESTATED = 8
export const IDENTITY = 16

export const positionOf = (origin: Origin): bigint => ('file' in origin ? BigInt(origin.line) : origin.offset)
