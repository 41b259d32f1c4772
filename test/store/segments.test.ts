import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FactError } from '../../src/base/error.ts'
import { digestFacts } from '../../src/store/digest.ts'
import { MemoryDisk } from '../../src/store/memory-disk.ts'
import { filesOf, type Manifest, readManifest, writeManifest } from '../../src/store/segments/manifest.ts'
import type { Store } from '../../src/store/store.ts'
import { verifyStore } from '../../src/store/verify.ts'
import { pythonWith } from '../given.ts'
import { applyPlain, assertion, DATA, openStore, recordAt, START } from './given.ts'
import { histories, intervalsOf, Oracle, type PlainEffect, sensible, visibleColumns, visiblePoints } from './oracle.ts'

const ALWAYS = { least: 1, atStop: 1 }
const FOLDER = `${DATA}/segments`

const manifestOf = async (disk: MemoryDisk): Promise<Manifest> => (await readManifest(disk, DATA))!

const open = (disk: MemoryDisk, pace = ALWAYS): Promise<Store> => openStore(disk, undefined, false, pace)

const dropSegments = (disk: MemoryDisk): void => {
  for (const path of [...disk.files.keys()]) if (path.startsWith(`${FOLDER}/`)) disk.files.delete(path)
}

const write = async (store: Store, effects: readonly PlainEffect[], offset: number): Promise<void> => {
  applyPlain(store, effects, recordAt(offset))
  await store.commit()
}

function compare(store: Store, oracle: Oracle): void {
  for (let t = 0; t <= oracle.t; t++) {
    const view = store.view({ t })
    const expected = oracle.visible(t)
    expect(visibleColumns(view)).toEqual(expected)
    expect(visiblePoints(view)).toEqual(expected)
    expect(intervalsOf(view)).toEqual(oracle.intervals(t))
  }
}

describe('store rule 23: segments stand for the log up to their basis', () => {
  test('any history, with restarts, crashes and lost segments, gives what a list of sets gives', async () => {
    const step = fc.record({
      events: histories(6),
      perFrame: fc.integer({ min: 1, max: 4 }),
      least: fc.constantFrom(1, 600, 1 << 30),
      end: fc.constantFrom('stop', 'crash', 'lose'),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 5 }), async steps => {
        let disk = new MemoryDisk()
        const oracle = new Oracle()
        let offset = 0
        for (const { events, perFrame, least, end } of steps) {
          const store = await open(disk, { least, atStop: 1 })
          expect(store.basis).toBe(oracle.t)
          compare(store, oracle)
          for (const event of events) {
            const effects = sensible(event)
            applyPlain(store, effects, recordAt(offset++))
            oracle.apply(effects)
            if (offset % perFrame === 0) await store.commit()
          }
          await store.commit()
          if (end === 'crash') disk = disk.afterPowerCut()
          else await store.close()
          if (end === 'lose') dropSegments(disk)
        }
        const store = await open(disk)
        compare(store, oracle)
        expect((await verifyStore(disk, DATA)).digest).toBe(digestFacts(store.view({ now: true })))
      }),
      { numRuns: 60 },
    )
  })

  test('only what follows the manifest is read of the log', async () => {
    const disk = new MemoryDisk()
    const store = await open(disk)
    for (let i = 0; i < 20; i++) await write(store, [assertion(`a:${i}`, ':a/name', `name ${i}`)], i)
    await store.close()
    const { log } = await manifestOf(disk)
    const path = `${DATA}/log/${log.file}`
    expect(log.offset).toBe(disk.files.get(path)!.bytes.length)
    // what was read is not read again, so nobody notices; `verify` does
    disk.files.get(path)!.bytes[log.last >> 1] ^= 1
    const again = await open(disk)
    expect(again.basis).toBe(20)
    await again.close()
    await expect(verifyStore(disk, DATA)).rejects.toMatchObject({ kind: 'damaged' })
  })

  test('what came since stands beside a part, until it passes a quarter of it', async () => {
    const disk = new MemoryDisk()
    let store = await open(disk)
    for (let i = 0; i < 40; i++) applyPlain(store, [assertion(`a:${i}`, ':a/name', `name ${i}`)], recordAt(i))
    await store.commit()
    await store.close()
    const first = (await manifestOf(disk)).parts['facts-a.name']
    expect(first).toMatchObject({ base: { count: 40, upTo: 40 }, recent: null })

    store = await open(disk)
    await write(store, [assertion('a:7', ':a/name', 'other')], 40)
    await store.close()
    const second = (await manifestOf(disk)).parts['facts-a.name']
    expect(second).toMatchObject({ base: first.base, recent: { count: 2, upTo: 41 } })

    store = await open(disk)
    for (let i = 0; i < 10; i++) await write(store, [assertion(`a:${i}`, ':a/name', `new ${i}`)], 41 + i)
    await store.close()
    const third = (await manifestOf(disk)).parts['facts-a.name']
    expect(third.base.count).toBe(51)
    expect(third.recent).toBe(null)
    // and what no manifest names is gone
    const names = filesOf(await manifestOf(disk)).map(({ name }) => name)
    expect(await disk.list(FOLDER)).toEqual([...names, 'manifest'].sort())
  })

  test('a part that did not change is not written again', async () => {
    const disk = new MemoryDisk()
    let store = await open(disk)
    await write(store, [assertion('a:1', ':a/name', 'x'), assertion('b:1', ':b/price', '1.50')], 0)
    await store.close()
    const before = await manifestOf(disk)
    store = await open(disk)
    await write(store, [assertion('a:1', ':a/name', 'y')], 1)
    await store.close()
    const after = await manifestOf(disk)
    expect(after.parts['facts-b.price']).toEqual(before.parts['facts-b.price'])
    expect(after.parts['facts-a.name']).not.toEqual(before.parts['facts-a.name'])
  })

  test('sources, refusals, texts and contracts come back, and go on', async () => {
    const disk = new MemoryDisk()
    let store = await open(disk)
    await write(store, [assertion('a:1', ':a/name', 'x')], 0)
    store.keepText('query q@1', '[:find ?x]')
    store.stamped('topic', 'producer')
    store.mark(START - 1)
    store.refuse(
      { ...recordAt(1), key: null, headers: { h: 'é' }, value: Buffer.from([0, 255, 1]) },
      { reason: 'not-json', detail: 'words', path: null, contract: null },
    )
    store.refuse(
      {
        origin: { file: 'f', topic: 'topic', line: 7 },
        timestamp: 5,
        key: Buffer.from([9]),
        headers: {},
        value: null,
      },
      { reason: 'tombstone', detail: 'more', path: '/a', contract: 'c/d/1.0' },
    )
    await store.commit()
    const state = (of: Store) =>
      structuredClone([of.refused, [...of.sources], of.frontier, of.text('query q@1'), of.indexes.stamps])
    const expected = state(store)
    await store.close()
    expect((await manifestOf(disk)).parts['refusals'].base.count).toBe(2)
    store = await open(disk)
    expect(state(store)).toEqual(expected)
    await store.close()
    dropSegments(disk)
    expect(state(await open(disk))).toEqual(expected)
  })
})

