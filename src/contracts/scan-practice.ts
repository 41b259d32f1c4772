import type { ValueType } from '../model/type.ts'
import type { Contract } from './contract.ts'
import type { Layout } from './layout.ts'
import type { Scan } from './scan-code.ts'
import type { Scanned } from './scanned.ts'

/** Enough for the engine to watch the code before it optimizes it. */
const ROUNDS = 60

/**
 * Runs new code over made-up events that take each of its ways. Otherwise the engine optimizes it for the first events alone, and throws
 * that away again whenever a real one differs: the first million events took three times as long (tried).
 */
export function practise(scan: Scan, contract: Contract, layout: Layout, scanned: Scanned): void {
  const events = [...eventsOf(contract, layout)].map(text => Buffer.from(text))
  for (let round = 0; round < ROUNDS; round++)
    for (const event of events) {
      scanned.bytes.set(event)
      scanned.bytes[event.length] = 0
      scan(0, event.length, 0)
    }
}

function* eventsOf(contract: Contract, { order, afterColon, afterComma }: Layout): Generator<string> {
  const samples = contract.fields.map(({ type, optional }) => [...samplesOf(type), ...(optional ? ['null', null] : [])])
  const most = Math.max(...samples.map(list => list.length))
  for (let i = 0; i < most; i++) {
    const members = order.flatMap((field, place) => {
      const list = samples[field]
      const sample = list[i % list.length] ?? (place === 0 ? 'null' : null)
      return sample === null ? [] : [`"${contract.fields[field].name}":${afterColon}${sample}`]
    })
    yield `{${members.join(`,${afterComma}`)}}`
  }
}

function samplesOf(type: ValueType): readonly string[] {
  switch (type.base) {
    case 'boolean':
      return ['true', 'false']
    case 'long':
      return ['1', '-123456789012', '0']
    case 'double':
      return ['1', '-12.5', '0.25']
    case 'decimal':
      return type.digits === 0 ? ['1', '"-12"'] : ['1', '"-12.5"', '"7"', '0.5']
    case 'instant':
      return ['"2020-02-29T01:02:03Z"', '"2021-11-30T01:02:03.004+05:30"', '1600000000000', '-1']
    case 'date':
      return ['"2020-02-29"', '"1969-12-31"']
    case 'uuid':
      return ['"123e4567-e89b-12d3-a456-426614174000"']
    case 'enum':
      return type.values.map(value => JSON.stringify(value))
    default:
      return ['"plain"', '""', '"é"', '"a \\" b"']
  }
}
