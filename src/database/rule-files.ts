import type { FactError } from '../base/error.ts'
import type { Schema } from '../model/schema.ts'
import { describeQuery, joinLibraries, parseQuery, parseRuleLibrary, type RuleLibrary } from '../query/query.ts'
import { ednFiles, faultIn, type ProjectText, sameTexts } from './project-text.ts'

/** The rules of `procedures/*.edn`, which every query may call by name, and what is wrong with files that cannot be used. */
export interface RuleFiles {
  readonly library: RuleLibrary
  readonly faults: readonly FactError[]
  readonly files: readonly ProjectText[]
}

/** Reads and checks the rule files of a project; gives `before` where none changed since. A file with a fault is left out and named; it stops no other file. */
export function readRuleFiles(project: string | null, schema: Schema, before: RuleFiles | null): RuleFiles {
  const files = ednFiles(project, 'procedures')
  if (before !== null && sameTexts(files, before.files)) return before
  const faults: FactError[] = []
  const read: { path: string; library: RuleLibrary }[] = []
  for (const { path, text } of files) {
    try {
      const library = parseRuleLibrary(text)
      joinLibraries([...read.map(other => other.library), library])
      read.push({ path, library })
    } catch (error) {
      faults.push(faultIn(path, error))
    }
  }
  // a rule may call those of another file, so each is checked beside all of them
  const all = joinLibraries(read.map(({ library }) => library))
  const sound = read.filter(({ path, library }) => {
    try {
      checkRules(library, all, schema)
      return true
    } catch (error) {
      faults.push(faultIn(path, error))
      return false
    }
  })
  return { library: joinLibraries(sound.map(({ library }) => library)), faults, files }
}

/** Every rule must make sense once all that stands in its head is given. */
function checkRules(library: RuleLibrary, all: RuleLibrary, schema: Schema): void {
  for (const { name, variables } of library.rules) {
    const head = [...new Set(variables.map(variable => variable.name))].join(' ')
    describeQuery(parseQuery(`[:find ${head} :in $ ${head} :where (${name} ${head})]`), schema, { library: all })
  }
}
