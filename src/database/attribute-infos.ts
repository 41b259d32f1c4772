import type { Contracts } from '../contracts/contracts.ts'
import { showType } from '../model/type.ts'
import type { Store } from '../store/store.ts'
import type { AttributeInfo } from './api.ts'

/** Every attribute by its name: what it is, who states it, and how many facts it has. */
export function attributeInfos(store: Store, contracts: Contracts | null): AttributeInfo[] {
  const { indexes, schema } = store
  return schema.attributes
    .map(attribute => {
      const stated = contracts?.statedBy(attribute.ident)
      const own = attribute.kind.number === 0
      const column = own ? undefined : indexes.column(attribute)
      return {
        ident: attribute.ident,
        type: showType(attribute.type),
        many: attribute.many,
        doc: attribute.doc,
        owner: stated?.owner ?? null,
        contracts: stated?.contracts ?? [],
        live: column?.live ?? store.view({ now: true }).count(attribute),
        history: column?.ended ?? 0,
        index: attribute.index,
        unique: attribute.identity,
      }
    })
    .sort((a, b) => (a.ident < b.ident ? -1 : 1))
}
