import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ManualClock } from '../../src/base/clock.ts'
import { type Random, seeded } from '../../src/base/random.ts'
import { openDatabase, type WritableDatabase } from '../../src/database/database.ts'
import type { RawRecord } from '../../src/model/transaction.ts'
import { digestFacts } from '../../src/store/digest.ts'
import { MemoryDisk } from '../../src/store/memory-disk.ts'
import { Store } from '../../src/store/store.ts'

/*
 * Two databases are fed the same records, one of them without scanning. Contracts are random, and so are the events: few different values,
 * so that entities come again, facts are restated, replaced and retracted, and two keys of one event are the same now and then.
 */

const START = Date.parse('2024-01-01T00:00:00Z')

/** JSON of each type; what stands in one pair means the same, or is none of the type. */
const VALUES: Record<string, readonly string[]> = {
  string: ['"x"', '"x"', '"y"', '""', '"a/b~c"', '"1"', '"é"', '"\\u0078"', '"f0"', '7'],
  long: ['1', '-1', '2', '-3', '0', '-0', '1.0', '9007199254740993', '"9007199254740993"', '1e0', '"1"'],
  boolean: ['true', 'false', 'true', '1'],
  double: ['1', '1.0', '0.1', '-2.5', '-0.0', '0', '1e300'],
  'decimal(2)': ['1', '1.5', '"1.50"', '"-2.55"', '0', '"-0"', '1.555', '"99999999999999999.01"'],
  instant: [
    '"2020-01-01T00:00:00Z"',
    '"2020-01-01T01:00:00.000+01:00"',
    '1577836800000',
    '"1969-12-31T23:59:59.999Z"',
    '"2020-01-01"',
  ],
  'instant(6)': [
    '"2020-01-01T00:00:00.000001Z"',
    '"2020-01-01T00:00:00Z"',
    '"1969-12-31T23:59:59.999999Z"',
    '"9999-01-01T00:00:00.000001Z"',
  ],
  date: ['"2020-02-29"', '"1969-12-31"', '"2020-02-30"'],
  uuid: [
    '"123e4567-e89b-12d3-a456-426614174000"',
    '"123E4567-E89B-12D3-A456-426614174000"',
    '"00000000-0000-0000-0000-000000000000"',
  ],
  'enum(x|y|zé)': ['"x"', '"y"', '"zé"', '"w"'],
  'list(string)': ['["x"]', '["y","x"]', '[]'],
  json: ['{"b":1,"a":2}', '[1]', '"x"'],
}

interface Field {
  readonly name: string
  readonly type: string
  readonly optional: boolean
}

const NEVER_KEYS = ['double', 'json', 'list(string)']
const keyTypeOf = (names: readonly Field[]): string =>
  names.length > 1 || names[0].type.startsWith('enum') ? 'string' : names[0].type

function randomFields(random: Random): Field[] {
  const types = Object.keys(VALUES)
  return Array.from({ length: 2 + random.below(7) }, (_, i) => {
    const type = random.below(3) === 0 ? 'string' : random.pick(types)
    return { name: `f${i}`, type, optional: type === 'json' || type.startsWith('list') || random.below(2) === 0 }
  })
}

/** Contracts of one project: what the second states may be ordered by time, which scanning leaves to the judge. */
const TOPICS = ['odd', 'even'] as const

