import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { ManualClock } from '../../src/base/clock.ts'
import { FactError } from '../../src/base/error.ts'
import type { LateFile } from '../../src/ingest/before-frontier.ts'
import { type FileSourceOptions, fileSource } from '../../src/ingest/file-source.ts'
import type { Batch, Position } from '../../src/ingest/source.ts'
import type { RawRecord } from '../../src/model/transaction.ts'
import { shared } from '../given.ts'

const folder = mkdtempSync(join(tmpdir(), 'heartwood-files-'))
afterAll(() => rmSync(folder, { recursive: true }))

const NOW = Date.parse('2026-01-01T00:00:00Z')
const DAY = 86_400_000
let files = 0

function write(content: string | Uint8Array, ending = '.ndjson'): string {
  const path = join(folder, `${++files}${ending}`)
  writeFileSync(path, content)
  return path
}

const event = (id: number, timestamp = 1000 + id) =>
  `{"topic":"t","key":"${id}","timestamp":${timestamp},"value":{"id":${id}}}`
const events = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => `${event(from + i)}\n`).join('')

interface Outcome {
  readonly records: RawRecord[]
  readonly batches: Batch[]
  /** Of the end of each source that moved. */
  readonly positions: Map<string, Position>
  readonly error: FactError | null
}

type Line = Extract<RawRecord['origin'], { line: number }>

const kept = (record: RawRecord): RawRecord => ({ ...record, value: record.value && Buffer.from(record.value) })

/** Reads everything, or the first `most` batches. */
async function read(options: Partial<FileSourceOptions> & { paths?: string[]; most?: number }): Promise<Outcome> {
  const { paths = [], most = Number.POSITIVE_INFINITY, ...rest } = options
  const files = paths.map((path, i) => ({ path, name: `f${i}` }))
  const source = fileSource({ files, positions: new Map(), clock: new ManualClock(NOW), ...rest })
  const outcome = { records: [] as RawRecord[], batches: [] as Batch[], positions: new Map(options.positions ?? []) }
  try {
    for await (const batch of source.batches()) {
      outcome.batches.push(batch)
      outcome.records.push(...[...batch.records].map(kept))
      for (const position of batch.positions) outcome.positions.set(position.name, position)
      await source.acknowledge(batch)
      if (outcome.batches.length >= most) break
    }
  } catch (error) {
    if (!(error instanceof FactError)) throw error
    return { ...outcome, error }
  }
  return { ...outcome, error: null }
}

const lines = (records: readonly RawRecord[]) => records.map(({ origin }) => ('line' in origin ? origin.line : 0))
const values = (records: readonly RawRecord[]) => records.map(({ value }) => value && Buffer.from(value).toString())
const faults = (records: readonly RawRecord[]) => records.filter(({ fault }) => fault).map(({ fault }) => fault!.reason)

