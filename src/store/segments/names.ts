import type { Attribute, Kind } from '../../model/schema.ts'

/** The name of the keys of a kind in the manifest and in the names of files. */
export const keysName = (kind: Kind): string => `keys-${encodeURIComponent(kind.name)}`

/** The same of the facts of an attribute: `facts-customer.country`. */
export const factsName = ({ ident }: Attribute): string =>
  `facts-${encodeURIComponent(ident.slice(1).replace('/', '.'))}`
