import type { Effect } from '../model/effect.ts'
import type { Schema } from '../model/schema.ts'
import type { RawRecord, Reason, Refusal } from '../model/transaction.ts'
import { Instant, type Value } from '../model/value.ts'
import { type Claimable, Claims, claimOf } from './claims.ts'
import { type Contract, contractId } from './contract.ts'
import type { Contracts } from './contracts.ts'
import { readEventJson } from './event-json.ts'
import { compileFacts } from './facts.ts'
import { keyText } from './key-text.ts'
import { type EventFault, showName, unknownName } from './misfit.ts'
import { compileTombstone } from './tombstone.ts'
import { compileValidator, type FieldValues } from './validate.ts'

/** A record that keeps its contract, and what it wants changed. */
export interface ValidEvent {
  readonly contract: Contract
  readonly effects: readonly Effect[]
  /** The event's own time in milliseconds since 1970, where the contract names a field for it. */
  readonly eventTime: number | null
  readonly eventId: string | null
  /** Whose personal data the event is: text of the contract's `subject` field, null where there is none. */
  readonly subject: string | null
}

export type Verdict =
  | { readonly valid: true; readonly event: ValidEvent }
  | { readonly valid: false; readonly refusal: Refusal }

/** Judges one record on its own: finds its contract, validates it and says which facts it states. Never throws for what a record holds. */
export type Judge = (record: RawRecord) => Verdict

interface Compiled {
  readonly id: string
  readonly judge: (value: Uint8Array) => Verdict
  /** Of a record without value; null where the contract gives it no meaning. */
  readonly tombstone: ((record: RawRecord) => Verdict) | null
}

/** Compiles all contracts. Kinds and attributes are in the schema already (`Contracts.define`). */
export function compileJudge(contracts: Contracts, schema: Schema): Judge {
  const claims = new Claims(contracts, contract => compileContract(contract, contracts, schema))

  return record => {
    const { topic: topicName } = record.origin
    const topic = claims.topic(topicName)
    if (!topic) {
      const words = unknownName(`no contract names the topic ${showName(topicName)}`, topicName, claims.topics)
      return refused('unknown-topic', words, null, null)
    }
    const claim = claimOf(record)
    const contract = claim === undefined ? topic.headerless : topic.byId.get(claim)
    if (record.value === null) {
      if (contract?.tombstone) return contract.tombstone(record)
      const words = 'the record has no value (a tombstone), which no contract of its topic gives a meaning'
      return refused('tombstone', words, null, contract?.id ?? null)
    }
    if (contract) return contract.judge(record.value)
    return refused('unknown-contract', unknownContract(claim, topicName, topic, contracts), null, null)
  }
}

function unknownContract(
  claim: string | undefined,
  name: string,
  topic: Claimable<Compiled>,
  contracts: Contracts,
): string {
  const known = [...topic.byId.keys()]
  if (claim === undefined)
    return `the topic ${name} has events of several contracts, so the header contract must say which: ${known.join(', ')}`
  const elsewhere = contracts.list.find(contract => contractId(contract) === claim)
  if (elsewhere)
    return `the header claims ${showName(claim)}, whose events belong to the topic ${elsewhere.topic}, not ${name}`
  return `the header claims ${showName(claim)}, which is no contract of the topic ${name}: there is ${known.join(', ')}`
}

const refused = (reason: Reason, detail: string, path: string | null, contract: string | null): Verdict => ({
  valid: false,
  refusal: { reason, detail, path, contract },
})

function compileContract(contract: Contract, contracts: Contracts, schema: Schema): Compiled {
  const id = contractId(contract)
  const validator = compileValidator(contract)
  const stateFacts = compileFacts(contract, contracts, schema)
  const values: FieldValues = contract.fields.map(() => null)
  const indexOf = (name: string | null) => contract.fields.findIndex(field => field.name === name)
  const [time, eventId, subject] = [indexOf(contract.time), indexOf(contract.id), indexOf(contract.subject)]
  const text = (i: number): string | null => {
    const value = i < 0 ? null : values[i]
    return value === null ? null : keyText(value as Value, contract.fields[i].type)
  }

  const judge = (bytes: Uint8Array): Verdict => {
    const event = readEventJson(bytes)
    if ('reason' in event) return refused(event.reason, event.words, event.path, id)
    if (!validator.read(event, values)) {
      const faults = validator.faults(event)
      return refused('invalid-event', listFaults(faults), faults[0].path, id)
    }
    const moment = time < 0 ? null : values[time]
    return {
      valid: true,
      event: {
        contract,
        effects: stateFacts(values),
        eventTime: moment instanceof Instant ? Number(moment.micros / 1000n) : null,
        eventId: text(eventId),
        subject: text(subject),
      },
    }
  }
  const readTombstone = compileTombstone(contract, schema)
  const tombstone = (record: RawRecord): Verdict => {
    const entity = readTombstone!(record.key)
    if (typeof entity === 'string') return refused('tombstone', entity, null, id)
    const { key } = contract.facts[0]
    const whose = contract.subject !== null && key.length === 1 && key[0] === contract.subject
    const subject = whose ? keyText(entity.key, entity.kind.keyType) : null
    const event = {
      contract,
      effects: [{ op: 'retractEntity', entity }],
      eventTime: null,
      eventId: null,
      subject,
    } as const
    return { valid: true, event }
  }
  return { id, judge, tombstone: readTombstone && tombstone }
}

const MOST = 20

/** All of them in one sentence; of an event that is wrong everywhere the first ones and how many more there are. */
function listFaults(faults: readonly EventFault[]): string {
  const words = faults.slice(0, MOST).map(fault => fault.words)
  if (faults.length > MOST) words.push(`and ${faults.length - MOST} more faults`)
  return words.join('; ')
}
