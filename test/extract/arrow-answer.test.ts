import { spawnSync } from 'node:child_process'
import { tableFromIPC } from 'apache-arrow'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { arrowAnswer, type Provenance } from '../../src/extract/arrow-answer.ts'
import type { Answer } from '../../src/model/answer.ts'
import { Decimal } from '../../src/model/decimal.ts'
import { Keyword } from '../../src/model/value.ts'
import { anyColumn, type Cell, column, relation, TestStrings } from '../answers.ts'
import { momentView } from '../fake-view.ts'
import { pythonWithArrow } from '../given.ts'

const provenance: Provenance = {
  view: momentView(42, Date.parse('2024-05-01T12:00:00Z'), true),
  query: 'spending',
  version: '0123456789abcdef',
  args: '{"country":"France"}',
  shard: '1/8',
}

const bytesOf = (answer: Answer): Buffer => Buffer.concat([...arrowAnswer(answer, provenance)].flat())

/** All messages of a stream: their kind, and the metadata of the last batch. */
const read = (answer: Answer) => tableFromIPC(bytesOf(answer))

function everyType(): Answer {
  const s = new TestStrings()
  const columns = [
    column('s', 'string', ['a', 'ü€😀', '', 'a'], s),
    column('sn', 'string', ['a', null, 'b', null], s),
    column('e', 'enum(x|y)', ['x', 'y', 'x', 'x'], s),
    column('l', 'long', [1, -1, 2 ** 53 - 1, -(2 ** 53 - 1)], s),
    column('l64', 'long', [9223372036854775807n, -9223372036854775808n, 0n, 5n], s),
    column('ln', 'long', [1, null, 4294967296, -4294967297], s),
    column('r', 'ref(customer)', [4294967297, 8589938723, 4294967297, 1], s),
    column('d', 'double', [1.5, -0, 1e300, 5e-324], s),
    column('dn', 'double', [null, null, null, 1], s),
    column('b', 'boolean', [true, false, true, true], s),
    column('bn', 'boolean', [null, false, true, null], s),
    column('m', 'decimal(3)', ['2.550', '-0.001', '0', '9007199254740.991'], s),
    column('m64', 'decimal(2)', ['92233720368547758.07', '-92233720368547758.08', '0.01', '1'], s),
    column(
      'm128',
      'decimal(4)',
      ['1234567890123456789012345678901234.5678', '-1234567890123456789012345678901234.5678', null, '-0.0001'],
      s,
    ),
    column('i', 'instant', [0, 1304208000123, -1, 1], s),
    column('u', 'instant(6)', [0, 1304208000123456, -1, 1], s),
    column('t', 'date', [0, 15034, -1, 1], s),
    column('id', 'uuid', ['00000000-0000-0000-0000-000000000001', null, 'b', 'c'], s),
    column('j', 'json', ['{"a":1}', '[]', '1', '"x"'], s),
    column('k', 'keyword', [':a/b', ':c', ':a/b', ':c'], s),
    anyColumn('any', ['text', 7n, null, [new Decimal(2550n, 3), new Keyword(':a/b'), true]]),
  ]
  return relation(columns, 4, s)
}

