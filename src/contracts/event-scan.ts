import type { Schema } from '../model/schema.ts'
import type { Operands, StatementPlan } from '../model/statement-plan.ts'
import type { RawRecord } from '../model/transaction.ts'
import { Claims } from './claims.ts'
import type { Contract } from './contract.ts'
import type { Contracts } from './contracts.ts'
import { makeText } from './made-text.ts'
import { type PlannedContract, planStatements } from './plan.ts'
import { MADE_FROM } from './scanned.ts'
import { Scanner } from './scanner.ts'

/** Reads the events of one contract straight into operands. */
export class EventScan {
  readonly contract: Contract
  readonly plan: StatementPlan
  readonly #made: PlannedContract['made']
  readonly #scanner: Scanner

  constructor(contract: Contract, scanner: Scanner, { plan, made }: PlannedContract) {
    this.contract = contract
    this.plan = plan
    this.#made = made
    this.#scanner = scanner
  }

  /** What the last event that was read holds. */
  get operands(): Operands {
    return this.#scanner.found
  }

  /** True where the event keeps its contract, and `operands` are its values. False says nothing: the judge must see it. */
  read(value: Uint8Array): boolean {
    if (!this.#scanner.scan(value)) return false
    const { found } = this.#scanner
    const made = this.#made
    const fields = this.contract.fields.length
    let at = MADE_FROM
    for (let i = 0; i < made.length; i++) {
      at = makeText(made[i], this.plan.types, found, fields + i, at)
      if (at < 0) return false
    }
    return true
  }

  /** Shows an event that was not read and that the judge found valid, so that others written like it are read. */
  learn(value: Uint8Array): void {
    this.#scanner.learn(value)
  }
}

/** Finds the scan for a record, or null where its contract (if it has any) needs the judge. Kinds and attributes are in the schema already. */
export function compileScans(contracts: Contracts, schema: Schema): (record: RawRecord) => EventScan | null {
  const claims = new Claims(contracts, contract => {
    const planned = planStatements(contract, contracts, schema)
    const scanner = planned && Scanner.of(contract, planned.plan.types.length)
    return scanner && new EventScan(contract, scanner, planned)
  })
  return record => claims.of(record) ?? null
}