describe('store rule 14: damage of segments', () => {
  const written = async (): Promise<MemoryDisk> => {
    const disk = new MemoryDisk()
    let store = await open(disk)
    for (let i = 0; i < 8; i++)
      await write(store, [assertion(`a:${i % 3}`, ':a/name', `name ${i}`), assertion('b:1', ':b/price', `${i}.50`)], i)
    await store.close()
    store = await open(disk)
    await write(store, [assertion('a:1', ':a/name', 'last')], 8)
    await store.close()
    return disk
  }

  test('a flipped bit anywhere is named, and nothing is changed', async () => {
    const disk = await written()
    let checked = 0
    for (const [path, file] of disk.files) {
      if (!path.startsWith(`${FOLDER}/`)) continue
      for (let at = 0; at < file.bytes.length; at += 41) {
        const whole = file.bytes
        file.bytes = Buffer.from(whole)
        file.bytes[at] ^= 1 << (at % 8)
        const error = await open(disk).catch(error => error)
        expect(error).toBeInstanceOf(FactError)
        expect(['damaged', 'unavailable']).toContain(error.kind)
        expect(error.message).toContain(path)
        file.bytes = whole
        checked++
      }
    }
    expect(checked).toBeGreaterThan(200)
    expect((await open(disk)).basis).toBe(9)
  })

  test('a file that is missing or cut is named', async () => {
    const disk = await written()
    for (const { name } of filesOf(await manifestOf(disk))) {
      const path = `${FOLDER}/${name}`
      const file = disk.files.get(path)!
      disk.files.delete(path)
      await expect(open(disk)).rejects.toMatchObject({ kind: 'damaged', details: { file: path } })
      disk.files.set(path, { ...file, bytes: file.bytes.subarray(1) })
      await expect(open(disk)).rejects.toMatchObject({ kind: 'damaged', details: { file: path } })
      disk.files.set(path, file)
    }
  })

  test('a log that ends before the place that the manifest names as durable is damage', async () => {
    const disk = await written()
    const { log } = await manifestOf(disk)
    const file = disk.files.get(`${DATA}/log/${log.file}`)!
    disk.files.delete(`${DATA}/stopped.json`)
    for (const bytes of [file.bytes.subarray(0, log.offset - 1), file.bytes.subarray(0, log.last), Buffer.alloc(0)]) {
      disk.files.set(`${DATA}/log/${log.file}`, { bytes, durable: bytes.length })
      await expect(open(disk)).rejects.toMatchObject({ kind: 'damaged' })
    }
  })

  test('segments of another store are refused', async () => {
    const [one, other] = [await written(), await written()]
    for (const [path, file] of other.files) if (path.startsWith(FOLDER)) one.files.set(path, file)
    await expect(open(one)).rejects.toMatchObject({ kind: 'damaged' })
  })

  test('a disk that fails while segments are written harms nothing, and they come later', async () => {
    const disk = new MemoryDisk()
    let store = await open(disk, { least: 1 << 30, atStop: 1 })
    await write(store, [assertion('a:1', ':a/name', 'x')], 0)
    disk.faults.syncs = 2
    await store.close()
    delete disk.faults.syncs
    expect(await readManifest(disk, DATA)).toBe(undefined)
    store = await open(disk)
    expect(visibleColumns(store.view({ now: true }))).toContain('a:1 :a/name x 1')
    await write(store, [assertion('a:1', ':a/name', 'y')], 1)
    await store.close()
    expect((await manifestOf(disk)).basis).toBe(2)
  })
})

