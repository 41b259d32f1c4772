import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, extname, join } from 'node:path'
import { FactError } from '../base/error.ts'

/** A text file of a project: `queries/late.edn` is named `late`. */
export interface ProjectText {
  readonly name: string
  readonly path: string
  readonly text: string
}

/** A file as it was seen: what the system says of it, and whether it said so twice. */
interface Seen {
  readonly file: ProjectText
  readonly stamp: string
  readonly twice: boolean
}

/**
 * The files of a folder of the project with one of these endings, looked at again and again. One that the system says is as it was is not
 * read again, since whoever looks has others waiting; it must have said so twice, because times of files tick in milliseconds.
 */
export class ProjectFolder {
  readonly #folder: string | null
  readonly #endings: readonly string[]
  #seen: ReadonlyMap<string, Seen> = new Map()

  constructor(project: string | null, folder: string, endings: readonly string[]) {
    this.#folder = project === null ? null : join(project, folder)
    this.#endings = endings
  }

  /** By name; none where the project has no such folder. */
  read(): ProjectText[] {
    const folder = this.#folder
    const files = folder !== null && existsSync(folder) ? readdirSync(folder) : []
    const chosen = files.filter(file => this.#endings.includes(extname(file))).sort()
    const seen = new Map<string, Seen>()
    for (const file of chosen) {
      const found = this.#look(join(folder!, file), this.#seen.get(file))
      if (found !== null) seen.set(file, found)
    }
    this.#seen = seen
    return [...this.#seen.values()].map(({ file }) => file)
  }

  /** Null where it is gone meanwhile. */
  #look(path: string, before: Seen | undefined): Seen | null {
    const stats = statSync(path, { bigint: true, throwIfNoEntry: false })
    if (stats === undefined) return null
    const { ino, size, mtimeNs, ctimeNs } = stats
    const stamp = `${ino} ${size} ${mtimeNs} ${ctimeNs}`
    const same = before?.stamp === stamp
    if (same && before.twice) return before
    const text = readFileSync(path, 'utf8')
    const file = before?.file.text === text ? before.file : { name: basename(path, extname(path)), path, text }
    return { file, stamp, twice: same }
  }
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
