import type { Shape } from '../model/answer.ts'
import type { Decimal } from '../model/decimal.ts'
import type { ValueType } from '../model/type.ts'
import type { Value } from '../model/value.ts'
import type { Edn, EdnPlace } from './edn.ts'

/** A query as written, checked for form and nothing else. Every node knows its place in the text. */
export interface ParsedQuery {
  readonly text: string
  readonly shape: Shape
  readonly find: readonly FindElement[]
  readonly with: readonly Variable[]
  readonly inputs: readonly Input[]
  readonly where: readonly Clause[]
  /** Names of return maps (`:keys`). */
  readonly keys: readonly string[] | null
  readonly orderBy: readonly OrderBy[] | null
  readonly limit: number | null
  readonly offset: number | null
  readonly at: EdnPlace
}

/** A value in the text. A number with a point keeps its exact value beside the double. */
export interface Literal {
  readonly value: Value
  readonly type: ValueType
  readonly exact: Decimal | null
}

export interface Variable {
  readonly term: 'variable'
  /** With its question mark. */
  readonly name: string
  readonly at: EdnPlace
}
export interface Constant {
  readonly term: 'constant'
  readonly literal: Literal
  readonly at: EdnPlace
}
/** `[:customer/id "17850"]` */
export interface LookupRef {
  readonly term: 'lookup'
  readonly ident: string
  readonly key: Constant
  readonly at: EdnPlace
}
export interface Blank {
  readonly term: 'blank'
  readonly at: EdnPlace
}
export type Term = Variable | Constant | LookupRef | Blank

/** How values meet variables: `?x`, `[?x ?y]`, `[?x ...]`, `[[?x ?y]]`. A blank takes a value and drops it. */
export type Binding = { readonly at: EdnPlace } & (
  | { readonly bind: 'scalar'; readonly variables: readonly [Variable] }
  | { readonly bind: 'collection'; readonly variables: readonly [Variable] }
  | { readonly bind: 'tuple' | 'relation'; readonly variables: readonly (Variable | Blank)[] }
)

export type Input = { readonly at: EdnPlace } & (
  | { readonly input: 'source'; readonly name: string }
  | { readonly input: 'rules' }
  | { readonly input: 'values'; readonly binding: Binding }
)

export interface Pattern {
  readonly clause: 'pattern'
  readonly source: string
  readonly entity: Term
  readonly ident: string
  readonly identAt: EdnPlace
  readonly value: Term
  readonly tx: Term
  readonly at: EdnPlace
}
export interface Predicate {
  readonly clause: 'predicate'
  readonly name: string
  readonly args: readonly Term[]
  readonly at: EdnPlace
}
/** `[(f ?x) ?y]` */
export interface Computation {
  readonly clause: 'computation'
  readonly name: string
  readonly args: readonly Term[]
  readonly to: Variable
  readonly at: EdnPlace
}
/** `[(ground [1 2 3]) [?x ...]]`: values that stand in the text. */
export interface Ground {
  readonly clause: 'ground'
  readonly binding: Binding
  readonly values: Edn
  readonly at: EdnPlace
}
export interface Not {
  readonly clause: 'not'
  /** The variables of `not-join`, null for `not`. */
  readonly join: readonly Variable[] | null
  readonly clauses: readonly Clause[]
  readonly at: EdnPlace
}
export interface Or {
  readonly clause: 'or'
  /** The variables of `or-join`, null for `or`. */
  readonly join: readonly Variable[] | null
  /** Those of `join` that must be bound before. */
  readonly required: readonly Variable[]
  readonly branches: readonly (readonly Clause[])[]
  readonly at: EdnPlace
}
export interface RuleCall {
  readonly clause: 'rule'
  readonly source: string
  readonly name: string
  readonly args: readonly Term[]
  readonly at: EdnPlace
}
export type Clause = Pattern | Predicate | Computation | Ground | Not | Or | RuleCall

/** One branch of a rule. */
export interface Rule {
  readonly name: string
  readonly required: readonly Variable[]
  /** All of the head, those that must be bound included. */
  readonly variables: readonly Variable[]
  readonly clauses: readonly Clause[]
  readonly at: EdnPlace
}

export type FindElement = {
  readonly at: EdnPlace /** As written. */
  readonly text: string
  readonly variable: Variable
} & ({ readonly find: 'variable' } | { readonly find: 'aggregate'; readonly name: string })

export interface OrderBy {
  /** Which find element, from 0. */
  readonly element: number
  readonly descending: boolean
}