describe('a file', () => {
  test('gives its events with their places, and ends caught up', async () => {
    const { records, positions, batches } = await read({ paths: [write(events(1, 3))] })
    expect(records[1]).toEqual({
      origin: { file: 'f0', topic: 't', line: 2 },
      timestamp: 1002,
      key: Buffer.from('2'),
      headers: {},
      value: Buffer.from('{"id":2}'),
    })
    expect(lines(records)).toEqual([1, 2, 3])
    expect([...positions.values()]).toEqual([
      { name: 'file:f0', next: 4n, known: 1003, digest: expect.stringMatching(/^[0-9a-f]{64}\.[0-9a-f]{16}$/) },
    ])
    expect(batches.map(({ caughtUp }) => caughtUp)).toEqual([false, true])
  })

  test('may lack the last newline, have empty lines, CRLF and a byte order mark', async () => {
    const path = write(`\ufeff${event(1)}\r\n\r\n  \n${event(2)}\r\n\n${event(3)}`)
    const { records, positions } = await read({ paths: [path] })
    expect(values(records)).toEqual(['{"id":1}', '{"id":2}', '{"id":3}'])
    expect(lines(records)).toEqual([1, 4, 6])
    expect(positions.get('file:f0')!.next).toBe(7n)
  })

  test('that is empty is at its end at once', async () => {
    for (const content of ['', '\n\n']) {
      const { records, batches, error } = await read({ paths: [write(content)] })
      expect({ records, error, ends: batches.at(-1)!.caughtUp }).toEqual({ records: [], error: null, ends: true })
    }
  })

  test('keeps longs of 64 bits and the spelling of numbers', async () => {
    const value = '{"id":9223372036854775807,"price":1.10,"x":1e2}'
    const { records } = await read({ paths: [write(`{"topic":"t","timestamp":1,"value":${value}}\n`)] })
    expect(values(records)).toEqual([value])
  })

  test('gives lines that are no events as faults with their bytes, in their place', async () => {
    const broken = ['nonsense', '{"topic":"t","value":{}}', '{"topic":"t","timestamp":5,"value":{}} {']
    const path = write([event(1), broken[0], event(2), broken[1], broken[2], event(3)].join('\n'))
    const { records } = await read({ paths: [path] })
    expect(lines(records)).toEqual([1, 2, 3, 4, 5, 6])
    expect(records.map(({ fault }) => fault?.reason ?? null)).toEqual([
      null,
      'not-json',
      null,
      'not-json',
      'not-json',
      null,
    ])
    expect(values([records[1], records[3], records[4]])).toEqual(broken)
    expect(records.map(({ timestamp }) => timestamp)).toEqual([1001, 1001, 1002, 1002, 1002, 1003])
    expect(records[3].origin.topic).toBe('t')
    expect(records[1].fault!.detail).toContain('not JSON')
  })

  test('with a line of 50 MB gives a fault and goes on, in bounded memory', async () => {
    const piece = Buffer.alloc(1 << 20, 'x')
    async function* content() {
      yield Buffer.from(events(1, 2))
      for (let i = 0; i < 50; i++) yield piece
      yield Buffer.from(`\n${events(3, 3)}`)
    }
    const before = process.memoryUsage().arrayBuffers
    let most = 0
    const progress = () => {
      most = Math.max(most, process.memoryUsage().arrayBuffers - before)
    }
    const { records, positions } = await read({ paths: ['-'], stdin: Readable.from(content()), progress })
    expect(lines(records)).toEqual([1, 2, 3, 4])
    expect(records[2].fault).toEqual({ reason: 'too-large', detail: expect.stringContaining('52428800 bytes') })
    expect(records[2].value!.length).toBe(65_536)
    expect(positions.get('file:f0')!.next).toBe(5n)
    expect(most).toBeLessThan(20 << 20)
    const again = await read({ paths: ['-'], stdin: Readable.from(content()), positions })
    expect(again.error).toBeNull()
    expect(again.records).toEqual([])
  })

  test('has a limit for lines that can be set', async () => {
    const { records } = await read({ paths: [write(events(1, 9) + events(10, 12))], longest: event(1).length })
    expect(faults(records)).toEqual(['too-large', 'too-large', 'too-large'])
    expect(records.length).toBe(12)
  })

  test.each([
    ['a file that is not there', () => join(folder, 'absent'), 'there is no file'],
    ['a folder', () => folder, 'is a folder'],
  ])('%s is refused before anything is read', async (_, path, words) => {
    const { error, records } = await read({ paths: [write(event(1)), path()] })
    expect(error!.kind).toBe('usage')
    expect(error!.message).toContain(words)
    expect(records).toEqual([])
  })

  test('needs a name of its own', async () => {
    const path = write(event(1))
    const { error } = await read({ files: [path, path].map(path => ({ path, name: 'same' })) })
    expect(error!.message).toContain('two files are called same')
  })

  test('tells its progress', async () => {
    const seen: unknown[] = []
    const path = write(events(1, 2))
    await read({ paths: [path], progress: progress => seen.push(progress) })
    const size = events(1, 2).length
    expect(seen[0]).toEqual({ name: 'f0', line: 2, read: size, size })
  })

  test('lets go when it is stopped, between batches and while it waits', async () => {
    const source = fileSource({
      files: [{ path: '-', name: 'pipe' }],
      positions: new Map(),
      clock: new ManualClock(NOW),
      stdin: new Readable({ read() {} }),
    })
    setTimeout(() => void source.stop(), 20)
    for await (const batch of source.batches()) expect(batch).toBeNull()

    const { records } = await read({ paths: [write(events(1, 10_000))], most: 1 })
    expect(records.length).toBe(4096)
  })
})

