import { FactError } from '../base/error.ts'
import { parseExact } from '../base/json.ts'
import { checkFilter, type Filter } from '../query/query.ts'
import { exactArgument } from './exact-argument.ts'
import type { Parameters } from './parameters.ts'

/** Which columns and rows of an extract a URL asks for. */
export interface Choice {
  readonly columns: readonly string[] | null
  readonly filters: readonly Filter[]
  /** As it was given. */
  readonly filtersText: string | undefined
}

/** Reads `columns=a,b` and `filters=[["country","=","France"]]`. Throws `argument`. */
export function choiceOf(parameters: Parameters): Choice {
  const columns = parameters.text('columns')
  const filtersText = parameters.text('filters')
  return {
    columns:
      columns === undefined
        ? null
        : columns
            .split(',')
            .map(name => name.trim())
            .filter(name => name !== ''),
    filters: filtersText === undefined ? [] : readFilters(filtersText),
    filtersText,
  }
}

/** Throws `argument`. */
export function readFilters(text: string): Filter[] {
  let json: unknown
  try {
    json = parseExact(text)
  } catch (error) {
    throw error instanceof FactError ? new FactError('argument', `filters: ${error.message}`, error.details) : error
  }
  if (!Array.isArray(json)) throw wrongFilters()
  return json.map(item => {
    if (!Array.isArray(item) || item.length < 2 || item.length > 3) throw wrongFilters()
    const [column, op, ...values] = item
    if (typeof column !== 'string' || typeof op !== 'string') throw wrongFilters()
    const value = values.map(each => exactArgument(each, `the filter of ${column}`))
    const filter = { column, op, ...(value.length === 0 ? {} : { value: value[0] }) } as Filter
    checkFilter(filter)
    return filter
  })
}

const wrongFilters = () =>
  new FactError('argument', 'filters is JSON such as [["country","=","France"],["born","null"]]')
