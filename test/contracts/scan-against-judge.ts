import { seeded } from '../../src/base/random.ts'
import type { Contract } from '../../src/contracts/contract.ts'
import type { FieldValue } from '../../src/contracts/convert.ts'
import { readEventJson } from '../../src/contracts/event-json.ts'
import { Scanner } from '../../src/contracts/scanner.ts'
import { compileValidator, type FieldValues, type Validator } from '../../src/contracts/validate.ts'
import { Decimal } from '../../src/model/decimal.ts'
import { showType } from '../../src/model/type.ts'
import { Instant, LocalDate } from '../../src/model/value.ts'
import { goodEvent, oddEvent, randomContract, randomProducer } from './odd-events.ts'

/** What the scan found for a field, as the judge's value shows; see `shown`. */
function found(scanner: Scanner, i: number): string {
  const { bytes, present, start, end, number } = scanner.found
  if (present[i] === 0) return 'null'
  const { type } = scanner.contract.fields[i]
  if (type.base !== 'string' && type.base !== 'uuid' && type.base !== 'enum')
    return `${type.base} ${Object.is(number[i], -0) ? '-0' : number[i]}`
  const text = Buffer.from(bytes.subarray(start[i], end[i])).toString('utf8')
  return `text ${JSON.stringify(text)}`
}

/** A value of the judge as a scan must give it. */
function shown(contract: Contract, i: number, value: FieldValue | null): string {
  const { type } = contract.fields[i]
  if (value === null) return 'null'
  if (typeof value === 'string') return `text ${JSON.stringify(value)}`
  const exact =
    value instanceof Decimal
      ? value.unscaled
      : value instanceof Instant
        ? type.base === 'instant' && type.micros
          ? value.micros
          : value.micros / 1000n
        : value instanceof LocalDate
          ? value.days
          : value === true
            ? 1
            : value === false
              ? 0
              : value
  return `${type.base} ${Object.is(exact, -0) ? '-0' : exact}`
}

/** The values that the judge reads, or null where it refuses. */
function judged(validator: Validator, contract: Contract, bytes: Uint8Array): string[] | null {
  const values: FieldValues = contract.fields.map(() => null)
  const event = readEventJson(bytes)
  if ('reason' in event || !validator.read(event, values)) return null
  return values.map((value, i) => shown(contract, i, value))
}

export interface Comparison {
  /** Events that nothing is odd about, and how many of them were scanned. */
  good: number
  goodScanned: number
  odd: number
  oddScanned: number
  oddValid: number
}

/** Shows many events of random contracts to both; throws at the first on which they disagree. */
export function compareMany(seed: number, contracts: number, events: number): Comparison {
  const random = seeded(seed)
  const result: Comparison = { good: 0, goodScanned: 0, odd: 0, oddScanned: 0, oddValid: 0 }
  for (let n = 0; n < contracts; n++) {
    const contract = randomContract(random)
    const scanner = Scanner.of(contract)
    if (!scanner) throw new Error('each of these contracts can be scanned')
    const validator = compileValidator(contract)
    const producers = [randomProducer(contract, random), randomProducer(contract, random)]
    const beyond = ['json', 'list', 'decimal(20)']
    const plain = contract.fields.every(({ type }) => !beyond.includes(type.base) && !beyond.includes(showType(type)))
    for (let i = 0; i < events; i++) {
      const producer = random.pick(producers)
      const fine = random.below(2) === 0
      const bytes = fine ? Buffer.from(goodEvent(contract, producer, random)) : oddEvent(contract, producer, random)
      const scanned = scanner.scan(bytes)
      const expected = judged(validator, contract, bytes)
      if (scanned) {
        const values = contract.fields.map((_, field) => found(scanner, field))
        if (JSON.stringify(values) !== JSON.stringify(expected)) {
          const types = contract.fields.map(
            ({ name, type, optional }) => `${name} ${JSON.stringify(type)}${optional ? '?' : ''}`,
          )
          throw new Error(
            `seed ${seed}: ${types.join(', ')}\n${bytes.toString('latin1')}\nscan: ${values}\njudge: ${expected}`,
          )
        }
      } else if (expected) scanner.learn(bytes)
      if (fine && expected === null) throw new Error(`the judge refuses ${bytes}`)
      if (!fine) {
        result.odd++
        if (scanned) result.oddScanned++
        if (expected) result.oddValid++
      } else if (plain) {
        result.good++
        if (scanned) result.goodScanned++
      }
    }
  }
  return result
}