describe('store rule 24: other programs', () => {
  test('pyarrow, DuckDB and Polars open every file (needs HEARTWOOD_PYTHON)', async context => {
    const python = pythonWith('pyarrow', 'polars', 'duckdb')
    if (python === null) return context.skip()
    const disk = new MemoryDisk()
    const store = await open(disk, { least: 1 << 30, atStop: 1 })
    for (let i = 0; i < 30; i++)
      await write(store, [assertion(`a:${i % 7}`, ':a/name', `é ${i}`), assertion('b:1', ':b/price', `${i}.50`)], i)
    store.refuse(recordAt(30), { reason: 'not-json', detail: 'words', path: null, contract: null })
    await store.commit()
    await store.close()
    const folder = mkdtempSync(join(tmpdir(), 'heartwood-segments-'))
    try {
      const names = (await disk.list(FOLDER)).filter(name => name.endsWith('.arrow'))
      for (const name of names) writeFileSync(join(folder, name), disk.files.get(`${FOLDER}/${name}`)!.bytes)
      const script = `
import glob, json, os, duckdb, polars, pyarrow as pa
tables = {}
rows = []
for path in glob.glob(${JSON.stringify(folder)} + '/*.arrow'):
    table = pa.ipc.open_file(path).read_all()
    table.validate(full=True)
    tables[os.path.basename(path).rsplit('-', 1)[0]] = table
    counts = [polars.read_ipc(path).height, duckdb.sql('select count(*) from "table"').fetchall()[0][0]]
    rows.append(counts == [table.num_rows, table.num_rows])
texts = tables['strings'].column('text').to_pylist()
ended = tables['facts-a.name-ended']
print(json.dumps({'files': len(tables), 'agree': all(rows), 'rows': ended.num_rows, 'names': ended.column_names,
  'values': sorted(texts[code] for code in ended.column('value').to_pylist())[:3],
  'refused': tables['refusals'].column('reason').to_pylist()}))`
      const { stdout, stderr } = spawnSync(python, ['-c', script])
      expect(stderr.toString()).toBe('')
      expect(JSON.parse(stdout.toString())).toEqual({
        files: names.length,
        agree: true,
        rows: 23,
        names: ['entity', 'value', 'from', 'to'],
        values: ['é 0', 'é 1', 'é 10'],
        refused: ['not-json'],
      })
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

describe('verify', () => {
  test('compares segments with the log, whose checksums may be right and their rows wrong', async () => {
    const [one, other] = [new MemoryDisk(), new MemoryDisk()]
    for (const [disk, name] of [
      [one, 'x'],
      [other, 'y'],
    ] as const) {
      const store = await open(disk)
      await write(store, [assertion('a:1', ':a/name', 'first'), assertion('a:2', ':a/name', name)], 0)
      await store.close()
    }
    expect((await verifyStore(one, DATA)).segments).toMatchObject({ basis: 1 })
    const manifest = await manifestOf(one)
    const { catalog, parts } = await manifestOf(other)
    for (const [path, file] of other.files)
      if (path.startsWith(FOLDER) && !path.endsWith('manifest')) one.files.set(path, file)
    await writeManifest(one, DATA, { ...manifest, catalog, parts })
    await expect(verifyStore(one, DATA)).rejects.toMatchObject({
      kind: 'damaged',
      message: expect.stringContaining('texts'),
    })
  })
})
