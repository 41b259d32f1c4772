import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { ManualClock } from '../../src/base/clock.ts'
import { FactError } from '../../src/base/error.ts'
import { checkQueries } from '../../src/database/check-queries.ts'
import { openDatabase, type WritableDatabase } from '../../src/database/database.ts'
import type { Answer } from '../../src/model/answer.ts'
import { csvAnswer } from '../../src/serve/format/answer-text.ts'
import { MemoryDisk } from '../../src/store/memory-disk.ts'
import { newProject, removeProjects, START, sale } from './given.ts'

const TYPES = `import { procedure, decimal, divide, add, type Decimal } from 'heartwood'
export const half = procedure({ args: ['decimal(2)'], returns: 'decimal(3)' }, (x: Decimal) => divide(x, 2n, 3))
export const next = procedure({ args: ['long'], returns: 'long' }, (x: bigint) => x + 1n)
export const size = procedure({ args: ['string'], returns: 'long' }, (s: string) => s.length)
export const later = procedure({ args: ['instant', 'long'], returns: 'instant' }, (at: Date, ms: bigint) => new Date(at.getTime() + Number(ms)))
export const tomorrow = procedure({ args: ['date'], returns: 'date' }, (day: Date) => new Date(day.getTime() + 86_400_000))
export const root = procedure({ args: ['double'], returns: 'double' }, (x: number) => (x < 0 ? null : Math.sqrt(x)))
export const parts = procedure({ args: ['string'], returns: 'list(string)' }, (s: string) => s.split('-'))
const isLong = procedure({ args: ['string'], returns: 'boolean' }, (s: string) => s.length > 3)
export { isLong as 'is-long' }
`
const FAULTY = `import { procedure } from 'heartwood'

export const thrown = procedure({ args: ['long'], returns: 'long' }, (x: bigint) => {
  if (x > 5n) throw new Error('too much for me')
  return x
})
export const endless = procedure({ args: ['long'], returns: 'long' }, () => { for (;;); })
export const mistyped = procedure({ args: ['long'], returns: 'long' }, () => 'a word')
export const rounded = procedure({ args: ['long'], returns: 'decimal(1)' }, () => 1.5)
export const lucky = procedure({ args: ['long'], returns: 'double' }, () => Math.random())
export const hurried = procedure({ args: ['long'], returns: 'long' }, () => Date.now())
export const today = procedure({ args: ['long'], returns: 'instant' }, () => new Date())
export const nosy = procedure({ args: ['long'], returns: 'string' }, () => process.version)
`
let open: WritableDatabase[] = []
async function opened(files: Record<string, string>, project = newProject(files), disk = new MemoryDisk()) {
  const database = await openDatabase({ data: 'data', project, clock: new ManualClock(START), readOnly: false, disk })
  open.push(database)
  return { database, project, disk }
}
afterEach(async () => {
  for (const database of open) await database.close()
  open = []
})
afterAll(removeProjects)

/** The first column of an answer, as CSV writes it. */
const answerText = (answer: Answer): string[] => [...csvAnswer(answer)].join('').trim().split(/\r?\n/).slice(1)
const asked = (database: WritableDatabase, query: string): string[] => answerText(database.query({ query }).answer)
const faultOf = (work: () => unknown): FactError => {
  try {
    work()
  } catch (error) {
    if (error instanceof FactError) return error
    throw error
  }
  throw new Error('it did not fail')
}

