import { createHash } from 'node:crypto'
import { showType, type ValueType } from '../model/type.ts'
import type { Place } from './place.ts'

export interface Version {
  readonly major: number
  readonly minor: number
}

/** One field of an event. */
export interface Field {
  readonly name: string
  readonly type: ValueType
  readonly doc: string
  /** It may be absent or null. */
  readonly optional: boolean
  readonly privacyHandler: 'plain'
  readonly place: Place
}

/** `{ value: … }`: as JSON has it; a number stays its text, so that it is exact. */
export type Constant = string | boolean | { readonly number: string }

/** What a setting takes its value from. A reference names the fields that make up the key of its target. */
export type SettingSource =
  | { readonly from: 'field'; readonly field: string }
  | { readonly from: 'value'; readonly constant: Constant }
  | { readonly from: 'ref'; readonly kind: string; readonly key: readonly string[] }

/** One line under `set:`. */
export interface Setting {
  /** Without namespace: `country`. */
  readonly attribute: string
  readonly source: SettingSource
  /** `add` adds to a set, `replace` makes it exactly what the event says. */
  readonly many: 'no' | 'add' | 'replace'
  /** `null: retract`: a null or absent field ends what was true. */
  readonly retracts: boolean
  readonly index: boolean
  readonly restated: boolean
  readonly component: boolean
  readonly place: Place
}

/** What one event says of one entity. */
export interface Statement {
  /** The kind of the entity. */
  readonly entity: string
  /** Names of the fields that make up its key. */
  readonly key: readonly string[]
  readonly set: readonly Setting[]
  /** `order: time`: what a later event stated is not replaced by an earlier one that comes late. */
  readonly ordered: boolean
  readonly place: Place
}

/** A contract that was read and checked. Plain data; nothing in it is changed after it was made. */
export interface Contract {
  /** `retail/invoice_line` */
  readonly name: string
  readonly version: Version
  readonly doc: string
  readonly owner: string
  readonly format: 'json'
  readonly topic: string
  /** It judges events of its topic that claim no contract. */
  readonly headerless: boolean
  /** `tombstone: retract`: a record without value retracts the entity of the first statement whose key the record carries. */
  readonly retracting: boolean
  /** Names of fields, or null. */
  readonly time: string | null
  readonly id: string | null
  readonly subject: string | null
  readonly fields: readonly Field[]
  readonly facts: readonly Statement[]
  /** Where `name:` stands. */
  readonly place: Place
  /** SHA-256 in hex of all that bears on how an event is judged and which facts it states; documentation, owner and layout do not. */
  readonly fingerprint: string
}

export const showVersion = (version: Version): string => `${version.major}.${version.minor}`

/** `retail/invoice_line/1.0`: what the header `contract` says, and what transactions keep. */
export const contractId = (contract: Pick<Contract, 'name' | 'version'>): string =>
  `${contract.name}/${showVersion(contract.version)}`

/** By name, then version. */
export const compareContracts = (a: Contract, b: Contract): number =>
  a.name !== b.name
    ? a.name < b.name
      ? -1
      : 1
    : a.version.major - b.version.major || a.version.minor - b.version.minor

/** The contract with its fingerprint, which follows from the rest. */
export function sealContract(contract: Omit<Contract, 'fingerprint'>): Contract {
  // fields are found by name, so their order says nothing; that of facts decides the order of entities
  const meaning = {
    format: 'heartwood contract 1',
    name: contract.name,
    version: showVersion(contract.version),
    body: contract.format,
    topic: contract.topic,
    headerless: contract.headerless,
    time: contract.time,
    id: contract.id,
    subject: contract.subject,
    fields: contract.fields
      .map(field => [field.name, showType(field.type), field.optional, field.privacyHandler] as const)
      .toSorted((a, b) => (a[0] < b[0] ? -1 : 1)),
    facts: contract.facts.map(({ entity, key, set, ordered }) => [
      entity,
      key,
      set.map(meaningOf),
      ...(ordered ? ['order: time'] : []),
    ]),
    ...(contract.retracting && { tombstone: 'retract' }),
  }
  const fingerprint = createHash('sha256').update(JSON.stringify(meaning)).digest('hex')
  return { ...contract, fingerprint }
}

/** All of a setting but its place, as JSON with a fixed order. */
export function meaningOf(setting: Setting): unknown {
  const { attribute, source, many, retracts, index, restated, component } = setting
  const from =
    source.from === 'field'
      ? ['field', source.field]
      : source.from === 'value'
        ? ['value', source.constant]
        : ['ref', source.kind, source.key]
  return [attribute, from, many, retracts, index, restated, component]
}

/** A contract as JSON, in the words of its file and with its fingerprint: for the log and for whoever asks which contract judged an event. */
export function showContract(contract: Contract): Readonly<Record<string, unknown>> {
  return {
    name: contract.name,
    version: showVersion(contract.version),
    fingerprint: contract.fingerprint,
    doc: contract.doc,
    owner: contract.owner,
    format: contract.format,
    topic: contract.topic,
    headerless: contract.headerless,
    ...(contract.retracting && { tombstone: 'retract' }),
    time: contract.time,
    id: contract.id,
    subject: contract.subject,
    fields: contract.fields.map(({ name, type, doc, optional, privacyHandler }) => ({
      name,
      type: showType(type),
      doc,
      optional,
      privacy_handler: privacyHandler,
    })),
    facts: contract.facts.map(({ entity, key, set, ordered }) => ({
      entity,
      key: oneOrMany(key),
      ...(ordered && { order: 'time' }),
      set: Object.fromEntries(set.map(setting => [setting.attribute, showSetting(setting)])),
    })),
  }
}

const oneOrMany = (key: readonly string[]): string | readonly string[] => (key.length === 1 ? key[0] : key)

function showSetting(setting: Setting): Readonly<Record<string, unknown>> {
  const { source, many, retracts, index, restated, component } = setting
  return {
    ...(source.from === 'field' && { field: source.field }),
    ...(source.from === 'value' && { value: source.constant }),
    ...(source.from === 'ref' && { ref: source.kind, key: oneOrMany(source.key) }),
    ...(many !== 'no' && { many: many === 'add' ? true : 'replace' }),
    ...(retracts && { null: 'retract' }),
    ...(index && { index }),
    ...(restated && { restated }),
    ...(component && { component }),
  }
}
