import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Example, examplesOf, fits } from './console.ts'
import { pythonWithArrow, ROOT } from './given.ts'
import { newFolder, removeFolders, type Service, startService } from './service.ts'

/** A page for users, by its path from the root. */
export interface Page {
  readonly page: string
  readonly text: string
}

/** Those of `docs/`. */
export const DOCS = readdirSync(join(ROOT, 'docs'))
  .filter(name => name.endsWith('.md'))
  .map(name => `docs/${name}`)

export const pagesOf = (names: readonly string[]): Page[] =>
  names.map(page => ({ page, text: readFileSync(join(ROOT, page), 'utf8') }))

/** Runs every example and every program of some pages, against one service with the sample. */
export function testPages(pages: readonly Page[]): void {
  const examples = pages.flatMap(({ page, text }) => examplesOf(page, text))
  const python = pythonWithArrow()

  describe('what the pages show', () => {
    let service: Service
    let data: string

    beforeAll(async () => {
      data = newFolder()
      service = await startService(['--data', data])
      while (!(await fetch(`${service.url}/ready`)).ok) await new Promise(resolve => setTimeout(resolve, 100))
    })

    afterAll(async () => {
      await service?.end('SIGTERM')
      removeFolders()
    })

    /** Runs text in a shell as a reader would, against the service that the pages call port 7474. */
    const run = (command: string, args: string[]): Promise<string> =>
      new Promise(resolve => {
        const PATH = `${join(ROOT, 'node_modules/.bin')}:${process.env['PATH']}`
        const child = spawn(command, args, {
          cwd: ROOT,
          env: { ...process.env, PATH, HEARTWOOD_DATA: data, PYTHONPATH: join(ROOT, 'clients/python') },
        })
        let printed = ''
        for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (printed += chunk))
        child.on('close', () => resolve(printed))
      })
    const here = (text: string): string =>
      text.replaceAll('http://127.0.0.1:7474', service.url).replaceAll('npx heartwood', 'node bin/heartwood.mjs')

    test('there is something to try on the pages', () => {
      expect(examples.length).toBeGreaterThan(4)
    })

    test.each(examples.map((example): [string, Example] => [`${example.page}:${example.line}`, example]))(
      '%s prints what it promises',
      async (_, example) => {
        const printed = await run('bash', ['-c', here(example.command)])
        if (!fits(printed, example.expected)) expect(printed.trim()).toBe(example.expected)
      },
    )

    const programs = pages.flatMap(({ page, text }) =>
      [...text.matchAll(/^```python\n(.*?)^```/gms)].map(([, program]): [string, string] => [page, program]),
    )
    test.skipIf(!python).each(programs)('the program of %s runs (needs pyarrow)', async (_, program) => {
      expect(await run(python!, ['-c', here(program)])).toMatch(/^\d+ customers as of 2025-12-31T/)
    })
  })
}
