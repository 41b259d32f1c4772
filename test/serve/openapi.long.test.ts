import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { pythonWith, ROOT } from '../given.ts'
import { newFolder, removeFolders, type Service, startService } from '../service.ts'

const python = pythonWith('schemathesis')
const CHECKS = [
  ...['not_a_server_error', 'status_code_conformance', 'content_type_conformance'],
  ...['response_headers_conformance', 'response_schema_conformance'],
]

describe('schemathesis, against a service with the sample', () => {
  let service: Service

  beforeAll(async () => {
    service = await startService(['--data', newFolder(), '--log-level', 'warn', '--timeout-ms', '5000'])
    while (!(await fetch(`${service.url}/ready`)).ok) await new Promise(resolve => setTimeout(resolve, 100))
  })

  afterAll(async () => {
    await service?.end('SIGTERM')
    removeFolders()
  })

  test.skipIf(!python)('finds no 500, and no answer outside the document (needs schemathesis)', () => {
    const options = [
      ...['--config-file', join(ROOT, 'test/serve/schemathesis.toml'), 'run', `${service.url}/openapi.json`],
      ...['--checks', CHECKS.join(','), '--phases', 'examples,coverage,fuzzing', '--max-examples', '20'],
      ...['--exclude-tag', 'planned', '--continue-on-failure', '--generation-database', 'none', '--no-color'],
      ...['--request-timeout', '60', '--warnings', 'off'],
    ]
    const ran = spawnSync(python!, ['-m', 'schemathesis.cli', ...options], {
      cwd: newFolder(),
      encoding: 'utf8',
      maxBuffer: 1 << 28,
      // the limit of a test does not end a process that is waited for
      timeout: 540_000,
    })
    const [, generated, passed] = /(\d+) generated, (\d+) passed/.exec(ran.stdout) ?? []
    // URLs and bodies may be of any length
    const told = ran.stdout.slice(Math.max(0, ran.stdout.indexOf('= FAILURES ='))).replace(/^(.{500}).*$/gm, '$1…')
    expect(ran.status, `${told.slice(0, 8000)}\n${ran.stdout.slice(-300)}${ran.stderr.slice(-2000)}`).toBe(0)
    expect(Number(passed)).toBe(Number(generated))
    expect(Number(generated)).toBeGreaterThan(500)
  })
})
