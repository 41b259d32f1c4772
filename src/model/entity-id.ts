/** An entity number is `kind * 2^32 + ordinal` (store rule 10); 53 bits hold it. Kind 0 are transactions, whose ordinal is `t`. */
export const KIND_SIZE = 2 ** 32
export const TX_KIND = 0

export const entityNumber = (kind: number, ordinal: number): number => kind * KIND_SIZE + ordinal
export const kindOf = (entity: number): number => Math.floor(entity / KIND_SIZE)
export const ordinalOf = (entity: number): number => entity % KIND_SIZE

/** Several key parts as one string, `/` between them; `~` and `/` inside a part are written `~0` and `~1` (surface §1). */
export const joinKey = (parts: readonly string[]): string =>
  parts
    .map(part => (part.includes('~') || part.includes('/') ? part.replaceAll('~', '~0').replaceAll('/', '~1') : part))
    .join('/')
