import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { EventLine } from '../../src/ingest/event-line.ts'

const reader = new EventLine()

function read(line: string | Uint8Array) {
  const bytes = Buffer.from(line)
  // in the middle of something larger, as lines are
  const words = reader.read(Buffer.concat([Buffer.from('"}\n'), bytes, Buffer.from('\n{"')]), 3, 3 + bytes.length)
  const { topic, timestamp, key, headers, value } = reader
  const text = (x: Uint8Array | null) => x && Buffer.from(x).toString()
  return { words, topic, timestamp, key: text(key), headers, value: text(value) }
}

const plain = (rest: string) => `{"topic":"t","timestamp":1,${rest}}`

describe('a line of an event file', () => {
  test('is read with the value as it was written, to the byte', () => {
    const value = '{ "id": 1234567890123456789, "price":2.50, "x": [1, {"}": "]\\""}], "é":"\\u00e9" }'
    const line = `{"topic":"bank.card","key":"17","timestamp":"2011-03-01T12:34:56.789Z","headers":{"contract":"a/b/1.0"},"value":${value}}`
    expect(read(line)).toEqual({
      words: null,
      topic: 'bank.card',
      timestamp: Date.parse('2011-03-01T12:34:56.789Z'),
      key: '17',
      headers: { contract: 'a/b/1.0' },
      value,
    })
  })

  test('is read the same after a line that begins as it does', () => {
    const begin = '{"topic":"t","key":"7","timestamp":"2011-03-01T12:34:56.789Z","headers":{"a":"b"},"value":'
    const fresh = (line: string) => {
      const bytes = Buffer.from(line)
      const own = new EventLine()
      const words = own.read(bytes, 0, bytes.length)
      const { topic, timestamp, key, headers, value } = own
      const text = (x: Uint8Array | null) => x && Buffer.from(x).toString()
      return words === null
        ? { words, topic, timestamp, key: text(key), headers, value: text(value) }
        : expect.objectContaining({ words, topic })
    }
    const ends = [
      '{}}',
      '{"a":"}"}}',
      'null}',
      '[1,2]}',
      '17}',
      '"x"}',
      '{}} ',
      '{} }',
      '{},"key":"8"}',
      '{},"topic":"u"}',
    ]
    const broken = ['{}', '{}}}', '}', '', '{"a":"\u0001"}}', '{}}x', '{},}', '{},"x":1}', 'nul}']
    for (const end of [...ends, ...broken])
      for (const before of [begin, begin.replace('7', '8'), '{"value":'])
        for (const line of [`${begin}${end}`, `${begin.replace('b', 'c')}${end}`, `{"value":${end}`]) {
          read(`${before}{}}`)
          expect(read(line)).toEqual(fresh(line))
        }
  })

  test('may have members in any order, spaces and escapes', () => {
    const line =
      ' {\t"value" : [1] ,"\\u0074opic":"a\\/b", "timestamp" :"2024-02-29T01:00:00.5+01:00" , "key":"\\u20ac\\"" } \r'
    expect(read(line)).toMatchObject({
      words: null,
      topic: 'a/b',
      timestamp: Date.parse('2024-02-29T00:00:00.500Z'),
      key: '€"',
      value: '[1]',
    })
  })

  test('has a key or none, and a value or a tombstone', () => {
    expect(read(plain('"value":{},"key":null'))).toMatchObject({ words: null, key: null, value: '{}' })
    expect(read(plain('"value":{},"key":17'))).toMatchObject({ words: null, key: '17' })
    expect(read(plain('"value":null'))).toMatchObject({ words: null, key: null, value: null })
    expect(read(plain('"value":nul'))).toMatchObject({ words: null, value: 'nul' })
  })

  test.each([
    ['', 'not JSON'],
    ['{', 'not JSON'],
    ['{"topic":"t","timestamp":1,"value":{}', 'not JSON'],
    ['{"topic":"t","timestamp":1,"value":{}} x', 'not JSON'],
    ['{"topic":"t","timestamp":1,"value":{},}', 'not JSON'],
    ['{"topic":"t" "timestamp":1,"value":{}}', 'not JSON'],
    ['{"topic":"t","timestamp":1,"value":{"a":"\u0001}}', 'not JSON'],
    ["{'topic':'t'}", 'not JSON'],
    ['{"topic":"t","timestamp":1,"value":}', 'not JSON'],
    ['[1]', 'no object'],
    ['17', 'no object'],
    ['{}', 'no "topic" and no "timestamp" and no "value"'],
    ['{"topic":"t","value":{}}', 'no "timestamp"'],
    [plain('"value":{},"value":{}'), '"value" twice'],
    [plain('"value":{},"offset":1'), 'no member "offset"'],
    [plain('"value":{},"key":{}'), '"key" must be'],
    [plain('"value":{},"headers":{"a":1}'), '"headers" must be'],
    [plain('"value":{},"headers":[]'), '"headers" must be'],
    ['{"topic":7,"timestamp":1,"value":{}}', '"topic" must be'],
    ['{"topic":"","timestamp":1,"value":{}}', '"topic" must name'],
    ...[
      '"2011-02-29T00:00:00Z"',
      '"2011-03-01T00:00:00"',
      '"2011-03-01"',
      '"17"',
      '1.5',
      '1e300',
      'null',
      '"2011-13-01T00:00:00Z"',
      '"2011-03-01T24:00:00.000Z"',
    ].map(moment => [`{"topic":"t","timestamp":${moment},"value":{}}`, '"timestamp" must be']),
  ])('%s is refused', (line, words) => {
    expect(read(line).words).toContain(words)
  })

  test('says that bytes are not UTF-8 where nothing else can be said', () => {
    expect(read(new Uint8Array([0x7b, 0xff, 0x7d])).words).toBe('the line is not UTF-8')
  })

  test('a topic stays readable where the rest is wrong', () => {
    expect(read('{"topic":"t","value":{}}').topic).toBe('t')
  })

  test('every moment of ISO-8601 reads as Date does', () => {
    const date = fc.date({
      min: new Date('0000-01-01T00:00:00Z'),
      max: new Date('9999-12-31T00:00:00Z'),
      noInvalidDate: true,
    })
    fc.assert(
      fc.property(date, fc.boolean(), (moment, short) => {
        const text = short ? moment.toISOString().replace(/\.\d+/, '') : moment.toISOString()
        expect(read(`{"topic":"t","timestamp":"${text}","value":1}`).timestamp).toBe(Date.parse(text))
      }),
    )
  })
})

