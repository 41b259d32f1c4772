import type { KeyForm, Shape } from '../../model/answer.ts'
import type { Decimal } from '../../model/decimal.ts'
import type { ValueType } from '../../model/type.ts'
import type { Value } from '../../model/value.ts'
import type { Edn, EdnPlace } from './edn.ts'
import type { Procedure } from './procedure.ts'
import type { RowsShape } from './row-source.ts'

/** A query as written, checked for form and nothing else. Every node knows its place in the text. */
export interface ParsedQuery {
  readonly text: string
  readonly shape: Shape
  readonly find: readonly FindElement[]
  readonly with: readonly Variable[]
  readonly inputs: readonly Input[]
  readonly where: readonly Clause[]
  /** Names of return maps (`:keys`, `:syms`, `:strs`). */
  readonly keys: readonly string[] | null
  readonly keysAs: KeyForm
  readonly orderBy: readonly OrderBy[] | null
  readonly limit: number | null
  readonly offset: number | null
  /** Milliseconds. */
  readonly timeout: number | null
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
  readonly op: Term
  readonly at: EdnPlace
}
/**
 * A pattern whose attribute does not stand in the text, or whose source has rows instead of facts: `[?e ?a ?v]`, `[?e]`, `[$rows ?x ?y]`.
 * What its places mean is for the source to say.
 */
export interface Places {
  readonly clause: 'places'
  readonly source: string
  /** At least one. */
  readonly terms: readonly Term[]
  /** Of a source that has rows; the check of a query puts it here. */
  readonly rows?: RowsShape
  readonly at: EdnPlace
}
export interface Predicate {
  readonly clause: 'predicate'
  readonly name: string
  /** The first argument of functions that look at facts, such as `missing?`; null where none stands there. */
  readonly source: string | null
  readonly args: readonly Term[]
  /** Of a project, once the query is checked. */
  readonly procedure?: Procedure
  readonly at: EdnPlace
}
/** `[(f ?x) ?y]` */
export interface Computation {
  readonly clause: 'computation'
  readonly name: string
  readonly source: string | null
  readonly args: readonly Term[]
  readonly to: Binding
  /** Of `q`. */
  readonly nested?: NestedQuery
  /** Of a project, once the query is checked. */
  readonly procedure?: Procedure
  readonly at: EdnPlace
}
/** `[(q [:find …] $ ?x) [[?a ?b]]]`: a query inside of a query. */
export interface NestedQuery {
  /** Read when the outer query is checked. */
  readonly form: Edn
  /** What is given to each input: a source or `%` by name, or which argument of the call. */
  readonly given: readonly (string | number)[]
  /** The query, once the outer one is checked. */
  readonly query?: ParsedQuery
  /** Of its columns, as far as they follow from the schema and from constants. */
  readonly types?: readonly ValueType[]
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
/** A call of a rule that stays a relation of its own; no text has it, expansion makes it. */
export interface RelationCall {
  readonly clause: 'call'
  readonly relation: RuleRelation
  /** One for each variable of the head; no two are the same. */
  readonly args: readonly Variable[]
  readonly at: EdnPlace
}
export type Clause = Pattern | Places | Predicate | Computation | Ground | Not | Or | RuleCall | RelationCall

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
} & (
  | { readonly find: 'variable' }
  /** `(max ?x)`, or with an amount `(max 3 ?x)`: a constant or an input. */
  | { readonly find: 'aggregate'; readonly name: string; readonly amount: Constant | Variable | null }
  /** `(pull ?e [*])`; the pattern stands in the text or is an input. */
  | {
      readonly find: 'pull'
      readonly source: string
      readonly pattern: PullPattern | { readonly input: string; readonly at: EdnPlace }
    }
  /** `(maybe ?e :a/b)`: the value, or null. */
  | { readonly find: 'maybe'; readonly source: string; readonly ident: string; readonly identAt: EdnPlace }
)

/** A pull pattern: Datomic's grammar, all of it. */
export interface PullPattern {
  /** `*` */
  readonly wildcard: boolean
  readonly specs: readonly PullSpec[]
  readonly at: EdnPlace
}

/** What is pulled of one attribute. */
export interface PullSpec {
  /** Of the attribute itself, also where it is followed backwards; `:db/id` for the entity. */
  readonly ident: string
  /** `:line/_customer` */
  readonly reverse: boolean
  /** The key of the result: the attribute as written, or what `:as` says. */
  readonly key: Value
  /** How many of many; null is all. */
  readonly limit: number | null
  /** Instead of nothing. */
  readonly default: Value | null
  /** Name of a procedure. */
  readonly xform: string | null
  /** A pattern for what a reference points at; or this very pattern again, so many times, or without end. */
  readonly follow: PullPattern | { readonly times: number } | null
  readonly at: EdnPlace
}

export interface OrderBy {
  /** Which find element, from 0. */
  readonly element: number
  readonly descending: boolean
}

/**
 * A rule that is evaluated as a relation of its own, because it reaches itself or because putting its branches in place of each call would
 * make the query grow. Made by `expand.ts`, completed by `rule-program.ts`, evaluated by `rule-table.ts`.
 */
export interface RuleRelation {
  readonly name: string
  /** What `$` means in it. */
  readonly source: string
  /** Names that occur nowhere outside of it; the first `required` ones must be bound by whoever calls. */
  readonly head: readonly Variable[]
  readonly required: number
  /** The head of its first branch. */
  readonly at: EdnPlace
  /** Over the names of the head. */
  branches: readonly RuleBranch[]
  /** Relations that reach each other have the same number; one that is reached from outside only has a smaller one than who calls it. */
  component: number
  /** Of the head. */
  types: readonly ValueType[]
}

export interface RuleBranch {
  readonly clauses: readonly Clause[]
  /** Of all variables of the outermost list. */
  readonly types: ReadonlyMap<string, ValueType>
}
