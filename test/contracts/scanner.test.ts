import { createReadStream, existsSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { createGunzip } from 'node:zlib'
import { expect, test } from 'vitest'
import { readContracts } from '../../src/contracts/read.ts'
import { Scanner } from '../../src/contracts/scanner.ts'
import type { ValueType } from '../../src/model/type.ts'
import { contractOf } from './odd-events.ts'
import { compareMany } from './scan-against-judge.ts'

const shared = process.env['HEARTWOOD_SHARED'] ?? join(import.meta.dirname, '../../../shared')

const scannerOf = (fields: Readonly<Record<string, ValueType | [ValueType]>>): Scanner => {
  const place = { file: 'test', line: 1, column: 1 }
  const list = Object.entries(fields).map(([name, type]) => ({
    name,
    type: Array.isArray(type) ? type[0] : (type as ValueType),
    doc: '',
    optional: Array.isArray(type),
    privacyHandler: 'plain' as const,
    place,
  }))
  return Scanner.of(contractOf(list))!
}

test('what a scan accepts, the judge accepts with the same values', () => {
  const { good, goodScanned, oddScanned, oddValid } = compareMany(20_240_501, 60, 400)
  // otherwise the comparison would say nothing: most good events are scanned, and many odd ones are not
  expect(goodScanned / good).toBeGreaterThan(0.85)
  expect(oddScanned).toBeGreaterThan(200)
  expect(oddValid).toBeGreaterThan(oddScanned)
})

test('the layout of recent events is learnt: order, blanks, and fields that are left out', () => {
  const scanner = scannerOf({ a: { base: 'long' }, b: [{ base: 'string' }], c: { base: 'boolean' } })
  const sees = (text: string) => {
    const bytes = Buffer.from(text)
    const usual = scanner.scan(bytes)
    if (!usual) scanner.learn(bytes)
    return usual
  }
  expect(sees('{"a":1,"b":"x","c":true}')).toBe(true)
  expect(sees('{"a":1,"c":true}')).toBe(true)
  expect(scanner.found.present[1]).toBe(0)
  expect(sees('{"c": false, "a": -7}')).toBe(false)
  expect(sees('{"c": false, "a": -7}')).toBe(true)
  expect([...scanner.found.number.subarray(0, 3)]).toEqual([-7, 0, 0])
  expect(sees('{"a":1,"b":"x","c":true}')).toBe(true)
})

test('a producer without any order is learnt from ever more rarely', () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f']
  const scanner = scannerOf(Object.fromEntries(names.map(name => [name, { base: 'long' } as ValueType])))
  const events = Array.from({ length: 720 }, (_, i) => {
    const rest = [...names]
    let n = i
    const order = names.map((_name, place) => {
      const at = n % (6 - place)
      n = Math.floor(n / (6 - place))
      return rest.splice(at, 1)[0]
    })
    return Buffer.from(`{${order.map(name => `"${name}":1`).join(',')}}`)
  })
  let scanned = 0
  for (const bytes of [...events, ...events]) {
    if (scanner.scan(bytes)) scanned++
    else scanner.learn(bytes)
  }
  expect(scanned).toBeLessThan(40)
})

test('an event is read to its end and not beyond, whatever was read before it', () => {
  const scanner = scannerOf({ a: { base: 'string' } })
  expect(scanner.scan(Buffer.from('{"a":"a longer text that stays in the buffer"}'))).toBe(true)
  for (const text of ['', '{', '{"a":"a', '{"a":"a"', '{"a":"a"}}', '{"a":"a"}\n', '{"a":"a\0"}'])
    expect(scanner.scan(Buffer.from(text)), text).toBe(false)
  expect(scanner.scan(Buffer.from(`{"a":"${'x'.repeat(65_528)}"}`))).toBe(true)
  expect(scanner.scan(Buffer.from(`{"a":"${'x'.repeat(65_529)}"}`))).toBe(false)
})

test('a contract that needs a list is left to the judge altogether', () => {
  expect(scannerOf({ a: { base: 'list', of: { base: 'string' } } })).toBeNull()
  expect(scannerOf({ a: [{ base: 'list', of: { base: 'string' } }] })).not.toBeNull()
})

const data = join(shared, 'data/retail-invoice-lines.ndjson.gz')
test.skipIf(!existsSync(data))('over 99 in 100 real events are usual', async () => {
  const [contract] = readContracts(join(shared, 'examples/retail')).list
  const scanner = Scanner.of(contract)!
  let lines = 0
  let usual = 0
  for await (const line of createInterface({ input: createReadStream(data).pipe(createGunzip()) })) {
    const at = line.indexOf('"value":') + '"value":'.length
    lines++
    if (scanner.scan(Buffer.from(line.slice(at, -1)))) usual++
    if (lines === 50_000) break
  }
  expect(usual / lines).toBeGreaterThan(0.99)
})
