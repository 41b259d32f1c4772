import { ANY, PULL, type ValueType } from '../../model/type.ts'
import { aggregateNamed } from '../aggregates/aggregates.ts'
import type { FindElement } from '../language/ast.ts'
import { pullType } from '../pull/pull-type.ts'
import type { Compiled } from './compiled.ts'

/** A column as a listing shows it, before there are rows. */
export interface ColumnShape {
  readonly name: string
  readonly find: string
  readonly type: ValueType
  readonly nullable: boolean
}

const known = new WeakMap<Compiled, readonly ColumnShape[]>()

/** The columns of a query's answer. A type that depends on arguments not given is `any`. */
export function columnsOf(compiled: Compiled): readonly ColumnShape[] {
  let columns = known.get(compiled)
  if (columns === undefined) known.set(compiled, (columns = shapesOf(compiled)))
  return columns
}

function shapesOf(compiled: Compiled): ColumnShape[] {
  return compiled.query.find.map((element, i) => {
    const nullable = element.find === 'pull' || element.find === 'maybe'
    return {
      name: compiled.query.keys?.[i] ?? columnName(element),
      find: element.text,
      type: elementType(element, compiled),
      nullable,
    }
  })
}

function elementType(element: FindElement, { types, schema }: Compiled): ValueType {
  const type = types.get(element.variable.name) ?? ANY
  switch (element.find) {
    case 'variable':
      return type
    case 'aggregate':
      return aggregateNamed(element.name, element.amount !== null, element.at).result(
        type,
        element.at,
        element.amount !== null,
      )
    case 'pull':
      return 'specs' in element.pattern ? pullType(element.pattern, schema) : PULL
    case 'maybe':
      return schema.attribute(element.ident).type
  }
}

/** `?country` is `country`, `(sum ?x)` is `sum_x`, a pull of `?e` is `pull_e`, `(maybe ?e :customer/age)` is `age`. */
const columnName = (element: FindElement): string => {
  const variable = element.variable.name.slice(1)
  if (element.find === 'variable') return variable
  if (element.find === 'pull') return `pull_${variable}`
  if (element.find === 'maybe') return element.ident.replace(/^:(?:.*\/)?/, '')
  const { name, amount } = element
  if (amount === null) return `${name}_${variable}`
  return `${name}_${amount.term === 'constant' ? amount.literal.value : amount.name.slice(1)}_${variable}`
}