/** A contract as YAML. Kinds are named after the type of their key and attributes after their own type, so that statements never disagree. */
function randomContract(random: Random, fields: readonly Field[], topic: string): string {
  const keys = fields.filter(({ type }) => !NEVER_KEYS.includes(type))
  const word = (type: string) => type.replaceAll(/\W/g, '').slice(0, 9)
  const keyOf = () => {
    const count = Math.min(keys.length, random.pick([1, 1, 1, 2, 3]))
    return keys.toSorted(() => random.next() - 0.5).slice(0, count)
  }
  const kindOf = (key: readonly Field[]) => `k${word(keyTypeOf(key))}`
  const named = (key: readonly Field[]) => `[${key.map(({ name }) => name).join(', ')}]`
  const statements: string[] = []
  for (let n = 1 + random.below(4); n > 0 && keys.length > 0; n--) {
    const key = keyOf()
    const set = new Map<string, string>()
    for (let i = random.below(5); i > 0; i--) {
      const ends = random.below(3) === 0 ? ', null: retract' : ''
      const what = random.below(12)
      if (what < 3) {
        const target = keyOf()
        set.set(`r${kindOf(target)}${random.below(2)}`, `{ ref: ${kindOf(target)}, key: ${named(target)}${ends} }`)
      } else if (what === 3) set.set('constant', `{ value: ${random.pick(['x', 'paid', 'f0'])} }`)
      else if (what === 4) set.set('number', `{ value: ${random.pick(['7', '-1'])} }`)
      else {
        const field = random.pick(fields)
        const type = field.type.startsWith('enum') ? 'enum' : field.type
        if (type.startsWith('list'))
          set.set('many', `{ field: ${field.name}, many: ${random.pick(['true', 'replace'])}${ends} }`)
        else {
          const again = random.below(6) === 0 ? 'again' : 'a'
          const flag = again === 'again' ? ', restated: true' : ''
          set.set(`${again}${word(type)}${random.below(2)}`, `{ field: ${field.name}${flag}${ends} }`)
        }
      }
    }
    const settings = [...set].map(([name, source]) => `${name}: ${source}`)
    const order = topic === 'even' && random.below(2) === 0 ? 'order: time, ' : ''
    statements.push(`  - { entity: ${kindOf(key)}, ${order}key: ${named(key)}, set: { ${settings.join(', ')} } }`)
  }
  const role = (name: string, able: readonly Field[]) =>
    able.length > 0 && random.below(2) === 0 ? `${name}: ${random.pick(able).name}\n` : ''
  const telling = keys.filter(({ type }) => type !== 'boolean')
  return `name: ${topic}/event
version: "1.0"
doc: Odd.
owner: odd
format: json
topic: ${topic}
${role(
  'time',
  fields.filter(({ type }) => type === 'instant'),
)}${role('id', telling)}${role('subject', telling)}fields:
${fields.map(({ name, type, optional }) => `  - { name: ${name}, type: "${type}", optional: ${optional} }`).join('\n')}
facts:${statements.length > 0 ? `\n${statements.join('\n')}` : ' []'}
`
}

function randomEvent(random: Random, fields: readonly Field[]): string {
  const usual = random.below(8) > 0
  const members = fields.flatMap(({ name, type, optional }) => {
    if (optional && random.below(4) === 0) return random.below(2) === 0 ? [] : [`"${name}":null`]
    return [`"${name}":${usual ? random.pick(VALUES[type].slice(0, 3)) : random.pick(VALUES[type])}`]
  })
  if (random.below(20) === 0) members.sort(() => random.next() - 0.5)
  if (random.below(40) === 0) members.push('"f0":null')
  const text = `{${members.join(random.below(30) === 0 ? ', ' : ',')}}`
  return random.below(40) === 0 ? text.slice(0, -1) : text
}

function recordsOf(random: Random, fields: readonly Field[], count: number): RawRecord[] {
  const file = random.below(2) === 0
  const topics = random.below(2) === 0 ? (['odd'] as const) : TOPICS
  // mostly many of one topic come together
  let topic: string = 'odd'
  const next = () => {
    if (random.below(6) === 0) topic = random.pick(topics)
    return topic
  }
  return Array.from({ length: count }, (_, i) => ({
    origin: file
      ? { file: 'odd.ndjson', topic: next(), line: i + 1 }
      : { topic: next(), partition: random.below(2), offset: BigInt(i) },
    timestamp: START + random.below(5000) * 60_000,
    key: random.below(3) === 0 ? Buffer.from(random.pick(['x', 'y', '\xff'])) : null,
    headers: random.below(5) === 0 ? { contract: random.pick(['odd/event/1.0', 'odd/event/2.0']) } : {},
    value: random.below(50) === 0 ? null : Buffer.from(randomEvent(random, fields)),
  }))
}