describe('a packed file', () => {
  test('reads as the plain one, whatever it is called, and in several members', async () => {
    const packed = Buffer.concat([gzipSync(events(1, 700)), gzipSync(events(701, 1500))])
    const plain = await read({ paths: [write(events(1, 1500))] })
    for (const ending of ['.gz', '.ndjson']) {
      const { records, positions } = await read({ paths: [write(packed, ending)] })
      expect(values(records)).toEqual(values(plain.records))
      expect(positions).toEqual(plain.positions)
    }
  })

  test('that is cut off delivers all whole lines, then says at which byte', async () => {
    const text = events(1, 20_000)
    const whole = gzipSync(text)
    for (const share of [0.3, 0.7, 0.999]) {
      const cut = whole.subarray(0, Math.floor(whole.length * share))
      const path = write(cut, '.gz')
      const { records, positions, error } = await read({ paths: [path] })
      expect(error).toMatchObject({ kind: 'unavailable', details: { file: path, offset: cut.length } })
      expect(records.length).toBeGreaterThan(20_000 * (share - 0.1))
      expect(values(records)).toEqual(Array.from({ length: records.length }, (_, i) => `{"id":${i + 1}}`))
      expect(positions.get('file:f0')!.next).toBe(BigInt(records.length + 1))
      // and goes on when it is whole
      writeFileSync(path, whole)
      const rest = await read({ paths: [path], positions })
      expect(rest.error).toBeNull()
      expect(lines(rest.records)[0]).toBe(records.length + 1)
      expect(records.length + rest.records.length).toBe(20_000)
    }
  })

  test('and one that is not give their memory back once what was in it is durable, and not before', async () => {
    const text = events(1, 20_000)
    for (const path of [write(text), write(gzipSync(text), '.gz')])
      for (const durable of [true, false]) {
        const source = fileSource({ files: [{ path, name: 'f' }], positions: new Map(), clock: new ManualClock(NOW) })
        const records: RawRecord[] = []
        for await (const batch of source.batches()) {
          expect(values([...batch.records])).toEqual(
            [...batch.records].map(({ origin }) => `{"id":${(origin as Line).line}}`),
          )
          records.push(...batch.records)
          if (durable) await source.acknowledge(batch)
        }
        expect(records.length).toBe(20_000)
        // all chunks but those that were not filled, and no line that lay in two of them
        const gone = records.filter(({ value }) => value!.length === 0).length
        if (durable) expect(gone).toBeGreaterThan(10_000)
        else expect(gone).toBe(0)
      }
  })

  test('with a trailer cut, with damage, with rubbish behind it, or empty, is refused', async () => {
    const whole = gzipSync(events(1, 3))
    const damaged = Buffer.from(whole)
    damaged[whole.length - 6] ^= 1
    for (const bytes of [
      whole.subarray(0, -1),
      damaged,
      Buffer.concat([whole, Buffer.from('rubbish')]),
      Buffer.alloc(0),
    ]) {
      const { error } = await read({ paths: [write(bytes, '.gz')] })
      expect(error?.kind).toBe('unavailable')
      expect(error!.message).toContain('cannot be unpacked')
    }
  })
})

