import { FactError } from '../../base/error.ts'
import type { Attribute, Schema } from '../../model/schema.ts'
import { ANY, BOOLEAN, KEYWORD, type ValueType } from '../../model/type.ts'
import { Keyword } from '../../model/value.ts'
import type { Computation, Constant, Predicate, Term } from '../language/ast.ts'
import type { EdnPlace } from '../language/edn.ts'
import { wider } from './comparable.ts'
import { narrowed } from './narrowed.ts'

/** A function that looks at facts of a source: its first argument is the source, the second an entity, then come attributes. */
export interface FactFunction {
  /** Arguments without the source: at least, at most. */
  readonly arity: readonly [number, number]
  /** For the list of functions. */
  readonly takes: string
  readonly doc: string
}

export const FACT_FUNCTIONS: Readonly<Record<FactFunctionName, FactFunction>> = {
  'get-else': {
    arity: [3, 3],
    takes: '$ entity attribute value',
    doc: 'The value of an attribute that has one value at most, or the last argument where there is none.',
  },
  'get-some': {
    arity: [2, Number.POSITIVE_INFINITY],
    takes: '$ entity attribute…',
    doc: 'Attribute and value of the first of some attributes that has one (none may have many); no row where none has.',
  },
  'missing?': {
    arity: [2, 2],
    takes: '$ entity attribute',
    doc: 'Whether an entity has no value of an attribute; or with :x/_a, whether nothing refers to it.',
  },
}
export type FactFunctionName = 'get-else' | 'get-some' | 'missing?'

export const isFactFunction = (name: string): name is FactFunctionName => Object.hasOwn(FACT_FUNCTIONS, name)

/** A call of such a function, its attributes found in the schema. */
export interface FactCall {
  readonly name: FactFunctionName
  readonly source: string
  readonly entity: Term
  readonly attributes: readonly Attribute[]
  /** The attribute of `missing?` is followed backwards. */
  readonly backwards: boolean
  /** The last argument of `get-else`; a constant has the type of the attribute where that can hold it. */
  readonly otherwise: Term | null
}

/** Reads a call. Throws `unknown-attribute`, `wrong-type`. */
export function factCall(clause: Predicate | Computation, schema: Schema): FactCall {
  const name = clause.name as FactFunctionName
  const idents = clause.args.slice(1, name === 'get-else' ? 2 : undefined).map(identOf)
  const backwards = name === 'missing?' && /^:([^/]+\/)?_/.test(idents[0].ident)
  const attributes = idents.map(({ ident, at }) =>
    attributeNamed(backwards ? ident.replace(/^(:(?:[^/]+\/)?)_/, '$1') : ident, schema, at),
  )
  const [attribute] = attributes
  const many = name === 'missing?' ? undefined : attributes.find(each => each.many)
  if (many !== undefined) {
    throw new FactError(
      'wrong-type',
      `${many.ident} may have many values, and (${name} …) gives one; say (or-join …)`,
      clause.at,
    )
  }
  if (backwards && attribute.type.base !== 'ref')
    throw new FactError(
      'wrong-type',
      `${attribute.ident} is no reference, so nothing can be followed backwards`,
      clause.at,
    )
  const last = name === 'get-else' ? clause.args[2] : null
  const literal = last?.term === 'constant' ? narrowed(last.literal, attribute.type) : undefined
  const otherwise = literal === undefined ? last : ({ ...last, literal } as Constant)
  return { name, source: clause.source ?? '$', entity: clause.args[0], attributes, backwards, otherwise }
}

function identOf(term: Term): { ident: string; at: EdnPlace } {
  if (term.term === 'constant' && term.literal.value instanceof Keyword)
    return { ident: term.literal.value.name, at: term.at }
  throw new FactError('wrong-type', 'an attribute is expected here, such as :customer/country', term.at)
}

/** Throws `unknown-attribute` with the nearest names and the place. */
export function attributeNamed(ident: string, schema: Schema, at: EdnPlace): Attribute {
  try {
    return schema.attribute(ident)
  } catch (error) {
    throw error instanceof FactError ? new FactError(error.kind, error.message, { ...error.details, ...at }) : error
  }
}

/** The type of the result; `get-some` gives a list of the two `elements`. */
export function factCallType(
  call: FactCall,
  typeOf: (term: Term) => ValueType,
): { readonly type: ValueType; readonly elements?: readonly ValueType[] } {
  switch (call.name) {
    case 'missing?':
      return { type: BOOLEAN }
    case 'get-some':
      return {
        type: { base: 'list', of: ANY },
        elements: [KEYWORD, call.attributes.map(attribute => attribute.type).reduce(wider)],
      }
    case 'get-else':
      return { type: wider(call.attributes[0].type, typeOf(call.otherwise as Term)) }
  }
}
