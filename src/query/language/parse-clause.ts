import { FactError } from '../../base/error.ts'
import type { Binding, Blank, Clause, Constant, LookupRef, Rule, Term, Variable } from './ast.ts'
import type { Edn, EdnPlace } from './edn.ts'
import { showForm } from './edn-form.ts'
import { collectionLiteral, elementLiteral, literalOf } from './literal.ts'

const fail = (words: string, at: EdnPlace): never => {
  throw new FactError('parse-error', words, at)
}

export const isVariable = (form: Edn): boolean => form.form === 'symbol' && /^\?[^?\s]/.test(form.name)
export const isSource = (form: Edn): boolean => form.form === 'symbol' && form.name.startsWith('$')
const isSymbol = (form: Edn | undefined, name: string): boolean => form?.form === 'symbol' && form.name === name

export function parseVariable(form: Edn, where: string): Variable {
  if (form.form === 'symbol' && isVariable(form)) return { term: 'variable', name: form.name, at: form.at }
  return fail(`${where} needs a variable such as ?x`, form.at)
}

const blank = (at: EdnPlace): Blank => ({ term: 'blank', at })

function parseConstant(form: Edn): Constant {
  const literal = literalOf(form) ?? collectionLiteral(form)
  if (literal === undefined)
    return fail(
      form.form === 'tagged'
        ? `#${form.tag} is no value; there are #inst, #date and #uuid`
        : 'a value is expected here',
      form.at,
    )
  return { term: 'constant', literal, at: form.at }
}

/** `[:customer/id "17850"]`, or undefined where the form is something else. */
export function parseLookupRef(form: Edn): LookupRef | undefined {
  if (form.form !== 'vector' || form.items.length !== 2 || form.items[0].form !== 'keyword') return undefined
  return { term: 'lookup', ident: form.items[0].name, key: parseConstant(form.items[1]), at: form.at }
}

function parseTerm(form: Edn): Term {
  if (isSymbol(form, '_')) return blank(form.at)
  if (isVariable(form)) return parseVariable(form, 'this')
  // only rows that a caller gives can hold a symbol, so elsewhere the check of the query refuses it
  if (form.form === 'symbol') return { term: 'constant', literal: elementLiteral(form), at: form.at }
  return parseLookupRef(form) ?? parseConstant(form)
}

/** All clauses of a list; `source` is the one that patterns without a source mean. */
export const parseClauses = (forms: readonly Edn[], source: string): Clause[] =>
  forms.map(form => parseClause(form, source))

function parseClause(form: Edn, source: string): Clause {
  if (form.form === 'vector') {
    if (form.items[0]?.form === 'list') return parseExpression(form.items, form.at)
    return parsePattern(form.items, source, form.at)
  }
  if (form.form === 'list') return parseList(form.items, source, form.at)
  return fail(
    'a clause is a vector such as [?e :a/b ?v] or [(< ?x 5)], or a list such as (not …), (or …) or a rule',
    form.at,
  )
}

function parsePattern(items: readonly Edn[], source: string, at: EdnPlace): Clause {
  const own = items[0]
  const named = own?.form === 'symbol' && isSource(own) ? own.name : undefined
  const terms = named === undefined ? items : items.slice(1)
  if (terms.length === 0) return fail('a pattern needs an entity and an attribute: [?e :a/b ?v]', at)
  const [, attribute] = terms
  if (attribute?.form !== 'keyword' || terms.length > 5)
    return { clause: 'places', source: named ?? source, terms: terms.map(parseTerm), at }
  const place = (i: number): Term => (terms[i] === undefined ? blank(at) : parseTerm(terms[i]))
  return {
    clause: 'pattern',
    source: named ?? source,
    entity: place(0),
    ident: attribute.name,
    identAt: attribute.at,
    value: place(2),
    tx: place(3),
    op: place(4),
    at,
  }
}

