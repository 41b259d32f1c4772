import { FactError } from '../base/error.ts'
import type { Binding, Blank, Clause, Constant, LookupRef, Rule, Term, Variable } from './ast.ts'
import type { Edn, EdnPlace } from './edn.ts'
import { literalOf } from './literal.ts'

const fail = (words: string, at: EdnPlace): never => {
  throw new FactError('parse-error', words, at)
}
const unsupported = (what: string, at: EdnPlace): never => {
  throw new FactError('unsupported', `${what} is not built yet`, at)
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
  const literal = literalOf(form)
  if (literal === undefined) return fail('a value is expected here', form.at)
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
  if (form.form === 'symbol')
    return fail(`${form.name} is neither a variable (?${form.name}), nor a value ("${form.name}"), nor _`, form.at)
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
  if (terms.length > 5) return fail('a pattern has at most five parts: [?e :a/b ?v ?tx ?op]', at)
  if (terms.length === 5) return unsupported('the fifth part of a pattern (?op, for views of history)', terms[4].at)
  if (terms.length === 1) return unsupported('a pattern without attribute', at)
  const attribute = terms[1]
  if (isVariable(attribute) || isSymbol(attribute, '_'))
    return unsupported('a variable in place of the attribute', attribute.at)
  if (attribute.form !== 'keyword')
    return fail('the attribute of a pattern is a keyword such as :customer/country', attribute.at)
  return {
    clause: 'pattern',
    source: named ?? source,
    entity: parseTerm(terms[0]),
    ident: attribute.name,
    identAt: attribute.at,
    value: terms[2] === undefined ? blank(at) : parseTerm(terms[2]),
    tx: terms[3] === undefined ? blank(at) : parseTerm(terms[3]),
    at,
  }
}

/** `[(f …)]` and `[(f …) ?x]`. */
function parseExpression(items: readonly Edn[], at: EdnPlace): Clause {
  const call = items[0]
  if (call.form !== 'list' || call.items.length === 0) return fail('a call needs the name of a function', call.at)
  const [head, ...rest] = call.items
  if (head.form !== 'symbol') return fail('a call begins with the name of a function', head.at)
  if (isVariable(head)) return unsupported('a function in a variable', head.at)
  if (items.length > 2) return fail('a call is followed by one binding at most', items[2].at)
  if (head.name === 'ground' && items.length === 2) {
    if (rest.length !== 1) throw new FactError('arity', `ground takes 1 argument, not ${rest.length}`, head.at)
    return { clause: 'ground', values: rest[0], binding: parseBinding(items[1]), at }
  }
  const args = rest.map(parseTerm)
  if (items.length === 1) return { clause: 'predicate', name: head.name, args, at: head.at }
  const to = items[1]
  if (!isVariable(to)) return unsupported('a binding of a function other than one variable', to.at)
  return { clause: 'computation', name: head.name, args, to: parseVariable(to, 'a binding'), at: head.at }
}

function parseList(items: readonly Edn[], outer: string, at: EdnPlace): Clause {
  const named = items[0]?.form === 'symbol' && isSource(items[0]) ? items[0].name : undefined
  const source = named ?? outer
  const [head, ...rest] = named === undefined ? items : items.slice(1)
  if (head?.form !== 'symbol')
    return fail('a list clause begins with not, or, and, not-join, or-join or the name of a rule', head?.at ?? at)
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

/** `?x`, `[?x ...]`, `[?x ?y]` or `[[?x ?y]]`. */
export function parseBinding(form: Edn): Binding {
  if (isVariable(form)) return { bind: 'scalar', variables: [parseVariable(form, 'a binding')], at: form.at }
  if (form.form !== 'vector' || form.items.length === 0)
    return fail('a binding is ?x, [?x ...], [?x ?y] or [[?x ?y]]', form.at)
  const [first, second] = form.items
  if (isSymbol(second, '...') && form.items.length === 2)
    return { bind: 'collection', variables: [parseVariable(first, 'a collection')], at: form.at }
  if (first.form === 'vector' && form.items.length === 1)
    return { bind: 'relation', variables: bindingVariables(first.items, first.at), at: form.at }
  return { bind: 'tuple', variables: bindingVariables(form.items, form.at), at: form.at }
}

function bindingVariables(items: readonly Edn[], at: EdnPlace): (Variable | Blank)[] {
  if (items.length === 0) fail('a binding needs a variable', at)
  return items.map(item => (isSymbol(item, '_') ? blank(item.at) : parseVariable(item, 'a binding')))
}
