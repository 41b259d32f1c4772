// Writes docs/functions.md from the tables that the engine itself uses: node bin/functions-page.ts
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type BuiltIn, builtIns } from '../src/query/built-ins.ts'
import { EXAMPLES } from './function-examples.ts'

const TITLES: Readonly<Record<BuiltIn['group'], string>> = {
  numbers: 'Numbers',
  strings: 'Strings',
  time: 'Time',
  values: 'Values and conditions',
  facts: 'Facts',
  aggregates: 'Aggregates',
}

/** The page of all functions and aggregates, in Markdown. */
export function functionsPage(): string {
  const cell = (text: string) => text.replaceAll('|', '\\|')
  const sections = Object.entries(TITLES).map(([group, title]) => {
    const rows = builtIns()
      .filter(each => each.group === group)
      .map(({ name, takes, doc }) => {
        const [call, gives] = EXAMPLES[group === 'aggregates' ? `aggregate ${name}` : name]
        return `| \`${cell(name)}\` | ${cell(takes)} | ${cell(doc)} | \`${cell(call)}\` → \`${cell(gives)}\` |`
      })
    return `## ${title}\n\n| name | takes | gives | example |\n|---|---|---|---|\n${rows.join('\n')}\n`
  })
  return `# Functions and aggregates\n\nEverything that a [query](datalog.md) can call. A function that has nothing to give gives no row; nil is never a value. In the examples \`?c\` is a customer of France, and \`?x\` is 1, 3 and 5.\n\n${sections.join('\n')}`
}

if (import.meta.url === pathToFileURL(process.argv[1]).href)
  writeFileSync(join(import.meta.dirname, '../docs/functions.md'), functionsPage())
