import type { T } from '../../model/transaction.ts'
import { showType } from '../../model/type.ts'
import type { Gap, Indexes, SourceState } from '../indexes.ts'
import type { Resolution } from '../letter-states.ts'
import type { Stamps } from '../record-format.ts'

/** A kind, attribute or source as the catalog has it; types as contracts write them. */
export interface Catalog {
  readonly kinds: readonly { readonly name: string; readonly keyType: string; readonly extent: number }[]
  readonly attributes: readonly {
    readonly ident: string
    readonly kind: string
    readonly type: string
    readonly many: boolean
    readonly index: boolean
    readonly component: boolean
    readonly restated: boolean
    readonly identity: boolean
    readonly doc: string
  }[]
  /** Label and fingerprint, codes of texts. */
  readonly contracts: readonly { readonly label: number; readonly fingerprint: number }[]
  readonly sources: readonly {
    readonly kind: number
    readonly topic: number
    readonly partition: number
    readonly file: number
    /** `next` as text. */
    readonly state: Omit<SourceState, 'next'> & { readonly next: string }
  }[]
  readonly texts: readonly (readonly [string, string])[]
  /** Whose clock the timestamps of a topic are. */
  readonly stamps: readonly (readonly [string, Stamps])[]
  readonly frontier: number
  readonly strings: number
  readonly transactions: T
  readonly refused: number
  /** Absent where there are none, as in catalogs of earlier versions. */
  readonly gaps?: readonly Gap[]
  /** What became of dead letters, by id. */
  readonly resolutions?: readonly (readonly [number, Resolution])[]
  readonly published?: number
}

/** What of the schema the log has defined. */
export interface Defined {
  readonly kinds: number
  readonly attributes: number
}

/**
 * Everything of the indexes that is no list which only grows, and how far those had grown: with the columns as of its
 * `transactions` it is the store after the last record of a frame. Taken in one go, between two records.
 */
export function takeCatalog(indexes: Indexes, defined: Defined): Catalog {
  const { schema, dictionary, transactions, refused, letters, gaps, texts, stamps, frontier } = indexes
  return {
    kinds: schema.kinds
      .slice(1, defined.kinds)
      .map(kind => ({ name: kind.name, keyType: showType(kind.keyType), extent: indexes.extent(kind) })),
    attributes: schema.attributes
      .slice(0, defined.attributes)
      .filter(({ kind }) => kind.number !== 0)
      .map(({ ident, kind, type, many, index, component, restated, identity, doc }) => ({
        ident,
        kind: kind.name,
        type: showType(type),
        many,
        index,
        component,
        restated,
        identity,
        doc,
      })),
    contracts: transactions.contracts.map(({ label, fingerprint }) => ({ label, fingerprint })),
    sources: [...indexes.sources.values()].map(({ next, ...state }) => {
      const { kind, topic, partition, file } = transactions.sources[state.id]
      return { kind, topic, partition, file, state: { ...state, next: String(next) } }
    }),
    texts: [...texts],
    stamps: [...stamps],
    frontier,
    strings: dictionary.size,
    transactions: transactions.count,
    refused: refused.length,
    ...(gaps.length > 0 && { gaps: [...gaps] }),
    ...(letters.resolutions.size > 0 && { resolutions: [...letters.resolutions] }),
    ...(letters.published > 0 && { published: letters.published }),
  }
}
