import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { FactError } from '../base/error.ts'

/** A text file of a project: `queries/late.edn` is named `late`. */
export interface ProjectText {
  readonly name: string
  readonly path: string
  readonly text: string
}

/** The EDN files of a folder of the project, by name; none where it has no such folder. */
export function ednFiles(project: string | null, folder: string): ProjectText[] {
  if (project === null || !existsSync(join(project, folder))) return []
  return readdirSync(join(project, folder))
    .filter(file => file.endsWith('.edn'))
    .sort()
    .map(file => {
      const path = join(project, folder, file)
      return { name: file.slice(0, -'.edn'.length), path, text: readFileSync(path, 'utf8') }
    })
}

export const sameTexts = (a: readonly ProjectText[], b: readonly ProjectText[]): boolean =>
  a.length === b.length && a.every(({ path, text }, i) => path === b[i].path && text === b[i].text)

/** The same fault, with the file in front of its place. Anything else is thrown on. */
export function faultIn(path: string, error: unknown): FactError {
  if (!(error instanceof FactError)) throw error
  const { line, column } = error.details
  const place = line === undefined ? path : `${path}:${line}:${column}`
  return new FactError(error.kind, `${place}: ${error.message}`, { ...error.details, file: path })
}