/** Everything that a log brings, in the order of its numbers: two logs that mean the same give the same. */
async function meaningOf(disk: MemoryDisk): Promise<unknown> {
  const store = await Store.open({ disk, data: 'data', clock: new ManualClock(START), readOnly: true })
  const { indexes } = store
  const view = store.view({ now: true })
  const texts = Array.from({ length: indexes.dictionary.size }, (_, code) => indexes.dictionary.text(code))
  const keys = store.schema.kinds
    .slice(1)
    .map(kind => Array.from({ length: indexes.extent(kind) }, (_, i) => String(indexes.rawKey(kind, i))))
  const transactions = store.schema
    .ofKind(store.schema.kinds[0])
    .map(attribute => Array.from({ length: store.basis }, (_, i) => indexes.transactions.at(attribute, i + 1)))
  const refused = store.refused.map(({ refusal, value }) => [refusal, value && Buffer.from(value).toString('latin1')])
  const sources = [...store.sources.values()].map(source => ({ ...source, next: String(source.next) }))
  const meaning = { texts, keys, transactions, refused, sources, digest: digestFacts(view) }
  await store.close()
  return meaning
}

export interface Fed {
  /** Records that were applied. */
  applied: number
  refused: number
}

/** Feeds two databases and compares them; throws where they differ. */
export async function feedTwo(seed: number, count: number): Promise<Fed> {
  const random = seeded(seed)
  const fields = randomFields(random)
  const contracts = TOPICS.map(topic => randomContract(random, fields, topic))
  // often both say the same of the same entities
  if (random.below(2) === 0)
    contracts[1] = contracts[0].replaceAll('odd', 'even').replaceAll(/(- { entity: \w+), /g, '$1, order: time, ')
  const contract = contracts.join('\n')
  const project = mkdtempSync(join(tmpdir(), 'heartwood-scan-'))
  for (const [i, topic] of TOPICS.entries()) {
    mkdirSync(join(project, `contracts/${topic}/event`), { recursive: true })
    writeFileSync(join(project, `contracts/${topic}/event/1.0.yaml`), contracts[i])
  }
  const disks = [new MemoryDisk(), new MemoryDisk()]
  try {
    const open = (scan: boolean): Promise<WritableDatabase> =>
      openDatabase({
        data: 'data',
        project,
        clock: new ManualClock(START + 5000 * 60_000),
        readOnly: false,
        disk: disks[Number(scan)],
        scan,
      })
    const [judging, scanning] = [await open(false), await open(true)]
    const fed: Fed = { applied: 0, refused: 0 }
    const records = recordsOf(random, fields, count)
    for (let from = 0; from < records.length; ) {
      // one by one, and many at once: what comes together is scanned before the first of it is applied
      const to = Math.min(records.length, from + random.pick([1, 2, 7, 31, 32, 33, 100]))
      scanning.writeAll(records.slice(from, to), (record, applied) => {
        if (record !== records[from++]) throw new Error(`seed ${seed}: told of another record`)
        if (applied !== judging.write(record))
          throw new Error(
            `seed ${seed}: with scanning ${record.value} was ${applied ? 'applied' : 'refused'}, otherwise not\n${contract}`,
          )
        if (applied) fed.applied++
        else fed.refused++
      })
      if (from !== to) throw new Error(`seed ${seed}: ${to - from} records were left out`)
      if (random.below(10) === 0) {
        await judging.commit()
        await scanning.commit()
      }
    }
    await judging.commit()
    await scanning.commit()
    const live = [digestFacts(judging.view()), digestFacts(scanning.view())]
    await judging.close()
    await scanning.close()
    const [a, b] = [await meaningOf(disks[0]), await meaningOf(disks[1])]
    const same =
      JSON.stringify(a) === JSON.stringify(b) && live[0] === live[1] && (a as { digest: string }).digest === live[0]
    if (!same)
      throw new Error(
        `seed ${seed}: two stores differ\n${contract}\n${live}\n${JSON.stringify(a)}\n${JSON.stringify(b)}`,
      )
    return fed
  } finally {
    rmSync(project, { recursive: true })
  }
}