describe('a position (store rule 26)', () => {
  test('goes on exactly there, after any batch and with a digest for each', async () => {
    const path = write(events(1, 10_000))
    const whole = await read({ paths: [path] })
    const first = await read({ paths: [path], most: 1 })
    const rest = await read({ paths: [path], positions: first.positions })
    expect(first.records.length + rest.records.length).toBe(10_000)
    expect(lines(rest.records)[0]).toBe(first.records.length + 1)
    expect(rest.positions).toEqual(whole.positions)
    const nothing = await read({ paths: [path], positions: whole.positions })
    expect(nothing.records).toEqual([])
    expect(nothing.batches).toEqual([{ records: [], positions: [], caughtUp: true }])
  })

  test.each(['\n', '\r\n'])(
    'goes on when the file has grown, also behind a last line without newline (%j)',
    async newline => {
      const text = (to: number) => Array.from({ length: to }, (_, i) => event(i + 1)).join(newline)
      const path = write(text(3))
      const before = await read({ paths: [path] })
      writeFileSync(path, text(5))
      const { records, error } = await read({ paths: [path], positions: before.positions })
      expect(error).toBeNull()
      expect(lines(records)).toEqual([4, 5])
    },
  )

  test('refuses a file whose beginning differs, and says from which line', async () => {
    const path = write(events(1, 5000))
    const { positions } = await read({ paths: [path] })
    for (const [changed, from, to] of [
      [1, 1, 1],
      [2, 2, 2],
      [700, 513, 1024],
      [5000, 4097, 5000],
    ]) {
      writeFileSync(path, events(1, 5001).replace(`"key":"${changed}"`, '"key":"x"'))
      const { error, records } = await read({ paths: [path], positions })
      expect(records).toEqual([])
      expect(error).toMatchObject({ kind: 'unavailable', details: { file: path, line: from } })
      expect(error!.message).toContain(from === to ? `: line ${to} differs first` : `one of the lines ${from} to ${to}`)
      expect(error!.message).toContain('1970-01-01T00:00:06.000Z')
    }
  })

  test('refuses a file that shrank', async () => {
    const path = write(events(1, 50))
    const { positions } = await read({ paths: [path] })
    writeFileSync(path, events(1, 49))
    const { error, records } = await read({ paths: [path], positions })
    expect(records).toEqual([])
    expect(error!.message).toContain('has only 49 lines now, but 50 were read')
  })

  test('of another name refuses the same content, unless told to read it again', async () => {
    const { positions } = await read({ paths: [write(events(1, 3000))] })
    const copy = write(gzipSync(events(1, 3001)), '.gz')
    const other = { files: [{ path: copy, name: 'other' }], positions }
    const { error, records } = await read(other)
    expect(records).toEqual([])
    expect(error!.message).toContain('begins with all 3000 lines that were loaded as f0')
    expect((await read({ ...other, again: true })).records.length).toBe(3001)
    const different = { files: [{ path: write(events(2, 3001)), name: 'other' }], positions }
    expect((await read(different)).records.length).toBe(3000)
  })

  test('of two equal files in one call goes on where it was interrupted; one that was loaded whole before is refused', async () => {
    const text = Array.from({ length: 5000 }, (_, i) => `${event(i, 1000)}\n`).join('')
    const paths = [write(text), write(text)]
    const first = await read({ paths, most: 1 })
    expect([...first.positions.keys()]).toEqual(['file:f0'])
    const rest = await read({ paths, positions: first.positions })
    expect(rest.error).toBeNull()
    expect(first.records.length + rest.records.length).toBe(10_000)
    expect(rest.positions).toEqual((await read({ paths })).positions)

    const { positions } = await read({ paths: paths.slice(0, 1) })
    const late = await read({ paths, positions })
    expect(late.records).toEqual([])
    expect(late.error!.message).toContain('begins with all 5000 lines that were loaded as f0')
  })

  test('after any number of interruptions gives each line once, whatever the files', async () => {
    const anyFile = fc.array(fc.tuple(fc.nat(50), fc.constantFrom('', '\n', 'x\n', '\r')), { maxLength: 30 })
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyFile, { minLength: 1, maxLength: 3 }),
        fc.array(fc.nat(2)),
        async (contents, stops) => {
          // a file whose lines were all loaded under another name is refused, so no two begin the same
          const paths = contents.map((lines, file) =>
            write(lines.map(([timestamp, more], i) => `${event(100 * file + i, timestamp)}\n${more}`).join('')),
          )
          const whole = await read({ paths })
          let positions: ReadonlyMap<string, Position> = new Map()
          const records: RawRecord[] = []
          for (const most of [...stops, Number.POSITIVE_INFINITY]) {
            const part = await read({ paths, positions, most })
            records.push(...part.records)
            positions = part.positions
          }
          expect(records).toEqual(whole.records)
          expect(positions).toEqual(whole.positions)
        },
      ),
      { numRuns: 30 },
    )
  })
})

