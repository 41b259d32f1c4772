import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'

/** One source file with what it imports: `src/model/value.ts`, and `./decimal.ts`, `node:fs` or `express` as written. */
export interface SourceFile {
  readonly path: string
  readonly text: string
  readonly imports: readonly string[]
}

/** Two ways in which one file needs another: statements at the start of a line, and calls anywhere. `import type` counts. */
const STATEMENT =
  /^(?:import|export)\s+(?:type\s+)?(?:(?:[\w$]+\s*,\s*)?(?:\*(?:\s+as\s+[\w$]+)?|\{[^}]*\}|[\w$]+)\s*from\s*)?['"]([^'"]+)['"]/gm
const CALL = /\b(?:import|require|import\.meta\.resolve|new URL)\(\s*['"]([^'"]+)['"]/g
const COMMENT_LINE = /^\s*(?:\/\/|\*|\/\*).*$/gm

/** Everything that a module's text imports, workers started by URL included. */
export function importsOf(text: string): string[] {
  const code = text.replace(COMMENT_LINE, '')
  const calls = [...code.matchAll(CALL)]
    .filter(([call, name]) => !call.startsWith('new URL') || /^\.{1,2}\/.*\.[cm]?[jt]s$/.test(name))
    .map(([, name]) => name)
  return [...[...code.matchAll(STATEMENT)].map(([, name]) => name), ...calls]
}

/** All TypeScript files below `folder`, by path relative to `root` with forward slashes, sorted. */
export function sourceFiles(root: string, folder: string): SourceFile[] {
  if (!existsSync(join(root, folder))) return []
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && entry.name.endsWith('.ts'))
    .map(entry =>
      join(entry.parentPath, entry.name)
        .slice(root.length + 1)
        .replaceAll('\\', '/'),
    )
    .sort()
    .map(path => {
      const text = readFileSync(join(root, path), 'utf8')
      return { path, text, imports: importsOf(text) }
    })
}

/** The path that a relative import of `from` names, or null where it names a package. */
export const resolveImport = (from: string, name: string): string | null =>
  name.startsWith('.') ? posix.normalize(posix.join(dirname(from), name)) : null

/** `@scope/name` or `name` of `@scope/name/file.js`; `node:fs` of `node:fs/promises`. */
export const packageOf = (name: string): string =>
  name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/')
