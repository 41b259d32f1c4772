import { FactError } from '../base/error.ts'
import type { Schema } from '../model/schema.ts'
import {
  builtIns,
  describeQuery,
  EMPTY_LIBRARY,
  joinLibraries,
  type Library,
  type Procedure,
  parseLibrary,
  parseQuery,
} from '../query/query.ts'
import type { ProcedureThread } from './procedure-thread.ts'
import { faultIn, type ProjectFolder, type ProjectText, sameTexts } from './project-text.ts'

/** What the files of `procedures/` add to the language, and what is wrong with those that cannot be used. */
export interface ProjectLibrary {
  readonly library: Library
  readonly faults: readonly FactError[]
  readonly files: readonly ProjectText[]
  /** Those without a fault. */
  readonly sound: readonly ProjectText[]
}

/**
 * Reads and checks `procedures/*.edn` (rules) and `procedures/*.ts` (functions); gives `before` where none changed since. A file with a
 * fault is left out and named; it stops no other file.
 */
export function readProjectLibrary(
  folder: ProjectFolder,
  schema: Schema,
  thread: ProcedureThread,
  before: ProjectLibrary | null,
): ProjectLibrary {
  const files = folder.read()
  if (before !== null && sameTexts(files, before.files)) return before
  const faults: FactError[] = []
  const read: { file: ProjectText; library: Library }[] = []
  for (const file of files) {
    const { path, text } = file
    try {
      const library = path.endsWith('.ts') ? procedureLibrary(thread.load(path, text)) : parseLibrary(text, path)
      joinLibraries([...read.map(other => other.library), library])
      read.push({ file, library })
    } catch (error) {
      faults.push(faultIn(path, error))
    }
  }
  // a rule may call those of another file, so each is checked beside all of them
  const all = joinLibraries(read.map(({ library }) => library))
  const sound = read.filter(({ file, library }) => {
    try {
      checkRules(library, all, schema)
      return true
    } catch (error) {
      faults.push(faultIn(file.path, error))
      return false
    }
  })
  const library = joinLibraries(sound.map(each => each.library))
  return { library, faults, files, sound: sound.map(({ file }) => file) }
}

/** A library of functions alone. Throws `argument` where one has the name of a function of the language. */
export function procedureLibrary(procedures: readonly Procedure[]): Library {
  const taken = new Set(builtIns().map(({ name }) => name))
  for (const { name } of procedures)
    if (taken.has(name)) throw new FactError('argument', `${name} is a function of the language; give another name`)
  return { ...EMPTY_LIBRARY, procedures: new Map(procedures.map(procedure => [procedure.name, procedure])) }
}

/** Every rule must make sense once all that stands in its head is given. */
function checkRules(library: Library, all: Library, schema: Schema): void {
  for (const { name, variables } of library.rules) {
    const head = [...new Set(variables.map(variable => variable.name))].join(' ')
    describeQuery(parseQuery(`[:find ${head} :in $ ${head} :where (${name} ${head})]`), schema, { library: all })
  }
}
