import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalJson } from '../../src/contracts/canonical-json.ts'
import { type EventJson, ExactNumber, readEventJson } from '../../src/contracts/event-json.ts'

const readText = (text: string) => readEventJson(Buffer.from(text))

describe('what is no event', () => {
  test.each([
    ['', 'not-json', /the value is not JSON: /],
    ['{', 'not-json', /the value is not JSON: /],
    ['{"a":1}x', 'not-json', /the value is not JSON: /],
    ["{'a':1}", 'not-json', /the value is not JSON: /],
    ['{"a":01}', 'not-json', /the value is not JSON: /],
    ['{"a":NaN}', 'not-json', /the value is not JSON: /],
    ['\ufeff{}', 'not-json', /byte order mark/],
  ])('%j', (text, reason, words) => {
    expect(readText(text)).toMatchObject({ reason, words: expect.stringMatching(words), path: null })
  })

  test('bytes that are not UTF-8', () => {
    const bytes = Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')])
    expect(readEventJson(bytes)).toEqual({ reason: 'not-json', words: 'the value is not UTF-8', path: null })
  })

  test('nesting that would exhaust a stack', () => {
    const deep = (levels: number) => `{"a":${'['.repeat(levels)}${']'.repeat(levels)}}`
    expect(readText(deep(1_000_000))).toMatchObject({ reason: 'invalid-event', words: expect.stringContaining('512') })
    expect(readText(deep(511))).not.toHaveProperty('reason')
    expect(readText(deep(512))).toHaveProperty('reason')
  })
})

describe('doubled keys', () => {
  test.each([
    ['{"a":1,"a":1}', '/a', '"a"'],
    ['{"a":{"b":1,"c":{},"b":2}}', '/a/b', '"b"'],
    ['{"x":[1,[2],{"k/~":1,"k/~":1}]}', '/x/2/k~1~0', '"k/~"'],
    ['{"a":1,"\\u0061":2}', '/a', '"a"'],
    ['{"q":"\\"a\\":","a":"\\\\","a":1}', '/a', '"a"'],
    ['{"__proto__":1,"__proto__":2}', '/__proto__', '"__proto__"'],
    ['{"a":{"a":1},"b":[{"a":1},{"a":1}],"b":0}', '/b', '"b"'],
  ])('%s', (text, path, key) => {
    expect(readText(text)).toEqual({
      reason: 'invalid-event',
      words: `the key ${key} stands twice in one object`,
      path,
    })
  })

  test('the same key in different objects is none', () => {
    expect(readText('{"a":{"a":[{"a":":"},{"a":"\\":"}]}}')).not.toHaveProperty('reason')
  })

  test('are found wherever one is put in, and nowhere else', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 })), fc.boolean(), (object, double) => {
        const text = JSON.stringify(object)
        const key = Object.keys(object)[0]
        if (!double || key === undefined) return !('reason' in readText(text))
        const doubled = `${text.slice(0, -1)},${JSON.stringify(key)}:null}`
        const read = readText(doubled)
        return 'reason' in read && read.words.includes('stands twice')
      }),
    )
  })
})

test('half of a surrogate pair, which UTF-8 cannot hold, is refused with its path', () => {
  expect(readText('{"a":[{"b":"x\\ud800"}]}')).toMatchObject({ reason: 'invalid-event', path: '/a/0/b' })
  expect(readText('{"a":{"\\udc00":1}}')).toMatchObject({ reason: 'invalid-event', path: '/a' })
  expect(readText('{"a":"\\ud83d\\ude00\\n"}')).toMatchObject({ value: { a: '😀\n' } })
})

describe('numbers', () => {
  const numberOf = (text: string) => {
    const event = readText(`{"a":[${text}]}`) as EventJson
    return (event.exact as { a: unknown[] }).a[0]
  }
  test('that a double holds come as they are, and nothing is read twice', () => {
    const event = readText('{"a":[1,-2.5,123456789012345]}') as EventJson
    expect(event.exact).toBe(event.value)
  })
  test('that it may not hold keep their text', () => {
    expect(numberOf('9007199254740993')).toEqual(new ExactNumber('9007199254740993'))
    expect(numberOf('0.12345678901234567')).toEqual(new ExactNumber('0.12345678901234567'))
    expect(numberOf('1e400')).toEqual(new ExactNumber('1e400'))
  })
  test('digits inside strings are no numbers', () => {
    const event = readText('{"a":"12345678901234567890 1e5"}') as EventJson
    expect(event.exact).toBe(event.value)
  })
  test('whichever way is taken, the text comes back', () => {
    const figures = fc.tuple(fc.constantFrom('', '-'), fc.bigInt(0n, 10n ** 22n), fc.integer({ min: 0, max: 8 }))
    fc.assert(
      fc.property(figures, ([sign, n, places]) => {
        const digits = String(n).padStart(places + 1, '0')
        const whole = digits.slice(0, digits.length - places)
        const text = `${sign}${whole}${places > 0 ? `.${digits.slice(-places)}` : ''}`
        const value = numberOf(text)
        const back = value instanceof ExactNumber ? value.text : canonicalJson(value)
        const strip = (t: string) => (t.includes('.') ? t.replace(/\.?0+$/, '') : t).replace(/^-0$/, '0')
        return strip(back) === strip(text)
      }),
    )
  })
})

describe('canonical JSON', () => {
  const canonical = (text: string) => canonicalJson((readText(text) as EventJson).exact)
  test.each([
    ['{"b": 1.0, "a": [null, true, "x"]}', '{"a":[null,true,"x"],"b":1}'],
    ['[1e2, 100, 100.0, 1E+2]', '[100,100,100,100]'],
    ['[0.0000001, 1e-7, 10e-8]', '[0.0000001,0.0000001,0.0000001]'],
    ['[-0, 0.000, 0e5]', '[0,0,0]'],
    ['[12345678901234567890.10]', '[12345678901234567890.1]'],
    ['[1e400, 10.0e399]', '[1e400,1e400]'],
    ['{"z":{"y":2,"x":1}}', '{"z":{"x":1,"y":2}}'],
  ])('%s', (text, expected) => {
    expect(canonical(text)).toBe(expected)
  })
  test('means the same as what it was made of', () => {
    fc.assert(
      fc.property(fc.jsonValue(), value => {
        const text = JSON.stringify(value)
        expect(JSON.parse(canonical(text))).toEqual(JSON.parse(text, (_, v) => (Object.is(v, -0) ? 0 : v)))
      }),
    )
  })
})
