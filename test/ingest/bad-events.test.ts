import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, test } from 'vitest'
import { ManualClock } from '../../src/base/clock.ts'
import { openDatabase, type WritableDatabase } from '../../src/database/database.ts'
import { fileSource } from '../../src/ingest/file-source.ts'
import { ingest } from '../../src/ingest/ingest.ts'
import { MemoryDisk } from '../../src/store/memory-disk.ts'
import { newProject, removeProjects } from '../database/given.ts'

/*
 * Event files as the world writes them, loaded as `heartwood load` does: what is wrong with a line is said in words, the rest goes on.
 */

const NOW = Date.parse('2024-05-02T00:00:00Z')
const ITEM = `name: shop/item
version: "1.0"
doc: What stands on a shelf.
owner: shop-data
format: json
topic: shop.item
fields:
  - { name: code,    type: string,     doc: Its code. }
  - { name: stock,   type: long }
  - { name: price,   type: decimal(2) }
  - { name: checked, type: instant, optional: true }
facts:
  - entity: item
    key: code
    set: { stock: stock, price: price, checked: checked }
`

const folder = mkdtempSync(join(tmpdir(), 'heartwood-bad-'))
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
  removeProjects()
})

let files = 0
function write(content: string | Uint8Array, ending = '.ndjson'): string {
  const path = join(folder, `f${files++}${ending}`)
  writeFileSync(path, content)
  return path
}

const open = (scan = true): Promise<WritableDatabase> =>
  openDatabase({
    data: 'data',
    project: newProject({ 'contracts/shop/item/1.0.yaml': ITEM }),
    clock: new ManualClock(NOW),
    readOnly: false,
    disk: new MemoryDisk(),
    scan,
  })

async function load(database: WritableDatabase, paths: readonly string[]) {
  const named = paths.map(path => ({ path, name: basename(path) }))
  const source = fileSource({ files: named, positions: database.positions(), clock: new ManualClock(NOW) })
  return ingest(database, source)
}

let minute = 0
const line = (value: string, topic = 'shop.item') =>
  `{"topic":"${topic}","timestamp":"2024-05-01T00:${String(minute++ % 60).padStart(2, '0')}:00Z","value":${value}}\n`
const item = (code: string, rest = '"stock":1,"price":"2.50"') => line(`{"code":"${code}",${rest}}`)

const BAD: readonly [what: string, text: string | Uint8Array, reason: string, path: string | null, words: RegExp][] = [
  [
    'a field that is missing',
    item('a', '"price":"1.00"'),
    'invalid-event',
    '/stock',
    /^stock is missing, and must be a long/,
  ],
  [
    'a field that is null',
    item('a', '"stock":null,"price":"1.00"'),
    'invalid-event',
    '/stock',
    /^stock is null, and must be/,
  ],
  [
    'a field that no contract names',
    item('a', '"stock":1,"price":"1.00","prise":2'),
    'invalid-event',
    '/prise',
    /^the contract has no field prise/,
  ],
  [
    'a text where a number belongs',
    item('a', '"stock":"six","price":"1.00"'),
    'invalid-event',
    '/stock',
    /^stock must be a long .* but is the string "six"/,
  ],
  [
    'a whole number in quotes',
    item('a', '"stock":"6","price":"1.00"'),
    'invalid-event',
    '/stock',
    /write it without quotes$/,
  ],
  [
    'a long that overflows',
    item('a', '"stock":9223372036854775808,"price":"1.00"'),
    'invalid-event',
    '/stock',
    /at most 64 bits\), but is the number 9223372036854775808/,
  ],
  [
    'a decimal with too many digits',
    item('a', '"stock":1,"price":"1.005"'),
    'invalid-event',
    '/price',
    /at most 2 digits after the point and 38 in all\), but is the string "1.005"/,
  ],
  [
    'an instant without a zone',
    item('a', '"stock":1,"price":"1.00","checked":"2024-05-01T00:00:00"'),
    'invalid-event',
    '/checked',
    /it has no zone, so add Z or an offset such as \+01:00/,
  ],
  [
    'an object with a doubled key',
    item('a', '"stock":1,"price":"1.00","stock":2'),
    'invalid-event',
    '/stock',
    /^the key "stock" stands twice in one object$/,
  ],
  ['half of a surrogate pair', item('\\ud800'), 'invalid-event', '/code', /^half of a surrogate pair/],
  ['a line that is not JSON', '{"topic":"shop.item",\n', 'not-json', null, /^the line is not JSON: /],
  ['a value that is not JSON', line('{"code":x}'), 'not-json', null, /^the value is not JSON: /],
  ['a line that is no object', '[1]\n', 'not-json', null, /^the line is JSON, but no object; an event is /],
  ['an envelope without a topic', '{"timestamp":1,"value":{}}\n', 'not-json', null, /^the line has no "topic"/],
  [
    'an envelope without a zone',
    '{"topic":"shop.item","timestamp":"2024-05-01T00:00:00","value":{}}\n',
    'not-json',
    null,
    /^"timestamp" must be ISO-8601 with a zone/,
  ],
  [
    'a doubled member of the envelope',
    '{"topic":"shop.item","topic":"t","timestamp":1,"value":{}}\n',
    'not-json',
    null,
    /"topic" twice/,
  ],
  [
    'a topic that nobody knows',
    line('{}', 'shop.itme'),
    'unknown-topic',
    null,
    /^no contract names the topic shop\.itme.*shop\.item/,
  ],
  ['no value', line('null'), 'tombstone', null, /^the record has no value \(a tombstone\)/],
  [
    'bytes that are not UTF-8',
    Buffer.concat([Buffer.from(item('a').slice(0, -3)), Buffer.from([0x2c, 0xff]), Buffer.from('}}\n')]),
    'not-json',
    null,
    /is not (UTF-8|JSON)/,
  ],
  ['a text that is not UTF-8', Buffer.from(item('\u00ff'), 'latin1'), 'not-json', null, /^the value is not UTF-8$/],
]