describe('procedures of a project', () => {
  test('are what :xform names, in a query and in a pull on its own', async () => {
    const { database } = await opened({ 'procedures/types.ts': TYPES })
    database.write(sale(-1, { sale_id: 's', product: 'p-1', price: '1.00' }))
    await database.commit()
    const pattern = '[[:product/id :xform parts] [:db/id :xform id]]'
    const [alone] = database.pull(pattern, ['product:p-1'], undefined).found
    const { answer } = database.query({ query: `[:find (pull ?p ${pattern}) . :where [?p :product/id]]` })
    expect(alone?.pairs.map(([, value]) => value)).toEqual([['p', '1'], 'product:p-1'])
    expect(answerText(answer)).toEqual(['"{"":product/id"":[""p"",""1""],"":db/id"":""product:p-1""}"'])
    expect(faultOf(() => database.pull('[[:product/id :xform later]]', ['product:p-1'], undefined)).kind).toBe('arity')
  })

  test('take and give values of the types that they declare, exactly', async () => {
    const { database } = await opened({ 'procedures/types.ts': TYPES })
    const value = (call: string, args = {}, given = '') => {
      return answerText(
        database.query({ query: `[:find ?x . :in $ ${given} :where [${call} ?x]]`, args }).answer,
      ).join()
    }
    expect(value('(half 2.55)')).toBe('1.275')
    expect(value('(half 3)')).toBe('1.500')
    expect(value('(next 9007199254740993)')).toBe('9007199254740994')
    expect(value('(size "word")')).toBe('4')
    expect(value('(later #inst "2024-01-01T00:00:00Z" 1500)')).toBe('2024-01-01T00:00:01.500Z')
    expect(value('(tomorrow #date "2024-02-28")')).toBe('2024-02-29')
    expect(value('(root 6.25)')).toBe('2.5')
    expect(value('(root -1.0)')).toBe('')
    expect(value('(half ?a)', { a: '1.01' }, '?a')).toBe('0.505')
  })

  test('bind lists, serve as predicates, and work on many rows', async () => {
    const { database } = await opened({ 'procedures/types.ts': TYPES })
    expect(database.query({ query: '[:find ?p :where [(parts "a-b-c") [?p ...]]]' }).answer.rows).toBe(3)
    expect(
      database.query({ query: '[:find ?s :in $ [?s ...] :where [(is-long ?s)]]', args: { s: ['abc', 'abcd'] } }).answer
        .rows,
    ).toBe(1)
    const many = Array.from({ length: 5000 }, (_, i) => i)
    const sum = database.query({ query: '[:find (sum ?y) . :in $ [?x ...] :where [(next ?x) ?y]]', args: { x: many } })
    expect(answerText(sum.answer)).toEqual([String((5000 * 5001) / 2)])
  })

  test('are judged by what they declare before the query runs', async () => {
    const { database } = await opened({ 'procedures/types.ts': TYPES })
    const fault = (query: string) => {
      const { kind, message, details } = faultOf(() => database.query({ query }))
      return `${kind} ${details.line}:${details.column} ${message}`
    }
    expect(fault('[:find ?x :where [(half "a") ?x]]')).toMatch(/^wrong-type 1:\d+ argument 1 of \(half …\) is declared/)
    expect(fault('[:find ?x :where [(half 1.001) ?x]]')).toMatch(/^wrong-type 1:\d+ .*1\.001 is none/)
    expect(fault('[:find ?x :where [(half 1.0 2) ?x]]')).toMatch(/^arity 1:\d+ /)
    expect(fault('[:find ?x :where [(halve 1.0) ?x]]')).toMatch(/^unknown-function 1:\d+ .*Did you mean half\?/)
  })

  test('that throw, loop, give another type, or are not pure end their query by name and line, and nothing else', async () => {
    const { database } = await opened({ 'procedures/faulty.ts': FAULTY })
    const fault = (call: string) => {
      const { kind, message } = faultOf(() => asked(database, `[:find ?x . :where [${call} ?x]]`))
      return `${kind} ${message.replace(/^.*procedures\//, '')}`
    }
    expect(asked(database, '[:find ?x . :where [(thrown 5) ?x]]')).toEqual(['5'])
    expect(fault('(thrown 6)')).toMatch(/^procedure faulty\.ts:4:\d+: thrown failed: too much for me$/)
    const begin = performance.now()
    expect(fault('(endless 1)')).toBe('procedure faulty.ts: endless ran for over 1 s and was stopped')
    expect(performance.now() - begin).toBeLessThan(2500)
    expect(asked(database, '[:find ?x . :where [(thrown 5) ?x]]')).toEqual(['5'])
    expect(fault('(mistyped 1)')).toMatch(/^procedure faulty\.ts: mistyped failed: it gave "a word", which is nothing/)
    expect(fault('(rounded 1)')).toMatch(/it gave 1\.5, which is nothing/)
    expect(fault('(lucky 1)')).toMatch(/^procedure faulty\.ts:10:\d+: lucky failed: a procedure has no chance/)
    expect(fault('(hurried 1)')).toContain('a procedure has no clock')
    expect(fault('(today 1)')).toContain('a procedure has no clock')
    expect(fault('(nosy 1)')).toMatch(/^procedure faulty\.ts:13:\d+: nosy failed: process is not defined/)
  })

  test('a file that cannot be used is named with its line, and stops nothing else', () => {
    const words = (text: string) => {
      const { faults, procedures } = checkQueries(
        newProject({ 'procedures/types.ts': TYPES, 'procedures/wrong.ts': text }),
      )
      expect(procedures).toBe(8)
      return faults.map(({ message }) => message.replace(/^.*procedures\//, '')).join()
    }
    const declared = (name: string, returns = 'long') =>
      `import { procedure } from 'heartwood'\nexport const ${name} = procedure({ args: [], returns: '${returns}' }, () => 1)\n`
    expect(words("import { readFileSync } from 'node:fs'\n")).toMatch(
      /wrong\.ts.*may import 'heartwood' and nothing else, not 'node:fs'/,
    )
    expect(words('export const x = 1')).toMatch(/x is no procedure/)
    expect(words(declared('half'))).toMatch(/half is defined twice/)
    expect(words(declared('count'))).toMatch(/count is a function of the language/)
    expect(words(declared('lung', 'lung'))).toMatch(/lung.*lung/)
    expect(words('export const x = (')).toMatch(/wrong\.ts/)
  })

  test('belong to the version of a query, which runs for ever with the text of its day', async () => {
    const made = (n: number) =>
      `import { procedure } from 'heartwood'\nexport const more = procedure({ args: ['decimal(2)'], returns: 'long' }, () => ${n})\n`
    const query = '{:query [:find ?n :where [?p :product/price ?x] [(more ?x) ?n]]}'
    const { database, project, disk } = await opened({ 'procedures/more.ts': made(1), 'queries/sum.edn': query })
    database.write(sale(-1, { sale_id: 's', product: 'p', price: '1.00' }))
    await database.commit()
    const run = (shop: WritableDatabase, name: string) =>
      answerText(shop.runSaved(name, {}, undefined, null).answer).join()
    const { version } = database.savedQuery('sum')
    writeFileSync(join(project, 'procedures/more.ts'), made(2))
    expect(database.reloadQueries()).toEqual([])
    expect(database.savedQuery('sum').version).not.toBe(version)
    expect([run(database, 'sum'), run(database, `sum@${version}`)]).toEqual(['2', '1'])
    await database.commit()
    await database.close()
    open = []
    const again = await opened({}, newProject(), disk)
    expect(run(again.database, `sum@${version}`)).toBe('1')
  })
})
