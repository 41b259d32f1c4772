import { FactError } from '../base/error.ts'
import type { SavedQueryInfo } from '../database/api.ts'
import type { Parameters } from './parameters.ts'

/** A name as URLs and command lines have it, without the question mark. */
export const plainName = (name: string): string => name.replace(/^\?/, '')

/** Names of a query's parameters as URLs have them. */
export const parameterNames = (info: SavedQueryInfo): string[] => info.params.map(({ name }) => plainName(name))

/** Whether a declared type takes several values: `list(string)`, or `[:list :string]` as a file has it. */
const isList = (type: string): boolean => type.startsWith('list(') || type.startsWith('[:list')

/**
 * One argument from its texts, of which a collection may have several; they are read by the declared type, so no number is rounded.
 * Throws `argument` where another has more than one.
 */
export function savedArgument(name: string, type: string, texts: readonly string[]): string | readonly string[] {
  if (isList(type)) return texts
  if (texts.length > 1)
    throw new FactError('argument', `${name} is given ${texts.length} times, and is no collection but a ${type}`)
  return texts[0]
}

/** The arguments of a saved query among the parameters of a URL. */
export function savedArguments(
  info: SavedQueryInfo,
  parameters: Parameters,
): Readonly<Record<string, string | readonly string[]>> {
  const args: Record<string, string | readonly string[]> = {}
  for (const { name, type } of info.params) {
    const plain = plainName(name)
    const texts = parameters.all(plain)
    if (texts.length > 0) args[plain] = savedArgument(plain, type, texts)
  }
  return args
}
