import { FactError, FactErrors } from '../base/error.ts'
import { contractId, showVersion } from '../contracts/contract.ts'
import type { Contracts } from '../contracts/contracts.ts'
import type { Store } from '../store/store.ts'

/**
 * A published version never changes: throws `FactErrors` with the place of every contract that the log knows by another
 * fingerprint. Published is a version once an event of it was applied.
 */
export function checkPublished(contracts: Contracts, store: Store): void {
  const changed = contracts.list.flatMap(contract => {
    const known = store.published(contractId(contract))
    if (known.length === 0 || known.includes(contract.fingerprint)) return []
    const { major, minor } = contract.version
    const words =
      `${contract.name} ${showVersion(contract.version)} was published, and has changed since: its fingerprint was ${short(known[0])}, ` +
      `and is ${short(contract.fingerprint)} now. A published version never changes: bring it back, and publish the change as ` +
      `${major}.${minor + 1} where it only widens, otherwise as ${major + 1}.0`
    return [new FactError('contract', words, { ...contract.place })]
  })
  if (changed.length > 0) throw new FactErrors(changed)
}

const short = (fingerprint: string): string => fingerprint.slice(0, 12)