describe('several files', () => {
  test('rule 3: merge by known, ties in the order given', async () => {
    const a = write([event(1, 10), event(2, 30), event(3, 20), event(4, 40)].join('\n'))
    const b = write([event(5, 10), event(6, 25), event(7, 30), event(8, 35)].join('\n'))
    const { records } = await read({ paths: [a, b] })
    expect(values(records).map(value => JSON.parse(value!).id)).toEqual([1, 5, 6, 2, 3, 7, 8, 4])
  })

  test('of many lines are read side by side in batches of bounded size', async () => {
    const texts = [events(1, 30_000), events(15_001, 45_000), events(20_000, 20_010)]
    const { records, batches, positions } = await read({ paths: texts.map(text => write(text)) })
    const expected = texts
      .flatMap((text, file) =>
        text
          .trimEnd()
          .split('\n')
          .map(line => ({ file, timestamp: JSON.parse(line).timestamp as number })),
      )
      .sort((x, y) => x.timestamp - y.timestamp || x.file - y.file)
    expect(
      records.map(({ timestamp, origin }) => ({
        file: Number(('file' in origin ? origin.file : '').slice(1)),
        timestamp,
      })),
    ).toEqual(expected)
    expect(Math.max(...batches.map(batch => batch.records.length))).toBeLessThanOrEqual(4096)
    expect([...positions.values()].map(({ next }) => next)).toEqual([30_001n, 30_001n, 12n])
  })
})

describe('a timestamp that claims the future', () => {
  test('rule 3: counts as now, and stops the file at the first line that lies over a day behind', async () => {
    const recent = (id: number, ago: number) => event(id, NOW - ago)
    const content = [recent(1, 5), event(2, NOW + 40 * DAY), recent(3, DAY), recent(4, DAY + 1), recent(5, 0)].join(
      '\n',
    )
    const path = write(content)
    const { records, error, positions } = await read({ paths: [path] })
    expect(lines(records)).toEqual([1, 2, 3])
    expect(positions.get('file:f0')).toMatchObject({ next: 4n, known: NOW })
    expect(error).toMatchObject({ kind: 'unavailable', details: { file: path, line: 4 } })
    expect(error!.message).toContain('line 2 before it claims 2026-01-01T00:00:00.000Z')
    expect(error!.message).toContain('--accept-future')
    const rest = await read({ paths: [path], positions, acceptFuture: true })
    expect(lines(rest.records)).toEqual([4, 5])
    const still = await read({ paths: [path], positions })
    expect(still.error!.message).toContain('a line that was read earlier')
  })
})

