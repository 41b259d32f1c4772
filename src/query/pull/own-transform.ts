import { FactError } from '../../base/error.ts'
import type { AnyValue } from '../../model/answer.ts'
import type { FactView } from '../../model/fact-view.ts'
import { arityOf, callFunction } from '../functions/function.ts'
import { FUNCTIONS } from '../functions/functions.ts'
import { namingOf } from '../functions/naming.ts'
import { plainValue } from './plain-value.ts'

/** The function of the language that `:xform` names, if it takes one value: `str`, `upper-case`, `year`. Nothing stays nothing. */
export function ownTransform(name: string, view: FactView): ((value: AnyValue) => AnyValue) | undefined {
  if (!Object.hasOwn(FUNCTIONS, name)) return undefined
  const fn = FUNCTIONS[name]
  const [least, most] = arityOf(fn)
  if (least > 1 || most < 1) return undefined
  const naming = namingOf(view)
  return value => {
    if (value === null) return null
    const plain = plainValue(value)
    if (plain === undefined) throw new FactError('wrong-type', `:xform ${name}: what is pulled here is a map`)
    return callFunction(name, fn, [plain], naming)
  }
}
