import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { importsOf, packageOf, type SourceFile, sourceFiles } from './imports.ts'
import {
  badFiles,
  homeless,
  impure,
  picture,
  processUses,
  ROOMS,
  rings,
  roomOf,
  wrongArrows,
  wrongInnerArrows,
} from './laws.ts'

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))
const files = sourceFiles(ROOT, 'src')
const ANYWHERE = ['src/']

/** Where each package lives, so that replacing one is a day's work, and where the outside world is touched. */
const HOMES: Readonly<Record<string, readonly string[]>> = {
  ajv: ['src/contracts/validate.ts'],
  'apache-arrow': ['src/base/arrow.ts', 'src/client/'],
  commander: ['src/cli/'],
  express: ['src/serve/server.ts'],
  'hyparquet-writer': ['src/extract/parquet.ts'],
  kafkajs: ['src/ingest/kafka-client.ts'],
  'kafkajs-snappy': ['src/ingest/kafka-codec.ts'],
  'lossless-json': ['src/base/json.ts'],
  'lz4-napi': ['src/ingest/kafka-codec.ts'],
  pino: ['src/serve/log.ts'],
  'prom-client': ['src/serve/metrics.ts'],
  re2js: ['src/query/functions/text-pattern.ts'],
  yaml: ['src/contracts/yaml.ts'],

  // Node's own that reach outside the process
  'node:child_process': ['src/cli/'],
  'node:fs': [
    'src/store/node-disk.ts',
    'src/store/lock.ts',
    'src/ingest/file-bytes.ts',
    'src/contracts/read.ts',
    'src/database/project-text.ts',
    'src/cli/',
  ],
  'node:http': ['src/serve/server.ts', 'src/serve/entity-front.ts', 'src/cli/'],
  'node:net': ['src/serve/entity-front.ts', 'src/ingest/kafka-answers.ts'],
  'node:tls': ['src/ingest/kafka-answers.ts'],
  'node:os': ['src/cli/', 'src/base/stand-back.ts'],
  'node:sqlite': ['src/store/lock.ts'],
  'node:v8': ['src/serve/readers/free-memory.ts', 'src/cli/young-space.ts'],
  'node:vm': ['src/serve/readers/free-memory.ts'],
  'node:timers': ['src/ingest/', 'src/serve/'],
  'node:worker_threads': ['src/serve/', 'src/store/', 'src/database/', 'src/cli/'],

  // and those that only compute
  'node:async_hooks': ANYWHERE,
  'node:buffer': ANYWHERE,
  'node:crypto': ANYWHERE,
  'node:events': ANYWHERE,
  'node:module': ANYWHERE,
  'node:path': ANYWHERE,
  'node:perf_hooks': ANYWHERE,
  'node:stream': ANYWHERE,
  'node:string_decoder': ANYWHERE,
  'node:url': ANYWHERE,
  'node:util': ANYWHERE,
  'node:zlib': ANYWHERE,
}

describe('the house', () => {
  it('has files', () => {
    expect(files.length).toBeGreaterThan(10)
  })

  it('has arrows that go down only', () => {
    expect(wrongArrows(files), picture(files)).toEqual([])
  })

  it('has arrows that go down only within a room too', () => {
    expect(wrongInnerArrows(files)).toEqual([])
  })

  it('has no files that import each other in a ring', () => {
    expect(rings(files)).toEqual([])
  })

  it('keeps each package and each way out in its home', () => {
    expect(homeless(files, HOMES)).toEqual([])
  })

  it('uses every package that it depends on, and depends on every package that it uses', () => {
    const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
    const used = new Set(files.flatMap(file => file.imports.filter(name => !/^(?:\.|node:)/.test(name)).map(packageOf)))
    expect([...used].sort()).toEqual(Object.keys(dependencies).sort())
  })

  it('has a model that is pure', () => {
    expect(impure(files.filter(file => roomOf(file.path) === 'model'))).toEqual([])
  })

  it('reads arguments and environment, and exits, in the command line only', () => {
    expect(processUses(files.filter(file => roomOf(file.path) !== 'cli'))).toEqual([])
  })

  it('has files named after one concept', () => {
    expect(badFiles(files)).toEqual([])
  })

  it('explains each folder in a README.md', () => {
    const folders = [...new Set(files.map(file => dirname(file.path)))]
    expect(folders.filter(folder => !existsSync(join(ROOT, folder, 'README.md')))).toEqual([])
  })
})