describe('an answer as Arrow', () => {
  it('has the type that each column promises', () => {
    const { schema } = read(everyType())
    expect(Object.fromEntries(schema.fields.map(field => [field.name, `${field.type}`]))).toEqual({
      ...{ s: 'Dictionary<Int32, Utf8>', sn: 'Dictionary<Int32, Utf8>', e: 'Dictionary<Int32, Utf8>' },
      ...{ l: 'Int64', l64: 'Int64', ln: 'Int64', r: 'Int64', d: 'Float64', dn: 'Float64', b: 'Bool', bn: 'Bool' },
      ...{ m: 'Decimal[38e+3]', m64: 'Decimal[38e+2]', m128: 'Decimal[38e+4]' },
      ...{ i: 'Timestamp<MILLISECOND, UTC>', u: 'Timestamp<MICROSECOND, UTC>', t: 'Date32<DAY>' },
      ...{ id: 'Utf8', j: 'Utf8', k: 'Utf8', any: 'Utf8' },
    })
    expect(schema.fields.filter(field => field.nullable).map(field => field.name)).toEqual([
      'sn',
      'ln',
      'dn',
      'bn',
      'm128',
      'id',
      'any',
    ])
  })

  it('says where it comes from', () => {
    expect(Object.fromEntries(read(everyType()).schema.metadata)).toEqual({
      'heartwood.query': 'spending',
      'heartwood.version': '0123456789abcdef',
      'heartwood.args': '{"country":"France"}',
      'heartwood.t': '42',
      'heartwood.instant': '2024-05-01T12:00:00.000Z',
      'heartwood.settled': 'true',
      'heartwood.shard': '1/8',
    })
  })

  it('is read by pyarrow as it was, to the last digit (needs HEARTWOOD_PYTHON)', context => {
    const python = pythonWithArrow()
    if (python === null) return context.skip()
    const script = `
import sys, json, pyarrow as pa, pyarrow.ipc as ipc
reader = ipc.open_stream(sys.stdin.buffer)
rows, last, batches = [], None, 0
while True:
    try: batch, last = reader.read_next_batch_with_custom_metadata()
    except StopIteration: break
    batch.validate(full=True)
    batches += 1
    columns = [c.cast(pa.string()) if pa.types.is_timestamp(c.type) or pa.types.is_dictionary(c.type) else c for c in batch.columns]
    rows += [[None if v is None else str(v) for v in row] for row in zip(*[c.to_pylist() for c in columns])]
print(json.dumps({"rows": rows, "batches": batches, "types": [str(f.type) + ("" if f.nullable else " not null") for f in reader.schema], "last": {k.decode(): v.decode() for k, v in last.items()}}))
`
    const answer = everyType()
    const { stdout, stderr, status } = spawnSync(python, ['-c', script], { input: bytesOf(answer) })
    expect(stderr.toString()).toBe('')
    expect(status).toBe(0)
    const { rows, batches, types, last } = JSON.parse(stdout.toString())
    expect(batches).toBe(2)
    expect(last).toEqual({ 'heartwood.rows': '4' })
    expect(types.slice(3, 6)).toEqual(['int64 not null', 'int64 not null', 'int64'])
    const transposed = answer.columns.map((_, c) => rows.map((row: unknown[]) => row[c]))
    expect(Object.fromEntries(answer.columns.map(({ name }, c) => [name, transposed[c]]))).toEqual({
      s: ['a', 'ü€😀', '', 'a'],
      sn: ['a', null, 'b', null],
      e: ['x', 'y', 'x', 'x'],
      l: ['1', '-1', '9007199254740991', '-9007199254740991'],
      l64: ['9223372036854775807', '-9223372036854775808', '0', '5'],
      ln: ['1', null, '4294967296', '-4294967297'],
      r: ['4294967297', '8589938723', '4294967297', '1'],
      d: ['1.5', '-0.0', '1e+300', '5e-324'],
      dn: [null, null, null, '1.0'],
      b: ['True', 'False', 'True', 'True'],
      bn: [null, 'False', 'True', null],
      m: ['2.550', '-0.001', '0.000', '9007199254740.991'],
      m64: ['92233720368547758.07', '-92233720368547758.08', '0.01', '1.00'],
      m128: ['1234567890123456789012345678901234.5678', '-1234567890123456789012345678901234.5678', null, '-0.0001'],
      i: [
        '1970-01-01 00:00:00.000Z',
        '2011-05-01 00:00:00.123Z',
        '1969-12-31 23:59:59.999Z',
        '1970-01-01 00:00:00.001Z',
      ],
      u: [
        '1970-01-01 00:00:00.000000Z',
        '2011-05-01 00:00:00.123456Z',
        '1969-12-31 23:59:59.999999Z',
        '1970-01-01 00:00:00.000001Z',
      ],
      t: ['1970-01-01', '2011-03-01', '1969-12-31', '1970-01-02'],
      id: ['00000000-0000-0000-0000-000000000001', null, 'b', 'c'],
      j: ['{"a":1}', '[]', '1', '"x"'],
      k: [':a/b', ':c', ':a/b', ':c'],
      any: ['"text"', '7', null, '[2.550M :a/b true]'],
    })
  })

  it('comes in batches that share one dictionary', () => {
    const s = new TestStrings()
    const rows = 300_000
    const answer = relation(
      [
        column(
          's',
          'string',
          Array.from({ length: rows }, (_, i) => `text ${i % 7}`),
          s,
        ),
        column(
          'n',
          'long',
          Array.from({ length: rows }, (_, i) => i * 2 ** 20),
          s,
        ),
        column(
          'm',
          'long',
          Array.from({ length: rows }, (_, i) => (i % 3 === 0 ? null : i)),
          s,
        ),
      ],
      rows,
      s,
    )
    const messages = [...arrowAnswer(answer, provenance)]
    expect(messages).toHaveLength(5)
    const size = (chunks: readonly Uint8Array[]) => chunks.reduce((sum, chunk) => sum + chunk.length, 0)
    expect(Math.max(...messages.map(size))).toBeLessThan(3_500_000)
    const table = tableFromIPC(Buffer.concat(messages.flat()))
    expect(table.numRows).toBe(rows)
    for (const i of [0, 131_071, 131_072, 262_144, 299_999]) {
      expect(table.get(i)?.toJSON()).toEqual({
        s: `text ${i % 7}`,
        n: BigInt(i * 2 ** 20),
        m: i % 3 === 0 ? null : BigInt(i),
      })
    }
  })

  it('is a file where one is wanted, which pyarrow opens from its end (needs HEARTWOOD_PYTHON)', context => {
    const python = pythonWithArrow()
    if (python === null) return context.skip()
    const s = new TestStrings()
    const rows = 300_000
    const numbers = Array.from({ length: rows }, (_, i) => i)
    const texts = numbers.map(i => `text ${i % 7}`)
    const answer = relation([column('s', 'string', texts, s), column('n', 'long', numbers, s)], rows, s)
    const file = Buffer.concat([...arrowAnswer(answer, provenance, 'file')].flat())
    const script = `
import sys, pyarrow as pa, pyarrow.ipc as ipc, pyarrow.compute as pc
reader = ipc.open_file(pa.BufferReader(sys.stdin.buffer.read()))
table = reader.read_all()
table.validate(full=True)
print(reader.num_record_batches, table.num_rows, pc.sum(table["n"]), table["s"][299999], reader.schema.metadata[b"heartwood.t"].decode())
`
    const { stdout, stderr } = spawnSync(python, ['-c', script], { input: file })
    expect(stderr.toString()).toBe('')
    expect(stdout.toString().trim()).toBe('4 300000 44999850000 text 0 42')
  })

  it('of no rows is a schema and an end', () => {
    const s = new TestStrings()
    const table = read(
      relation([column('s', 'string', [], s), column('k', 'keyword', [], s), column('m', 'decimal(2)', [], s)], 0, s),
    )
    expect(table.numRows).toBe(0)
    expect(table.schema.fields.map(field => field.name)).toEqual(['s', 'k', 'm'])
  })

  it('gives back whatever longs, texts and nulls it was given', () => {
    const cell = (values: fc.Arbitrary<Cell>) =>
      fc.array(fc.option(values, { freq: 4 }), { minLength: 9, maxLength: 9 })
    fc.assert(
      fc.property(
        cell(fc.maxSafeInteger()),
        cell(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
        cell(fc.string({ unit: 'grapheme' })),
        cell(fc.boolean()),
        (safe, long, text, flag) => {
          const s = new TestStrings()
          const given = { safe, long, text, flag }
          const types = { safe: 'long', long: 'long', text: 'string', flag: 'boolean' }
          const names = Object.keys(given) as (keyof typeof given)[]
          const columns = names.map(name => column(name, types[name], given[name], s))
          const table = read(relation(columns, 9, s))
          for (const name of names) {
            const expected = given[name].map(value =>
              types[name] === 'long' && value !== null ? BigInt(value as number) : value,
            )
            expect([...table.getChild(name)!]).toEqual(expected)
          }
        },
      ),
      { numRuns: 60 },
    )
  })

  it('refuses a name that stands twice, and takes :keys instead', () => {
    const s = new TestStrings()
    const twice = relation([column('x', 'long', [1], s), column('x', 'long', [2], s)], 1, s)
    expect(() => read(twice)).toThrow('two columns are named x, and this format needs names: give others with :keys')
    expect(read({ ...twice, keys: ['a', 'b'] }).schema.fields.map(field => field.name)).toEqual(['a', 'b'])
  })
})
