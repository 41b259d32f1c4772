import { add, multiply, type Numeric, subtract } from '../../src/model/arithmetic.ts'
import { Decimal } from '../../src/model/decimal.ts'
import { compareValues, isList, Keyword, type Value } from '../../src/model/value.ts'
import type { Binding } from '../../src/query/language/ast.ts'

/** Functions as anybody would write them who has one row before him and all the time in the world. Null gives no row. */
type Plain = (args: readonly Value[]) => Value | null

const whole = (value: Value): bigint => value as bigint

export const PLAIN: Readonly<Record<string, Plain>> = {
  '+': ([a, b]) => add(a as Numeric, b as Numeric),
  '-': ([a, b]) => subtract(a as Numeric, b as Numeric),
  '*': ([a, b]) => multiply(a as Numeric, b as Numeric),
  inc: ([a]) => add(a as Numeric, 1n),
  dec: ([a]) => subtract(a as Numeric, 1n),
  min: ([a, b]) => (compareValues(a, b) <= 0 ? a : b),
  max: ([a, b]) => (compareValues(a, b) >= 0 ? a : b),
  str: args => args.map(arg => (arg instanceof Decimal ? arg.toString() : String(arg))).join(''),
  'upper-case': ([a]) => (a as string).toUpperCase(),
  'starts-with?': ([a, b]) => (a as string).indexOf(b as string) === 0,
  'ends-with?': ([a, b]) => (a as string).slice(-(b as string).length) === b,
  'includes?': ([a, b]) => (a as string).indexOf(b as string) >= 0,
  subs: ([a, start, end]) => [...(a as string)].slice(Number(start), Number(end)).join(''),
  'zero?': ([a]) => compareValues(a, 0n) === 0,
  'pos?': ([a]) => compareValues(a, 0n) > 0,
  'neg?': ([a]) => compareValues(a, 0n) < 0,
  're-find': ([pattern, a]) => new RegExp(pattern as string).exec(a as string)?.[0] ?? null,
  'even?': ([a]) => whole(a) % 2n === 0n,
  count: ([a]) => BigInt([...(a as string)].length),
  tuple: args => [...args],
  identity: ([a]) => a,
  '<': args => compareValues(args[0], args[1]) < 0 && (args.length < 3 || compareValues(args[1], args[2]) < 0),
  '<=': args => compareValues(args[0], args[1]) <= 0 && (args.length < 3 || compareValues(args[1], args[2]) <= 0),
  '>': args => compareValues(args[0], args[1]) > 0 && (args.length < 3 || compareValues(args[1], args[2]) > 0),
  '>=': args => compareValues(args[0], args[1]) >= 0 && (args.length < 3 || compareValues(args[1], args[2]) >= 0),
  '=': args => args.every(arg => compareValues(arg, args[0]) === 0),
  '!=': args => args.some(arg => compareValues(arg, args[0]) !== 0),
}

/** `get-else`, `get-some` and `missing?` from the values that an entity has of an attribute. */
export function plainLookup(
  name: string,
  args: readonly Value[],
  valuesOf: (ident: string) => readonly Value[],
): Value | null {
  const idents = args.filter(arg => arg instanceof Keyword).map(arg => arg.name)
  if (name === 'missing?') return valuesOf(idents[0]).length === 0
  if (name === 'get-else') return valuesOf(idents[0])[0] ?? args[1]
  const hit = idents.find(ident => valuesOf(ident).length > 0)
  return hit === undefined ? null : [new Keyword(hit), valuesOf(hit)[0]]
}

/** Every way in which a value meets a binding: one list of values for its variables. */
export function ways(value: Value, { bind }: Binding): readonly (readonly Value[])[] {
  const items = isList(value) ? value : []
  if (bind === 'scalar') return [[value]]
  if (bind === 'tuple') return [items]
  return bind === 'collection' ? items.map(item => [item]) : items.map(item => item as readonly Value[])
}