const space = fc.constantFrom('', '', '', ' ', '\t', ' \r ')
const anyString = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('a"b', '\\', '}', '{', '[,]', 'é€😀'))
/** A string as JSON, some of its characters escaped although that is not needed. */
const escaped = (text: string, every: number) =>
  JSON.stringify(text).replace(/[a-z]/g, (c, i: number) =>
    every > 0 && i % every === 1 && !/\\u?[0-9a-f]{0,4}$/.test(JSON.stringify(text).slice(0, i))
      ? `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`
      : c,
  )

/** An envelope with what it means. */
const envelope = fc
  .record({
    topic: anyString.filter(text => text !== ''),
    key: fc.option(anyString),
    timestamp: fc.integer({ min: -1e12, max: 4e12 }),
    headers: fc.option(fc.dictionary(anyString, anyString, { maxKeys: 3 })),
    value: fc.json({ stringUnit: 'binary' }),
    every: fc.nat(4),
    order: fc.shuffledSubarray(['topic', 'key', 'timestamp', 'headers', 'value'], { minLength: 5 }),
    spaces: fc.array(space, { minLength: 22, maxLength: 22 }),
  })
  .map(({ order, spaces, every, ...event }) => {
    const json: Record<string, string> = {
      topic: escaped(event.topic, every),
      key: event.key === null ? 'null' : escaped(event.key, every),
      timestamp: String(event.timestamp),
      headers: JSON.stringify(event.headers),
      value: event.value,
    }
    let n = 0
    const s = () => spaces[n++]
    const members = order.map(name => `${s()}${escaped(name, every)}${s()}:${s()}${json[name]}${s()}`)
    return { event, line: `${s()}{${members.join(',')}}${s()}` }
  })

describe('any envelope', () => {
  test('gives what JSON.parse gives, and the text of the value', () => {
    fc.assert(
      fc.property(envelope, ({ event, line }) => {
        const parsed = JSON.parse(line)
        const found = read(line)
        expect(found).toEqual({
          words: null,
          topic: event.topic,
          timestamp: event.timestamp,
          key: parsed.key === null ? null : Buffer.from(parsed.key).toString(),
          headers: parsed.headers ?? {},
          value: parsed.value === null ? null : event.value,
        })
      }),
      { numRuns: 500 },
    )
  })

  test('with a byte changed is taken only where JSON.parse takes it and gives the same, the value aside', () => {
    const change = fc.tuple(envelope, fc.nat(), fc.constantFrom(...'{}[]",:\\ x1\u0001'), fc.nat(2))
    fc.assert(
      fc.property(change, ([{ line }, where, what, cut]) => {
        const at = where % line.length
        // half of a surrogate pair does not survive UTF-8
        const changed = (line.slice(0, at) + what + line.slice(at + cut)).toWellFormed()
        let parsed: Record<string, unknown> | undefined
        try {
          parsed = JSON.parse(changed)
        } catch {}
        const found = read(changed)
        const isJson = (text: string) => {
          try {
            return JSON.parse(text) !== undefined
          } catch {
            return false
          }
        }
        if (parsed === undefined) {
          // what is broken inside the value alone is the judge's to find
          expect(found.words !== null || (found.value !== null && !isJson(found.value))).toBe(true)
        } else if (found.words === null) {
          expect(JSON.parse(found.value ?? 'null')).toEqual(parsed['value'])
          expect(found.topic).toBe(parsed['topic'])
        } else expect(found.words).not.toContain('not JSON')
      }),
      { numRuns: 1000 },
    )
  })
})