/** Every law above must be able to fail: a house built wrong on purpose. */
describe('the laws', () => {
  const file = (path: string, ...imports: string[]): SourceFile => ({ path, text: '', imports })
  const written = (path: string, text: string): SourceFile => ({ path, text, imports: importsOf(text) })

  it('find imports in every form', () => {
    const text = `
import type { A } from './a.ts'
import b, { c } from "./b.ts"
import {
  d,
  type E,
} from '../d.ts'
import * as fs from 'node:fs/promises'
import './effect.ts'
export * from './all.ts'
export type { F } from './f.ts'
export const word = 'from nowhere'
const later = await import('./later.ts')
new Worker(new URL('./worker.ts', import.meta.url))
new URL('./contract.yaml', import.meta.url)
// import x from './comment.ts'
/** import('./doc.ts') */
 * import y from './doc.ts'
`
    expect(importsOf(text)).toEqual([
      './a.ts',
      './b.ts',
      '../d.ts',
      'node:fs/promises',
      './effect.ts',
      './all.ts',
      './f.ts',
      './later.ts',
      './worker.ts',
    ])
  })

  it.each([
    ['up', file('src/model/fact.ts', '../store/log.ts'), 'src/model/fact.ts: model must not import store'],
    ['sideways', file('src/store/log.ts', '../query/plan.ts'), 'src/store/log.ts: store must not import query'],
    [
      'sideways',
      file('src/sample/bank.ts', '../ingest/source.ts'),
      'src/sample/bank.ts: sample must not import ingest',
    ],
    ['into the entrance', file('src/serve/server.ts', '../index.ts'), 'serve must not import entrance'],
    ['out of the house', file('src/cli/main.ts', '../../bench/main.ts'), 'outside src'],
    ['from no room', file('src/attic/box.ts'), 'attic is no room'],
  ])('refuse an arrow %s', (_, bad, words) => {
    expect(wrongArrows([bad]).join()).toContain(words)
  })

  it('refuse an arrow up within a room, and an inner room that has no place', () => {
    expect(
      wrongInnerArrows([
        file('src/query/columns/sort.ts', '../plan/plan.ts', './pace.ts', '../language/ast.ts'),
        file('src/query/plan/plan.ts', '../query.ts'),
        file('src/query/attic/box.ts'),
      ]),
    ).toEqual([
      'src/query/columns/sort.ts: must not import src/query/plan/plan.ts, which is above it',
      'src/query/plan/plan.ts: must not import src/query/query.ts, which is above it',
      'src/query/attic/box.ts: no inner room has this name',
    ])
  })

  it('allow what goes down, and neighbours in a room', () => {
    const good = [file('src/cli/main.ts', '../serve/server.ts', './args.ts'), file('src/index.ts', './serve/server.ts')]
    expect(wrongArrows(good)).toEqual([])
  })

  it('find a ring through three files, and none in a diamond', () => {
    const ring = [file('src/query/a.ts', './b.ts'), file('src/query/b.ts', './c.ts'), file('src/query/c.ts', './a.ts')]
    expect(rings(ring)).toEqual(['src/query/a.ts -> src/query/b.ts -> src/query/c.ts -> src/query/a.ts'])
    const diamond = [
      file('src/query/a.ts', './b.ts', './c.ts'),
      file('src/query/b.ts', './d.ts'),
      file('src/query/c.ts', './d.ts'),
    ]
    expect(rings(diamond)).toEqual([])
  })

  it('find packages away from home', () => {
    const homes = { express: ['src/serve/server.ts'], 'node:fs': ['src/cli/'] }
    expect(
      homeless([file('src/serve/server.ts', 'express'), file('src/cli/a/b.ts', 'node:fs/promises')], homes),
    ).toEqual([])
    expect(homeless([file('src/serve/routes.ts', 'express')], homes)).toHaveLength(1)
    expect(homeless([file('src/query/plan.ts', 'node:fs/promises')], homes)).toHaveLength(1)
    expect(homeless([file('src/query/plan.ts', '@scope/new/part')], homes)).toHaveLength(1)
  })

  it('find what is impure', () => {
    const text = "import fs from 'node:fs'\nconst now = Date.now()\nconst x = Math.random()"
    expect(impure([written('src/model/value.ts', text)])).toHaveLength(3)
  })

  it('find process.env, and leave comments alone', () => {
    const text = '// process.env is not for us\nconst port = process.env.PORT'
    expect(processUses([written('src/serve/server.ts', text)])).toEqual([
      'src/serve/server.ts:2: const port = process.env.PORT',
    ])
  })

  it('find names without a concept, and long files', () => {
    const bad = [
      'src/store/utils.ts',
      'src/query/query-helpers.ts',
      'src/serve/types.ts',
      'src/cli/stream-processor.ts',
    ]
    expect(badFiles(bad.map(path => written(path, '')))).toHaveLength(4)
    expect(badFiles([written('src/model/type.ts', ''), written('src/store/commons.ts', '')])).toEqual([])
    expect(badFiles([written('src/store/log.ts', 'x\n'.repeat(501))])).toHaveLength(1)
    expect(badFiles([written('src/store/log.ts', 'x\n'.repeat(500))])).toEqual([])
  })

  it('know every room of the picture', () => {
    expect(Object.keys(ROOMS)).toHaveLength(13)
    expect(picture([file('src/cli/main.ts', '../model/value.ts')])).toContain('cli        -> model')
  })
})