/** `[(f …)]` and `[(f …) ?x]`. */
function parseExpression(items: readonly Edn[], at: EdnPlace): Clause {
  const call = items[0]
  if (call.form !== 'list' || call.items.length === 0) return fail('a call needs the name of a function', call.at)
  const [head, ...rest] = call.items
  if (head.form !== 'symbol') return fail('a call begins with the name of a function', head.at)
  if (items.length > 2) return fail('a call is followed by one binding at most', items[2].at)
  if (head.name === 'ground' && items.length === 2 && !(rest.length === 1 && isVariable(rest[0]))) {
    if (rest.length !== 1) throw new FactError('arity', `ground takes one argument, not ${rest.length}`, head.at)
    return { clause: 'ground', values: rest[0], binding: parseBinding(items[1]), at }
  }
  if (head.name === 'q') return parseNested(rest, items[1], head.at)
  const source = rest[0]?.form === 'symbol' && isSource(rest[0]) ? rest[0].name : null
  // a variable in the place of the name is one more argument: no value is a function, but only a value can show that
  const args = [...(isVariable(head) ? [head] : []), ...(source === null ? rest : rest.slice(1))].map(parseArgument)
  if (items.length === 1) return { clause: 'predicate', name: head.name, source, args, at: head.at }
  return { clause: 'computation', name: head.name, source, args, to: parseBinding(items[1]), at: head.at }
}

/** An argument of a call. A list whose first word is one would be a call of its own. */
function parseArgument(form: Edn): Term {
  if (form.form === 'list' && form.items[0]?.form === 'symbol' && form.items[0].name !== 'quote')
    return fail(
      `calls do not stand in each other: bind what this gives, [${showForm(form)} ?x], and write ?x here`,
      form.at,
    )
  return parseTerm(form)
}

/** `[(q [:find …] $ ?x) …]`; the query may be quoted, as Datomic has it. */
function parseNested(parts: readonly Edn[], to: Edn | undefined, at: EdnPlace): Clause {
  const [query, ...rest] = isSymbol(parts[0], "'") ? parts.slice(1) : parts
  if (query === undefined) throw new FactError('arity', '(q …) needs a query and its inputs', at)
  if (to === undefined) return fail('the result of (q …) is bound: [(q [:find …] $) [[?x ?y]]]', at)
  const args: Term[] = []
  const given = rest.map(form => {
    if (form.form === 'symbol' && (isSource(form) || form.name === '%')) return form.name
    return args.push(parseTerm(form)) - 1
  })
  const form = query.form === 'list' && isSymbol(query.items[0], 'quote') ? query.items[1] : query
  return { clause: 'computation', name: 'q', source: null, args, to: parseBinding(to), nested: { form, given }, at }
}

function parseList(items: readonly Edn[], outer: string, at: EdnPlace): Clause {
  const named = items[0]?.form === 'symbol' && isSource(items[0]) ? items[0].name : undefined
  const source = named ?? outer
  const [head, ...rest] = named === undefined ? items : items.slice(1)
  if (head?.form !== 'symbol')
    return fail('a list clause begins with not, or, and, not-join, or-join or the name of a rule', head?.at ?? at)
  if (isVariable(head)) return fail('a pattern has square brackets: [?e :a/b ?v]', at)
  switch (head.name) {
    case 'not':
      if (rest.length === 0) fail('(not …) needs a clause', at)
      return { clause: 'not', join: null, clauses: parseClauses(rest, source), at }
    case 'not-join': {
      if (rest.length < 2) fail('(not-join [?x] …) needs variables and a clause', at)
      return { clause: 'not', join: parseJoin(rest[0]).variables, clauses: parseClauses(rest.slice(1), source), at }
    }
    case 'or':
      if (rest.length === 0) fail('(or …) needs a branch', at)
      return { clause: 'or', join: null, required: [], branches: rest.map(form => parseBranch(form, source)), at }
    case 'or-join': {
      if (rest.length < 2) fail('(or-join [?x] …) needs variables and a branch', at)
      const { variables, required } = parseJoin(rest[0])
      return {
        clause: 'or',
        join: variables,
        required,
        branches: rest.slice(1).map(form => parseBranch(form, source)),
        at,
      }
    }
    case 'and':
      // outside of `or` it says nothing, but is harmless: an `or` of one branch
      return { clause: 'or', join: null, required: [], branches: [parseClauses(rest, source)], at }
    default:
      if (rest.length === 0) throw new FactError('arity', `the rule ${head.name} is called without arguments`, at)
      return { clause: 'rule', source, name: head.name, args: rest.map(parseTerm), at }
  }
}

