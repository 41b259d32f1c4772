import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { functionsPage } from '../bin/functions-page.ts'
import { readContracts } from '../src/contracts/read.ts'
import { examplesOf, fits } from './console.ts'
import { DOCS, pagesOf, testPages } from './doc-pages.ts'
import { ROOT } from './given.ts'
import { newFolder, removeFolders } from './service.ts'

// those of docs/ run with the long tests: each command is a start of its own
testPages(pagesOf(['README.md']))

test('the page of functions lists what a query can call (node bin/functions-page.ts writes it)', () => {
  expect(readFileSync(join(ROOT, 'docs/functions.md'), 'utf8')).toBe(functionsPage())
})

test('the contracts that pages show are contracts', () => {
  const shown = pagesOf(['README.md', ...DOCS]).flatMap(({ text }) => [
    ...text.matchAll(/^```yaml contract=(\S+)\n(.*?)^```/gms),
  ])
  expect(shown.length).toBeGreaterThan(0)
  for (const [, name, yaml] of shown) {
    const project = newFolder()
    mkdirSync(join(project, 'contracts', name, '..'), { recursive: true })
    writeFileSync(join(project, 'contracts', `${name}.yaml`), yaml)
    expect(readContracts(project).list.length).toBe(1)
  }
  removeFolders()
})

test('the checker of examples can fail', () => {
  const [example] = examplesOf('page', "```console\n$ echo 'a\nb'\na\nb …\n```\n")
  expect(example).toEqual({ page: 'page', line: 2, command: "echo 'a\nb'", expected: 'a\nb …' })
  expect([
    fits('a\nb c\n', example.expected),
    fits('a\nc\n', example.expected),
    fits('x.y', 'x.y'),
    fits('xzy', 'x.y'),
  ]).toEqual([true, false, true, false])
})
