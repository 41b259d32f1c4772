import { textOf } from '../base/bytes.ts'
import type { EntityKey } from '../model/effect.ts'
import type { Schema } from '../model/schema.ts'
import { showType } from '../model/type.ts'
import type { Contract } from './contract.ts'
import { convertOne } from './convert.ts'
import { ExactNumber } from './event-json.ts'
import { showName } from './misfit.ts'

/** The entity that a record without value retracts, or words that say why its key names none. */
export type ReadTombstone = (key: Uint8Array | null) => EntityKey | string

/**
 * Reads the keys of the tombstones of a contract that says `tombstone: retract`: the plain text of the key of the entity that its first
 * statement is about, with the parts of a composite key joined as everywhere. Null for other contracts.
 */
export function compileTombstone(contract: Contract, schema: Schema): ReadTombstone | null {
  if (!contract.retracting) return null
  const kind = schema.kind(contract.facts[0].entity)
  const { keyType } = kind
  const asNumber = keyType.base === 'long' || keyType.base === 'decimal'
  const convert = convertOne(keyType)
  return bytes => {
    if (bytes === null)
      return `the record has no value (a tombstone) and no key, which would say which ${kind.name} to retract`
    const text = textOf(bytes)
    if (text === undefined) return 'the record has no value (a tombstone), and its key is not UTF-8'
    const key = keyType.base === 'boolean' ? flagOf(text) : convert(asNumber ? new ExactNumber(text) : text)
    if (key !== undefined) return { kind, key }
    return `the record has no value (a tombstone), and its key ${showName(text)} is no ${showType(keyType)}, as the key of ${kind.name} is`
  }
}

const flagOf = (text: string): boolean | undefined => (text === 'true' ? true : text === 'false' ? false : undefined)