describe.each([
  ['with the scanner', true],
  ['by JSON.parse alone', false],
])('a file, %s', (_, scan) => {
  test.each(BAD)(
    'with %s: a dead letter that says so, and the rest goes on',
    async (_what, text, reason, path, words) => {
      const database = await open(scan)
      const file = write(Buffer.concat([Buffer.from(item('before')), Buffer.from(text), Buffer.from(item('after'))]))
      expect(await load(database, [file])).toMatchObject({ applied: 2, refused: 1 })
      const { items } = database.deadLetters({ limit: 10 })
      expect(items).toHaveLength(1)
      const [letter] = items
      expect(letter).toMatchObject({ reason, path, origin: { file: basename(file), line: 2 } })
      expect(letter.detail).toMatch(words)
      // its bytes: those of the value, or of the whole line where that is no event
      const bytes = Buffer.from(text)
      const kept = letter.value === null ? Buffer.from(letter.base64 ?? '', 'base64') : Buffer.from(letter.value)
      expect(bytes.includes(kept)).toBe(true)
      expect(kept.length > 0 || reason === 'tombstone').toBe(true)
      for (const code of ['before', 'after'])
        expect(database.entity(`item:${code}`, undefined)).toMatchObject({ attributes: { ':item/stock': 1 } })
      await database.close()
    },
  )

  test('whose lines are all good keeps longs, decimals and instants exact', async () => {
    const database = await open(scan)
    const long = item('long', '"stock":9223372036854775807,"price":123456789012345678901234567890123456.25')
    const instant = item('when', '"stock":-0,"price":"-0.10","checked":"2024-05-01T01:00:00.250+01:00"')
    expect(await load(database, [write(long + instant)])).toMatchObject({ applied: 2, refused: 0 })
    expect(database.entity('item:long', undefined)).toMatchObject({
      attributes: { ':item/stock': '9223372036854775807', ':item/price': '123456789012345678901234567890123456.25' },
    })
    expect(database.entity('item:when', undefined)).toMatchObject({
      attributes: { ':item/stock': 0, ':item/price': '-0.10', ':item/checked': '2024-05-01T00:00:00.250Z' },
    })
    await database.close()
  })
})

describe('loading', () => {
  test('of a packed file that is cut off keeps every whole line, and says at which byte it ends', async () => {
    const database = await open()
    const many = Array.from({ length: 3000 }, (_, i) => item(`i${i}`)).join('')
    const packed = gzipSync(many)
    const file = write(packed.subarray(0, packed.length >> 1), '.ndjson.gz')
    await expect(load(database, [file])).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringMatching(/cannot be unpacked beyond byte \d+: .*it was cut off, or is still being written/),
    })
    const { next } = database.positions().get(`file:${basename(file)}`)!
    expect(database.stats().t).toBe(Number(next) - 1)
    expect(next).toBeGreaterThan(500n)
    // whole again, it goes on behind what was applied
    writeFileSync(file, packed)
    expect(await load(database, [file])).toMatchObject({ applied: 3000 - Number(next) + 1, refused: 0 })
    await database.close()
  })

  test('of several files applies their events in the order in which they became known', async () => {
    const database = await open()
    const at = (minutes: number, code: string) =>
      `{"topic":"shop.item","timestamp":"2024-05-01T00:${String(minutes).padStart(2, '0')}:00Z","value":{"code":"${code}","stock":${minutes},"price":1}}\n`
    const odd = write([1, 3, 5, 7].map(minutes => at(minutes, 'odd')).join(''))
    const even = write([2, 3, 4, 8].map(minutes => at(minutes, 'even')).join(''))
    expect(await load(database, [odd, even])).toMatchObject({ applied: 8, refused: 0 })
    const stocks = Array.from({ length: 8 }, (_, i) =>
      ['odd', 'even'].map(code => {
        try {
          return (database.entity(`item:${code}`, i + 1, {})['attributes'] as Record<string, unknown>)[':item/stock']
        } catch {
          return null
        }
      }),
    )
    expect(stocks).toEqual([
      [1, null],
      [1, 2],
      [3, 2],
      [3, 3],
      [3, 4],
      [5, 4],
      [7, 4],
      [7, 8],
    ])
    await database.close()
  })
})
