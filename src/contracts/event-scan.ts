import type { Schema } from '../model/schema.ts'
import { EVENTS_AHEAD, type Operands, type StatementPlan } from '../model/statement-plan.ts'
import type { RawRecord } from '../model/transaction.ts'
import { Claims } from './claims.ts'
import type { Contract } from './contract.ts'
import type { Contracts } from './contracts.ts'
import { makeText } from './made-text.ts'
import { type PlannedContract, planStatements } from './plan.ts'
import { APART, LAST_BEGIN, MADE_MOST } from './scanned.ts'
import { Scanner } from './scanner.ts'

/** Reads the events of one contract straight into operands. */
export class EventScan {
  readonly contract: Contract
  readonly plan: StatementPlan
  readonly #made: PlannedContract['made']
  readonly #scanner: Scanner
  /** How many events were read, and where the bytes of the next one go. */
  #events = 0
  #begin = 0

  constructor(contract: Contract, scanner: Scanner, { plan, made }: PlannedContract) {
    this.contract = contract
    this.plan = plan
    this.#made = made
    this.#scanner = scanner
  }

  /** What the events hold that were read. */
  get operands(): Operands {
    return this.#scanner.found
  }

  /** Begins anew: the next event that is read is the first of the operands. */
  clear(): void {
    this.#events = 0
    this.#begin = 0
  }

  /** Whether the operands have room for no event more. */
  get full(): boolean {
    return this.#events === EVENTS_AHEAD || this.#begin > LAST_BEGIN
  }

  /** True where the event keeps its contract, and its values are in the operands behind those before. False says nothing: the judge must see it. */
  read(value: Uint8Array): boolean {
    const begin = this.#begin
    if (!this.#scanner.scan(value, this.#events, begin)) return false
    const { found } = this.#scanner
    const made = this.#made
    const fields = this.contract.fields.length
    const event = this.#events * found.count
    let at = begin + value.length + APART
    const limit = at + MADE_MOST
    for (let i = 0; i < made.length; i++) {
      at = makeText(made[i], this.plan.types, found, event, fields + i, at, limit)
      if (at < 0) return false
    }
    this.#events++
    this.#begin = at + APART
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