describe('rule 5: a file that begins before the frontier', () => {
  const announced = async (frontier: number, options: Parameters<typeof read>[0]) => {
    const said: LateFile[] = []
    const outcome = await read({ frontier, late: file => said.push(file), ...options })
    return { said, outcome }
  }

  test('is announced before anything of it is handed out, with the number of events that become late', async () => {
    const path = write(
      [event(1, 10), 'no event', event(2, 30), event(3, 20), '', event(4, 40), event(5, 39)].join('\n'),
    )
    const said: LateFile[] = []
    const order: string[] = []
    const late = (file: LateFile) => {
      said.push(file)
      order.push('said')
    }
    const source = fileSource({
      ...{ files: [{ path, name: 'f0' }], positions: new Map(), clock: new ManualClock(NOW), frontier: 40, late },
    })
    for await (const { records } of source.batches()) if (records.length > 0) order.push('handed out')
    expect(order.slice(0, 2)).toEqual(['said', 'handed out'])
    // 30 and 20 are both known at 30; 39 behind 40 is known at 40, which is the frontier itself
    expect(said).toEqual([{ name: 'f0', first: 10, events: 3 }])
  })

  test('is counted from where it was read to, and as it will be read', async () => {
    const path = write(`${String.fromCharCode(0xfeff)}${events(1, 100)}`)
    const counted = async (frontier: number, options: Parameters<typeof read>[0] = {}) =>
      (await announced(frontier, { paths: [path], ...options })).said.map(({ events }) => events)
    expect(await counted(0)).toEqual([])
    expect(await counted(1001)).toEqual([])
    expect(await counted(1002)).toEqual([1])
    expect(await counted(1051)).toEqual([50])
    expect(await counted(5000)).toEqual([100])
    const positions = (next: number) =>
      new Map([['file:f0', { name: 'file:f0', next: BigInt(next), known: 999 + next, digest: null }]])
    expect(await counted(1051, { positions: positions(21) })).toEqual([30])
    expect(await counted(1051, { positions: positions(51) })).toEqual([])
    // what the future holds back stops the file, so nothing after it becomes late
    const ahead = write([event(1, 10), event(2, 3 * DAY), event(3, 20), event(4, 30)].join('\n'))
    expect(await counted(5 * DAY, { paths: [ahead] })).toEqual([2])
    expect(await counted(5 * DAY, { paths: [ahead], acceptFuture: true })).toEqual([4])
  })

  test('of a pipe is announced without a number, and a broken file as far as it can be read', async () => {
    const stdin = () => Readable.from([`${event(1, 10)}\n${event(2, 20)}\n`], { objectMode: false })
    const piped = await announced(40, { files: [{ path: '-', name: 'piped' }], stdin: stdin() })
    expect(piped.said).toEqual([{ name: 'piped', first: 10, events: null }])
    expect(piped.outcome.records.length).toBe(2)
    expect((await announced(10, { files: [{ path: '-', name: 'piped' }], stdin: stdin() })).said).toEqual([])
    const packed = gzipSync(events(1, 50_000))
    const cut = write(packed.subarray(0, packed.length - 100), '.gz')
    const { said, outcome } = await announced(1_000_000, { paths: [cut] })
    expect(outcome.error!.kind).toBe('unavailable')
    expect(said.map(file => file.events)).toEqual([outcome.records.length])
  })

  test('is told of as many events as the store will count late', async () => {
    // three files merged, some of whose events lie before the frontier
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 12 }), { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 1, max: 45 }),
        async (stamps, frontier) => {
          const paths = stamps.map(list => write(list.map((at, i) => event(i, at)).join('\n')))
          const { said, outcome } = await announced(frontier, { paths })
          let [known, late] = [new Map<string, number>(), 0]
          for (const { origin, timestamp } of outcome.records) {
            const file = 'file' in origin ? origin.file : ''
            known = known.set(file, Math.max(known.get(file) ?? 0, timestamp))
            if (known.get(file)! < frontier) late++
          }
          expect(said.reduce((sum, { events }) => sum + events!, 0)).toBe(late)
        },
      ),
      { numRuns: 100 },
    )
  })
})

test.skipIf(shared('data/retail-invoice-lines.ndjson.gz') === null)(
  'the retail events, all of them (needs HEARTWOOD_SHARED)',
  async () => {
    const path = shared('data/retail-invoice-lines.ndjson.gz')!
    const { records, positions, error } = await read({ paths: [path] })
    expect(error).toBeNull()
    expect(records.length).toBe(541_909)
    expect(faults(records)).toEqual([])
    expect(positions.get('file:f0')!.next).toBe(541_910n)
    expect(Buffer.from(records.at(-1)!.value!).toString()).toContain('"invoice_no":"581587"')
  },
)
