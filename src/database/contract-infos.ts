import { FactError } from '../base/error.ts'
import { hint, nearest } from '../base/nearest.ts'
import { type Contract, contractId, showContract, showVersion } from '../contracts/contract.ts'
import type { Contracts } from '../contracts/contracts.ts'
import { jsonSchemaOf } from '../contracts/json-schema.ts'
import type { FactView } from '../model/fact-view.ts'
import { showInstant } from '../model/instant.ts'
import type { Refused } from '../store/indexes.ts'
import type { ContractInfo } from './api.ts'

/** The contracts of a project, each with what the store has of it. Counts look at every transaction once. */
export function contractInfos(
  contracts: Contracts | null,
  view: FactView,
  refused: readonly Refused[],
): ContractInfo[] {
  const { v, length } = view.facts(view.schema.attribute(':tx/contract'))
  const seen = new Map<number, { first: number; count: number }>()
  for (let t = 1; t < length; t++) {
    const code = v.values[t] as number
    const known = seen.get(code)
    if (known) known.count++
    else seen.set(code, { first: t, count: 1 })
  }
  return (contracts?.list ?? []).map(contract => {
    const id = contractId(contract)
    const events = seen.get(view.strings.code(id))
    const { name, fingerprint, doc, owner, topic } = contract
    return {
      ...{ name, version: showVersion(contract.version), fingerprint, doc, owner, topic },
      published: events ? showInstant(view.instantOf(events.first)) : null,
      seen: events?.count ?? 0,
      refused: refused.filter(({ refusal }) => refusal.contract === id).length,
    }
  })
}

/** One contract as JSON, or the JSON Schema of its events. Throws `not-found` with the nearest names. */
export function contractNamed(
  contracts: Contracts | null,
  name: string,
  version: string,
  format: 'json' | 'jsonschema',
): Readonly<Record<string, unknown>> {
  const contract: Contract | undefined = contracts?.find(name, version)
  if (contract) return format === 'json' ? showContract(contract) : jsonSchemaOf(contract)
  const versions = contracts?.named(name).map(each => showVersion(each.version)) ?? []
  const near = nearest(name, new Set(contracts?.list.map(each => each.name)))
  const words =
    versions.length > 0
      ? `${name} has no version ${version}; there is ${versions.join(', ')}`
      : `there is no contract ${name}.${hint(near)}`
  throw new FactError('not-found', words, { nearest: versions.length > 0 ? versions : near })
}
