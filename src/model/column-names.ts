import { FactError } from '../base/error.ts'
import type { Answer } from './answer.ts'

/** The names of an answer's columns where a format needs them; `:keys` win. Throws `argument` where one is doubled. */
export function columnNames({
  columns,
  keys,
}: {
  readonly columns: readonly { readonly name: string }[]
  readonly keys: Answer['keys']
}): readonly string[] {
  const names = keys ?? columns.map(({ name }) => name)
  const doubled = names.find((name, i) => names.indexOf(name) !== i)
  if (doubled !== undefined)
    throw new FactError(
      'argument',
      `two columns are named ${doubled}, and this format needs names: give others with :keys`,
    )
  return names
}
