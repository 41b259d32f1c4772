import type { ValueType } from '../../model/type.ts'
import type { Value } from '../../model/value.ts'

/** A function that a project adds to the language. The same arguments give the same result. */
export interface Procedure {
  readonly name: string
  readonly args: readonly ValueType[]
  readonly returns: ValueType
  /** What it is made of: a change of it is another procedure. */
  readonly text: string
  /**
   * The results for some rows of arguments, each a value of the type that was declared; null where there is none. Throws `procedure` where
   * it throws, takes too long or gives something of another type.
   */
  readonly call: (rows: readonly (readonly Value[])[]) => readonly (Value | null)[]
}
