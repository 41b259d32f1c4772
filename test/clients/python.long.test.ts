import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { pythonWith, ROOT } from '../given.ts'
import { newFolder, removeFolders, type Service, startService } from '../service.ts'

const CLIENT = join(ROOT, 'clients/python')
const frames = pythonWith('pyarrow', 'pandas', 'polars', 'duckdb')
const spark = pythonWith('pyarrow', 'pyspark')

describe('the client for Python, against a service with the sample', () => {
  let service: Service

  beforeAll(async () => {
    service = await startService(['--data', newFolder(), '--log-level', 'warn'])
    while (!(await fetch(`${service.url}/ready`)).ok) await new Promise(resolve => setTimeout(resolve, 100))
  })

  afterAll(async () => {
    await service?.end('SIGTERM')
    removeFolders()
  })

  /** Runs a module of tests as its author would; what it printed, if one failed. */
  function run(python: string, module: string): void {
    const env = { ...process.env, HEARTWOOD_URL: service.url, PYTHONPATH: CLIENT, PYTHONDONTWRITEBYTECODE: '1' }
    const cwd = join(CLIENT, 'tests')
    const { status, stderr } = spawnSync(python, ['-m', 'unittest', module], {
      cwd,
      env,
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    })
    if (status !== 0) throw new Error(stderr.slice(-8000))
    const [, count] = /^Ran (\d+) tests? in /m.exec(stderr) ?? []
    expect(Number(count)).toBeGreaterThan(3)
  }

  test.skipIf(!frames)('reads entities, queries and extracts (needs pyarrow, pandas, polars and duckdb)', () => {
    run(frames!, 'test_client')
  })

  test.skipIf(!spark)('is a data source of Spark (needs pyspark)', () => {
    run(spark!, 'test_spark')
  })

  test.skipIf(!frames)('installs, and brings its types (needs pyarrow)', () => {
    const target = newFolder()
    const installed = spawnSync(
      frames!,
      ['-m', 'pip', 'install', '--quiet', '--no-deps', '--no-build-isolation', '--target', target, CLIENT],
      { encoding: 'utf8' },
    )
    expect([installed.status, installed.stderr.replace(/^.*notice.*$/gm, '').trim()]).toEqual([0, ''])
    const script =
      'import heartwood, os; print(heartwood.__file__, os.path.exists(os.path.join(os.path.dirname(heartwood.__file__), "py.typed")))'
    const { stdout } = spawnSync(frames!, ['-c', script], {
      cwd: target,
      env: { ...process.env, PYTHONPATH: target },
      encoding: 'utf8',
    })
    expect(stdout.trim()).toBe(`${join(target, 'heartwood/__init__.py')} True`)
  })
})
