import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Answer } from '../../../src/model/answer.ts'
import { Decimal } from '../../../src/model/decimal.ts'
import { EntityRef, Instant, Keyword, LocalDate } from '../../../src/model/value.ts'
import { csvAnswer, ednAnswer, jsonAnswer, ndjsonAnswer } from '../../../src/serve/format/answer-text.ts'
import { tableAnswer } from '../../../src/serve/format/table.ts'
import { anyColumn, column, relation, TestStrings } from '../../answers.ts'
import { momentView } from '../../fake-view.ts'

const view = momentView(42, Date.parse('2024-05-01T12:00:00Z'), true, Date.parse('2024-05-02T00:00:00Z'))
const text = (pieces: Iterable<string>): string => [...pieces].join('')
const parsed = (answer: Answer) => JSON.parse(text(jsonAnswer(answer, view)))

/** One column of each type, with a value that a careless format would spoil, and null. */
function everyType(): Answer {
  const s = new TestStrings()
  return relation(
    [
      column('string', 'string', ['a "b", c\nd', null], s),
      column('enum', 'enum(x|y)', ['x', null], s),
      column('long', 'long', [9007199254740991, null], s),
      column('wide', 'long', [9007199254740993n, null], s),
      column('ref', 'ref(customer)', [8589938723, null], s),
      column('double', 'double', [-0, null], s),
      column('boolean', 'boolean', [true, null], s),
      column('decimal', 'decimal(3)', ['2.550', null], s),
      column('huge', 'decimal(2)', ['123456789012345678901234567890123456.78', null], s),
      column('instant', 'instant', [1304208000123, null], s),
      column('micros', 'instant(6)', [1304208000123456, null], s),
      column('date', 'date', [15034, null], s),
      column('uuid', 'uuid', ['00000000-0000-0000-0000-000000000001', null], s),
      column('json', 'json', ['{"a":[1,"x"]}', null], s),
      column('keyword', 'keyword', [':a/b', null], s),
    ],
    2,
    s,
  )
}