function parseBranch(form: Edn, source: string): Clause[] {
  if (form.form === 'list' && isSymbol(form.items[0], 'and')) return parseClauses(form.items.slice(1), source)
  return [parseClause(form, source)]
}

/** `[?a ?b]` or `[[?in] ?out]`: variables, and which of them must be bound before. */
function parseJoin(form: Edn): { variables: Variable[]; required: Variable[] } {
  if (form.form !== 'vector') return fail('the variables of a join stand in a vector: [?x ?y]', form.at)
  return parseHead(form.items, form.at)
}

function parseHead(items: readonly Edn[], at: EdnPlace): { variables: Variable[]; required: Variable[] } {
  const first = items[0]
  const required = first?.form === 'vector' ? first.items.map(item => parseVariable(item, 'the head')) : []
  const free = (first?.form === 'vector' ? items.slice(1) : items).map(item => parseVariable(item, 'the head'))
  const variables = [...required, ...free]
  if (variables.length === 0) return fail('at least one variable is needed here', at)
  const doubled = variables.find((variable, i) => variables.some((other, j) => j < i && other.name === variable.name))
  if (doubled) return fail(`${doubled.name} stands here twice`, doubled.at)
  return { variables, required }
}

/** The rules of `%`: `[[(follows ?a ?b) [?a :x/follows ?b]] …]`. */
export function parseRules(form: Edn): Rule[] {
  if (form.form !== 'vector' && form.form !== 'list')
    return fail('rules are a vector of rules: [[(name ?x) clauses…] …]', form.at)
  return form.items.map(rule => {
    if (rule.form !== 'vector' || rule.items[0]?.form !== 'list')
      return fail('a rule is [(name ?x …) clauses…]', rule.at)
    const [name, ...head] = rule.items[0].items
    if (name?.form !== 'symbol' || isVariable(name))
      return fail('the head of a rule begins with its name', rule.items[0].at)
    if (rule.items.length < 2) return fail(`the rule ${name.name} needs a clause`, rule.at)
    const { variables, required } = parseHead(head, rule.items[0].at)
    return { name: name.name, variables, required, clauses: parseClauses(rule.items.slice(1), '$'), at: rule.at }
  })
}

/** `?x`, `_`, `[?x ...]`, `[?x ?y]`, `[[?x ?y]]` or, the same, `[[?x ?y] ...]`. */
export function parseBinding(form: Edn): Binding {
  if (isVariable(form)) return { bind: 'scalar', variables: [parseVariable(form, 'a binding')], at: form.at }
  if (isSymbol(form, '_')) return { bind: 'scalar', variables: [unread(form.at)], at: form.at }
  if (form.form !== 'vector' || form.items.length === 0)
    return fail('a binding is ?x, [?x ...], [?x ?y] or [[?x ?y]]', form.at)
  const [first, second] = form.items
  if (isSymbol(second, '...') && form.items.length === 2 && first.form === 'vector')
    return { bind: 'relation', variables: bindingVariables(first.items, first.at), at: form.at }
  if (isSymbol(second, '...') && form.items.length === 2 && isSymbol(first, '_'))
    return { bind: 'collection', variables: [unread(first.at)], at: form.at }
  if (isSymbol(second, '...') && form.items.length === 2)
    return { bind: 'collection', variables: [parseVariable(first, 'a collection')], at: form.at }
  if (first.form === 'vector' && form.items.length === 1)
    return { bind: 'relation', variables: bindingVariables(first.items, first.at), at: form.at }
  return { bind: 'tuple', variables: bindingVariables(form.items, form.at), at: form.at }
}

/** A variable that nobody else can name. */
const unread = (at: EdnPlace): Variable => ({ term: 'variable', name: `?_(${at.line}:${at.column}`, at })

function bindingVariables(items: readonly Edn[], at: EdnPlace): (Variable | Blank)[] {
  if (items.length === 0) fail('a binding needs a variable', at)
  return items.map(item => (isSymbol(item, '_') ? blank(item.at) : parseVariable(item, 'a binding')))
}
