import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, extname, join } from 'node:path'
import { FactError } from '../base/error.ts'

/** A text file of a project: `queries/late.edn` is named `late`. */
export interface ProjectText {
  readonly name: string
  readonly path: string
  readonly text: string
}

/** The files of a folder of the project with one of these endings, by name; none where it has no such folder. */
export function projectTexts(project: string | null, folder: string, endings: readonly string[]): ProjectText[] {
  if (project === null || !existsSync(join(project, folder))) return []
  return readdirSync(join(project, folder))
    .filter(file => endings.includes(extname(file)))
    .sort()
    .map(file => {
      const path = join(project, folder, file)
      return { name: basename(file, extname(file)), path, text: readFileSync(path, 'utf8') }
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