describe('JSON', () => {
  it('has the moment, the columns and the result', () => {
    const s = new TestStrings()
    const answer = relation([column('country', 'string', ['France', null], s), column('n', 'long', [3, 4], s)], 2, s)
    expect(parsed(answer)).toEqual({
      ...{ t: 42, instant: '2024-05-01T12:00:00.000Z', settled: true, at: '2024-05-02T00:00:00.000Z', rows: 2 },
      columns: [
        { name: 'country', find: '?country', type: 'string', nullable: true },
        { name: 'n', find: '?n', type: 'long', nullable: false },
      ],
      result: [
        ['France', 3],
        [null, 4],
      ],
    })
  })

  it('writes each type exactly', () => {
    expect(text(jsonAnswer(everyType(), view)).split('"result":')[1]).toBe(
      '[["a \\"b\\", c\\nd","x",9007199254740991,"9007199254740993",8589938723,-0,true,"2.550",' +
        '"123456789012345678901234567890123456.78","2011-05-01T00:00:00.123Z","2011-05-01T00:00:00.123456Z","2011-03-01",' +
        '"00000000-0000-0000-0000-000000000001",{"a":[1,"x"]},":a/b"],' +
        `[${Array(15).fill('null').join(',')}]],"rows":2}\n`,
    )
  })

  it('says the type of each value where a column has several', () => {
    const s = new TestStrings()
    const values = [
      'x',
      5n,
      2n ** 60n,
      1.5,
      true,
      new Decimal(2550n, 3),
      Instant.ofMs(0),
      new LocalDate(0),
      new Keyword(':a'),
      new EntityRef(7),
      null,
      [1n],
    ]
    expect(parsed(relation([anyColumn('v', values)], values.length, s)).result.flat()).toEqual([
      { type: 'string', value: 'x' },
      { type: 'long', value: 5 },
      { type: 'long', value: '1152921504606846976' },
      { type: 'double', value: 1.5 },
      { type: 'boolean', value: true },
      { type: 'decimal(3)', value: '2.550' },
      { type: 'instant', value: '1970-01-01T00:00:00.000Z' },
      { type: 'date', value: '1970-01-01' },
      { type: 'keyword', value: ':a' },
      { type: 'ref', value: 7 },
      null,
      { type: 'list', value: [{ type: 'long', value: 1 }] },
    ])
  })

  it('writes any instant as JavaScript does', () => {
    const s = new TestStrings()
    const instants = fc.array(fc.integer({ min: -8e12, max: 8e12 }), { minLength: 1 })
    fc.assert(
      fc.property(instants, times => {
        const answer = relation([column('i', 'instant', times, s)], times.length, s)
        expect(parsed(answer).result.flat()).toEqual(times.map(ms => new Date(ms).toISOString()))
      }),
    )
  })

  it('shapes the result as the find spec does', () => {
    const s = new TestStrings()
    const two = relation([column('a', 'long', [1, 2], s), column('b', 'string', ['x', 'y'], s)], 2, s)
    const result = (answer: Partial<Answer>) => parsed({ ...two, ...answer }).result
    expect(result({})).toEqual([
      [1, 'x'],
      [2, 'y'],
    ])
    expect(result({ keys: ['number', 'letter'] })).toEqual([
      { number: 1, letter: 'x' },
      { number: 2, letter: 'y' },
    ])
    expect(result({ shape: 'collection' })).toEqual([1, 2])
    expect(result({ shape: 'tuple' })).toEqual([1, 'x'])
    expect(result({ shape: 'scalar' })).toBe(1)
    expect(result({ shape: 'relation', rows: 0 })).toEqual([])
    expect(result({ shape: 'collection', rows: 0 })).toEqual([])
    expect(result({ shape: 'tuple', rows: 0 })).toBeNull()
    expect(result({ shape: 'scalar', rows: 0 })).toBeNull()
  })

  it('comes in pieces, of which none is long', () => {
    const s = new TestStrings()
    const rows = 100_000
    const numbers = Array.from({ length: rows }, (_, i) => i)
    const pieces = [...jsonAnswer(relation([column('n', 'long', numbers, s)], rows, s), view)]
    expect(pieces.length).toBeGreaterThan(8)
    expect(Math.max(...pieces.map(piece => piece.length))).toBeLessThan(66_000)
    expect(JSON.parse(pieces.join('')).result.flat()).toEqual(numbers)
  })
})

describe('EDN', () => {
  it('writes each type exactly', () => {
    expect(text(ednAnswer(everyType(), view)).split(':result ')[1]).toBe(
      '[["a \\"b\\", c\\nd" "x" 9007199254740991 9007199254740993 8589938723 -0.0 true 2.550M ' +
        '123456789012345678901234567890123456.78M #inst "2011-05-01T00:00:00.123Z" #inst "2011-05-01T00:00:00.123456Z" ' +
        '#date "2011-03-01" #uuid "00000000-0000-0000-0000-000000000001" "{\\"a\\":[1,\\"x\\"]}" :a/b] ' +
        `[${Array(15).fill('nil').join(' ')}]] :rows 2}\n`,
    )
  })

  it('has maps for :keys, and nil for nothing', () => {
    const s = new TestStrings()
    const answer = relation([column('a', 'long', [1], s), column('b', 'string', ['x'], s)], 1, s)
    expect(text(ednAnswer({ ...answer, keys: ['n', 'l'] }, view))).toContain(':result [{:n 1 :l "x"}] :rows 1')
    expect(text(ednAnswer({ ...answer, shape: 'scalar', rows: 0 }, view))).toContain(':result nil :rows 0')
  })
})

