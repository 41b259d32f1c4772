import { FactError, FactErrors } from '../base/error.ts'
import type { AttributeSpec, Schema } from '../model/schema.ts'
import { deriveAttributes, deriveKinds, idsOf, type KindSpec, ownersOf, type StatedAttribute } from './attributes.ts'
import { type Contract, compareContracts, contractId, showVersion } from './contract.ts'
import { type Faults, showPlace } from './place.ts'
import { checkVersions } from './versions.ts'

/** Who states an attribute: names of owners, joined with a comma, and `name/version` of the contracts. */
export interface StatedBy {
  readonly owner: string
  readonly contracts: readonly string[]
}

/** All contracts of a project, checked against each other, and the kinds and attributes that follow from them. */
export class Contracts {
  /** By name, then version. */
  readonly list: readonly Contract[]
  /** In order of first mention. */
  readonly kinds: readonly KindSpec[]
  readonly #attributes: readonly StatedAttribute[]
  readonly #byIdent: ReadonlyMap<string, StatedAttribute>
  readonly #byId: ReadonlyMap<string, Contract>

  /** Reports to `faults` what the contracts disagree on; the result counts only where there is nothing. */
  constructor(contracts: readonly Contract[], faults: Faults) {
    this.list = contracts.toSorted(compareContracts)
    checkVersions(this.list, faults)
    checkHeaderless(this.list, faults)
    this.kinds = deriveKinds(this.list, faults)
    this.#attributes = deriveAttributes(this.list, this.kinds, faults)
    this.#byIdent = new Map(this.#attributes.map(attribute => [attribute.spec.ident, attribute]))
    this.#byId = new Map(this.list.map(contract => [contractId(contract), contract]))
  }

  /** Sorted, each once. */
  topics(): string[] {
    return [...new Set(this.list.map(contract => contract.topic))].sort()
  }

  /** By `retail/invoice_line` and `1.0`. */
  find(name: string, version: string): Contract | undefined {
    return this.#byId.get(`${name}/${version}`)
  }

  /** In ascending order of version. */
  named(name: string): readonly Contract[] {
    return this.list.filter(contract => contract.name === name)
  }

  /** By kind in order of definition; the identity first, then in order of first mention. */
  attributeSpecs(): readonly AttributeSpec[] {
    return this.#attributes.map(attribute => attribute.spec)
  }

  attributeSpec(ident: string): AttributeSpec | undefined {
    return this.#byIdent.get(ident)?.spec
  }

  /** Undefined for an attribute that no contract states. */
  statedBy(ident: string): StatedBy | undefined {
    const attribute = this.#byIdent.get(ident)
    return attribute && { owner: ownersOf(attribute.contracts), contracts: idsOf(attribute.contracts) }
  }

  /**
   * Adds kinds and attributes to a schema; what is there already stays. Throws `FactErrors` with the places of the
   * contracts where the schema (of a store that has a past) says otherwise.
   */
  define(schema: Schema): void {
    const errors: FactError[] = []
    const attempt = (place: KindSpec['place'], add: () => void) => {
      try {
        add()
      } catch (error) {
        if (!(error instanceof FactError)) throw error
        errors.push(new FactError(error.kind, error.message, { ...place }))
      }
    }
    for (const kind of this.kinds) attempt(kind.place, () => schema.addKind(kind.name, kind.keyType))
    if (errors.length === 0)
      for (const { spec, place } of this.#attributes) attempt(place, () => schema.addAttribute(spec))
    if (errors.length > 0) throw new FactErrors(errors)
  }
}

/** Which contract an event without header claims must not depend on chance: only versions of one contract may share `headerless`. */
function checkHeaderless(contracts: readonly Contract[], faults: Faults): void {
  const first = new Map<string, Contract>()
  for (const contract of contracts) {
    if (!contract.headerless) continue
    const other = first.get(contract.topic)
    if (!other) first.set(contract.topic, contract)
    else if (other.name !== contract.name)
      faults.add(
        contract.place,
        `${contract.name} ${showVersion(contract.version)} says headerless: true on the topic ${contract.topic}, but so does ${other.name} (${showPlace(other.place)})`,
      )
  }
}
