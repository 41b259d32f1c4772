import { NO_HEADERS, type RawRecord } from '../model/transaction.ts'
import { type Contract, contractId } from './contract.ts'
import type { Contracts } from './contracts.ts'

/** What there is for the contracts of one topic. */
export interface Claimable<X> {
  /** By `name/version`. */
  readonly byId: ReadonlyMap<string, X>
  /** For records that claim no contract; undefined where the topic has several names, so that nobody can tell. */
  readonly headerless: X | undefined
}

/** Finds what was made for the contract that a record claims: by its topic, and its header `contract` where it has one. */
export class Claims<X> {
  readonly #topics = new Map<string, Claimable<X>>()
  /** Of the last record: the next one most often has the same topic. */
  #lastName = ''
  #last: Claimable<X> | undefined

  constructor(contracts: Contracts, make: (contract: Contract) => X) {
    for (const [name, list] of Map.groupBy(contracts.list, contract => contract.topic)) {
      const byId = new Map(list.map(contract => [contractId(contract), make(contract)]))
      const claimed = headerlessOf(list)
      this.#topics.set(name, { byId, headerless: claimed && byId.get(contractId(claimed)) })
    }
  }

  get topics(): string[] {
    return [...this.#topics.keys()]
  }

  topic(name: string): Claimable<X> | undefined {
    return this.#topics.get(name)
  }

  of(record: RawRecord): X | undefined {
    const { topic: name } = record.origin
    if (name !== this.#lastName) {
      this.#lastName = name
      this.#last = this.#topics.get(name)
    }
    const topic = this.#last
    if (!topic) return undefined
    const claim = claimOf(record)
    return claim === undefined ? topic.headerless : topic.byId.get(claim)
  }
}

/** `name/version` as the header says, or undefined where it says nothing. */
export const claimOf = ({ headers }: RawRecord): string | undefined =>
  headers !== NO_HEADERS && Object.hasOwn(headers, 'contract') ? headers['contract'] : undefined

/** The contract that an event without header claims: one that says so, else the newest minor of the oldest major; undefined where names differ. `list` is sorted. */
function headerlessOf(list: readonly Contract[]): Contract | undefined {
  const said = list.filter(contract => contract.headerless)
  const among = said.length > 0 ? said : list
  if (among.some(contract => contract.name !== among[0].name)) return undefined
  return among.filter(contract => contract.version.major === among[0].version.major).at(-1)!
}