describe('CSV', () => {
  it('writes each type exactly, with quotes only where they are needed', () => {
    expect(text(csvAnswer(everyType()))).toBe(
      'string,enum,long,wide,ref,double,boolean,decimal,huge,instant,micros,date,uuid,json,keyword\r\n' +
        '"a ""b"", c\nd",x,9007199254740991,9007199254740993,8589938723,-0,true,2.550,123456789012345678901234567890123456.78,' +
        '2011-05-01T00:00:00.123Z,2011-05-01T00:00:00.123456Z,2011-03-01,00000000-0000-0000-0000-000000000001,"{""a"":[1,""x""]}",:a/b\r\n' +
        `${','.repeat(14)}\r\n`,
    )
  })

  it('tells null from the empty string', () => {
    const s = new TestStrings()
    expect(text(csvAnswer(relation([column('a', 'string', ['', null, 'x'], s)], 3, s)))).toBe('a\r\n""\r\n\r\nx\r\n')
  })

  it('gives back whatever text it was given', () => {
    const s = new TestStrings()
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.string({ unit: fc.constantFrom('a', '"', ',', '\r', '\n', ' ', 'ü') }), fc.integer()), {
          minLength: 1,
        }),
        rows => {
          const answer = relation(
            [
              column(
                'a',
                'string',
                rows.map(([a]) => a),
                s,
              ),
              column(
                'n',
                'long',
                rows.map(([, n]) => n),
                s,
              ),
            ],
            rows.length,
            s,
          )
          expect(readCsv(text(csvAnswer(answer))).slice(1)).toEqual(rows.map(([a, n]) => [a, String(n)]))
        },
      ),
      { numRuns: 100 },
    )
  })
})

/** RFC 4180, read character by character. */
function readCsv(csv: string): string[][] {
  const rows: string[][] = []
  let row: string[] = []
  let field = ''
  let quoted = false
  for (let i = 0; i < csv.length; i++) {
    if (quoted && csv[i] === '"' && csv[i + 1] === '"') field += csv[i++]
    else if (csv[i] === '"') quoted = !quoted
    else if (!quoted && (csv[i] === ',' || csv.startsWith('\r\n', i))) {
      row.push(field)
      field = ''
      if (csv[i] === ',') continue
      rows.push(row)
      row = []
      i++
    } else field += csv[i]
  }
  return rows
}

describe('NDJSON', () => {
  it('is one object a row', () => {
    const s = new TestStrings()
    const answer = relation([column('a', 'long', [1, null], s), column('b "c"', 'string', ['x\ny', ''], s)], 2, s)
    expect(text(ndjsonAnswer(answer))).toBe('{"a":1,"b \\"c\\"":"x\\ny"}\n{"a":null,"b \\"c\\"":""}\n')
  })
})

describe('names that stand twice', () => {
  const s = new TestStrings()
  const twice = relation([column('x', 'long', [1], s), column('x', 'long', [2], s)], 1, s)

  it('are refused before the first byte where a format needs names, and :keys help', () => {
    for (const format of [csvAnswer, ndjsonAnswer]) {
      expect(() => format(twice)).toThrow(
        'two columns are named x, and this format needs names: give others with :keys',
      )
      expect(text(format({ ...twice, keys: ['a', 'b'] }))).toContain('a')
    }
    expect(parsed(twice).result).toEqual([[1, 2]])
  })
})

describe('a table', () => {
  it('is aligned, numbers to the right, and moves no cursor', () => {
    const s = new TestStrings()
    const answer = relation(
      [
        column('who', 'string', ['Zoë', '日本', '', null, 'a\u001b[2J\nb'], s),
        column('n', 'long', [1, 20, 300, null, 4], s),
      ],
      5,
      s,
    )
    expect(text(tableAnswer(answer)).split('\n')).toEqual([
      '?who            ?n',
      '-------------  ---',
      'Zoë              1',
      '日本            20',
      '""             300',
      '',
      'a\\u001b[2J\\nb    4',
      '',
    ])
  })
})
