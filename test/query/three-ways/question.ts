import type { Random } from '../../../src/base/random.ts'
import { type Family, familyOf, LAST, type PlainAttribute, type PlainWorld } from './world.ts'

/** A random question, as plain data. */
export interface Question {
  readonly find: readonly string[]
  readonly with: readonly string[]
  /** In an order in which each finds bound what it needs, as DataScript wants them. */
  readonly where: readonly string[]
  readonly rules: readonly string[]
  /** Moments of `$` and `$old`; `$h` is the history up to `$`. */
  readonly now: number
  readonly old: number
  /** Arguments by variable: one value, or several for a collection; by `[[?a ?b]]` rows. An entity is `p:key`. */
  readonly args: Readonly<Record<string, unknown>>
  /** Whether DataScript can be right about it. */
  readonly plain: boolean
}

const LITERALS: Readonly<Record<Family, readonly string[]>> = {
  s: ['"a"', '"b"', '"zz"'],
  n: ['1', '2', '0', '1.5', '2.25'],
  b: ['true', 'false'],
  d: ['#date "2024-01-01"'],
  p: ['[:p/id "a"]', '[:p/id "c"]'],
  q: ['[:q/id "b"]'],
}

class Asking {
  readonly #random: Random
  readonly #world: PlainWorld
  readonly #plain: boolean
  /** Variables that the clauses so far bind. */
  readonly bound: Set<string>

  constructor(random: Random, world: PlainWorld, plain: boolean, bound: Iterable<string> = []) {
    this.#random = random
    this.#world = world
    this.#plain = plain
    this.bound = new Set(bound)
  }

  #one(chances: number): boolean {
    return this.#random.below(chances) === 0
  }

  boundOf(family: Family): string[] {
    return [...this.bound].filter(name => name[1] === family)
  }

  /** A variable, rather one that is bound already. */
  variable(family: Family, fresh = 3): string {
    const known = this.boundOf(family)
    return known.length > 0 && this.#random.below(10) < 6
      ? this.#random.pick(known)
      : `?${family}${this.#random.below(fresh)}`
  }

  attribute(): { kind: 'p' | 'q'; attribute: PlainAttribute } {
    const kind = this.#random.pick(['p', 'p', 'p', 'q'] as const)
    const id: PlainAttribute = { name: 'id', type: 'string', many: false }
    return {
      kind,
      attribute: this.#random.pick([...this.#world.attributes[kind], ...this.#world.attributes[kind], id]),
    }
  }

  /** A pattern; its new variables are bound afterwards. */
  pattern(options: { literals?: boolean; source?: boolean } = {}): string {
    const { literals = true, source = true } = options
    const { kind, attribute } = this.attribute()
    const family = familyOf(attribute)
    const entity =
      literals && this.#one(10) ? (this.#one(2) ? '_' : this.#random.pick(LITERALS[kind])) : this.variable(kind)
    const value =
      literals && this.#one(5) ? (this.#one(2) ? '_' : this.#random.pick(LITERALS[family])) : this.variable(family)
    const $ = source && this.#one(5) ? this.#random.pick(['$old ', '$old ', '$h ']) : ''
    // in a history a lookup ref has no database to look it up in
    const plainTerms = $ !== '$h ' || !`${entity}${value}`.includes('[')
    const e = plainTerms ? entity : this.variable(kind)
    const v = plainTerms ? value : this.variable(family)
    const tx = this.#one(6) ? ` ?t${this.#random.below(2)}${$ === '$h ' && this.#one(2) ? ' ?b0' : ''}` : ''
    this.#bind(`${e} ${v}${tx}`)
    return `[${$}${e} :${kind}/${attribute.name} ${v}${tx}]`
  }

  #bind(text: string): void {
    for (const name of text.match(/\?\w+/g) ?? []) this.bound.add(name)
  }

  /** Something about what is bound, undefined where nothing of the kind can be said. */
  more(): string | undefined {
    const [n, s, p, q] = (['n', 's', 'p', 'q'] as const).map(family => {
      const known = this.boundOf(family)
      return known.length === 0 ? undefined : this.#random.pick(known)
    })
    const other = (family: Family): string =>
      this.#random.pick([...this.boundOf(family), this.#random.pick(LITERALS[family])])
    const op = this.#random.pick(['<', '<=', '>', '>=', '=', '!='])
    const to = (family: Family, call: string): string => {
      const name = this.variable(family, 4)
      this.bound.add(name)
      return `[${call} ${name}]`
    }
    const choices: (() => string | false | undefined)[] = [
      () => n && `[(${op} ${n} ${other('n')})]`,
      () => n && `[(${op} ${this.#random.pick(LITERALS.n)} ${n})]`,
      () => n && `[(${this.#random.pick(['<', '<=', '='])} 0 ${n} ${other('n')})]`,
      () => s && `[(${op} ${s} ${other('s')})]`,
      () => p && this.boundOf('p').length > 1 && `[(${this.#random.pick(['=', '!='])} ${this.boundOf('p').join(' ')})]`,
      () =>
        s &&
        `[(${this.#random.pick(['starts-with?', 'ends-with?', 'includes?'])} ${s} ${this.#random.pick(['"a"', '"b"'])})]`,
      () => n && `[(${this.#random.pick(['zero?', 'pos?', 'neg?'])} ${n})]`,
      () =>
        n &&
        to(
          'n',
          `(${this.#random.pick(['+', '-', '*', 'max', 'min'])} ${n} ${this.#random.pick(['1', '2', ...this.boundOf('n')])})`,
        ),
      () => n && to('n', `(${this.#random.pick(['inc', 'dec'])} ${n})`),
      () => s && to('s', `(str ${s} "-" ${other('s')})`),
      () => s && to('s', `(subs ${s} 0 1)`),
      () => s && to('n', `(count ${s})`),
      () => {
        const name = this.variable('n')
        this.bound.add(name)
        return `[(ground [1 2 7]) [${name} ...]]`
      },
      () => {
        const [a, b] = [this.variable('n'), this.variable('s')]
        this.#bind(`${a} ${b}`)
        return `[(ground [[1 "a"] [2 "b"]]) [[${a} ${b}]]]`
      },
      () => this.#lookups(p, q, to),
      () => this.not(),
      () => this.not(),
      () => this.or(),
      () => this.or(),
      () => this.rule(p),
      () => this.rule(p),
    ]
    return this.#random.pick(choices)() || undefined
  }

  #lookups(p: string | undefined, q: string | undefined, to: (family: Family, call: string) => string) {
    const kind = p === undefined || (q !== undefined && this.#one(4)) ? 'q' : 'p'
    const entity = kind === 'p' ? p : q
    const single = this.#world.attributes[kind].filter(({ many, type }) => !many && !type.startsWith('ref'))
    if (entity === undefined || single.length === 0) return undefined
    const attribute = this.#random.pick(single)
    const family = familyOf(attribute)
    const $ = this.#random.pick(['$', '$', '$old'])
    if (this.#one(2)) return `[(missing? ${$} ${entity} :${kind}/${attribute.name})]`
    const known = this.#random.pick(LITERALS[family])
    if (this.#one(2)) return to(family, `(get-else ${$} ${entity} :${kind}/${attribute.name} ${known})`)
    const name = this.variable(family)
    this.bound.add(name)
    return `[(get-some ${$} ${entity} :${kind}/${attribute.name}) [_ ${name}]]`
  }

  #inside(more: Iterable<string>): Asking {
    return new Asking(this.#random, this.#world, this.#plain, more)
  }

  not(): string | undefined {
    const inner = this.#inside(this.bound)
    const clauses = Array.from({ length: 1 + this.#random.below(2) }, () => inner.pattern())
    const [p] = this.boundOf('p')
    // DataScript has its own mind about rules in there
    if (!this.#plain && p !== undefined && this.#one(3)) clauses.push(inner.rule(p) ?? `[${p} :p/id]`)
    const names = clauses.join(' ').match(/\?\w+/g) ?? []
    const shared = [...new Set(names.filter(name => this.bound.has(name)))]
    if (shared.length === 0) return undefined
    if (this.#one(2)) return `(not ${clauses.join(' ')})`
    return `(not-join [${this.#random.pick(shared)}] ${clauses.join(' ')})`
  }

  or(): string | undefined {
    if (this.#one(2)) {
      // branches with the same variables: one entity and one value of the same sort
      const kind = 'p'
      const own = [...this.#world.attributes[kind], { name: 'id', type: 'string', many: false } as const]
      const first = this.#random.pick(own)
      const second = this.#random.pick(own.filter(other => familyOf(other) === familyOf(first)))
      const [e, v] = [this.variable(kind), this.variable(familyOf(first))]
      this.#bind(`${e} ${v}`)
      const also = this.#one(2) ? `(and [${e} :p/${second.name} ${v}] [${e} :p/id])` : `[${e} :p/${second.name} ${v}]`
      return `(or [${e} :p/${first.name} ${v}] ${also})`
    }
    const e = this.variable('p')
    const branch = (): string => {
      const inner = this.#inside([e])
      const rule = !this.#plain && this.#one(3) ? inner.rule(e) : undefined
      const clauses = [rule ?? inner.pattern({ literals: false }), `[${e} :p/id]`]
      return `(and ${clauses.join(' ')})`
    }
    this.bound.add(e)
    return `(or-join [${e}] ${branch()} ${branch()})`
  }

  rule(p: string | undefined): string | undefined {
    const name = this.#random.pick(RULES)
    // one who is known, and what there is on the other side
    const given = name !== 'alone' && this.#one(4)
    const a = given ? this.#random.pick(LITERALS.p) : (p ?? this.variable('p'))
    const b = this.variable('p')
    if (a === b && this.#plain) return undefined
    if (name === 'alone') {
      this.#bind(a)
      return `(alone ${a})`
    }
    this.#bind(`${a} ${b}`)
    return this.#one(2) ? `(${name} ${a} ${b})` : `(${name} ${b} ${a})`
  }

  pull(): string {
    const { p } = this.#world.attributes
    let named = 0
    const spec = (): string => {
      const { name, type, many } = this.#random.pick(p)
      const ident = `:p/${name}`
      if (type === 'ref p' && this.#one(2))
        return `{${ident} ${this.#random.pick(['[:p/id]', '...', '1', '2', '[*]'])}}`
      if (type === 'ref p' && this.#one(2)) return `{:p/_${name} [:p/id]}`
      if (this.#one(4)) return `[${ident} :as "x${named++}"]`
      if (many && this.#one(3)) return `[${ident} :limit 1]`
      if (this.#one(4) && !type.startsWith('ref') && !many)
        return `[${ident} :default ${this.#random.pick(LITERALS[familyOf({ name, type, many })])}]`
      return ident
    }
    if (this.#one(4)) return '[*]'
    const specs = new Map<string, string>()
    for (let i = 0; i < 3; i++) {
      const text = spec()
      specs.set(text.match(/:p\/\w+/)?.[0].replace('/_', '/') ?? '', text)
    }
    return `[:p/id ${[...specs.values()].join(' ')}]`
  }
}

const RULES = ['linked', 'reach', 'reach', 'alike', 'alone', 'odd', 'even', 'joined', 'wise'] as const
const CALLED = new RegExp(`\\((${[...new Set(RULES)].join('|')}) `)

/** Rules that reach themselves, or each other. */
export const STRATA = [['reach'], ['odd', 'even'], ['joined'], ['wise']] as const

/** Over the reference that every world has. */
const rulesOf = (random: Random, where: string): string[] => [
  '[(linked ?x ?y) [?x :p/to ?y]]',
  ...(random.below(2) === 0 ? ['[(linked ?x ?y) [?y :p/to ?x]]'] : []),
  '[(reach ?x ?y) [?x :p/to ?y]]',
  random.pick([
    '[(reach ?x ?y) [?x :p/to ?z] (reach ?z ?y)]',
    '[(reach ?x ?y) (reach ?x ?z) [?z :p/to ?y]]',
    '[(reach ?x ?y) [?x :p/to ?z] (reach ?z ?y) [?y :p/id ?i] [(!= ?i "c")]]',
  ]),
  '[(alike ?x ?y) [?x :p/to ?z] [?y :p/to ?z] [(!= ?x ?y)]]',
  '[(alone ?x) [?x :p/id] (not-join [?x] (linked ?x ?y) [?y :p/id])]',
  ...(/\((odd|even) /.test(where) ? TURNS : []),
  // steps that are bases, both ways through the rule itself
  ...(/\(joined /.test(where)
    ? ['[(joined ?x ?y) [?x :p/to ?y]]', '[(joined ?x ?y) (joined ?x ?z) (joined ?z ?y)]']
    : []),
  // bases that are no steps, and two of each
  ...(/\(wise /.test(where) ? [...WISE, ...(random.below(2) === 0 ? [WISER] : [])] : []),
]
const TURNS = [
  '[(odd ?x ?y) [?x :p/to ?y]]',
  '[(odd ?x ?y) [?x :p/to ?z] (even ?z ?y)]',
  '[(even ?x ?y) [?x :p/to ?z] (odd ?z ?y)]',
]
const WISE = [
  '[(wise ?x ?y) [?x :p/id "b"] [?y :p/id "d"]]',
  '[(wise ?x ?y) [?y :p/to ?x] [?y :p/id]]',
  '[(wise ?x ?y) [?x :p/to ?z] (wise ?z ?y)]',
]
const WISER = '[(wise ?x ?y) [?x :p/id "c"] [?z :p/id "a"] (wise ?z ?y)]'

const AGGREGATES: Readonly<Record<'n' | 's' | 'p', readonly string[]>> = {
  n: [
    'sum',
    'count',
    'count-distinct',
    'min',
    'max',
    'avg',
    'median',
    'variance',
    'stddev',
    'distinct',
    'min 2',
    'max 2',
  ],
  s: ['count', 'count-distinct', 'min', 'max', 'distinct', 'max 2'],
  p: ['count', 'count-distinct'],
}

const ARGUMENTS: Readonly<Record<string, readonly unknown[]>> = {
  '?n0': [1, 2, 3],
  '?s0': ['a', 'b'],
  '?p0': ['p:a', 'p:c', 'p:d'],
  '[[?n1 ?s1]]': [
    [1, 'a'],
    [2, 'b'],
    [2, 'é'],
  ],
}

export function randomQuestion(random: Random, world: PlainWorld, plain: boolean): Question {
  const asking = new Asking(random, world, plain)
  const args: Record<string, unknown> = {}
  const where: string[] = []
  if (random.below(4) === 0) {
    const name = random.pick(['?n0', '?s0', '?p0', '[[?n1 ?s1]]'])
    const values = ARGUMENTS[name]
    args[name] =
      random.below(2) === 0 && !name.startsWith('[') ? random.pick(values) : values.slice(0, 1 + random.below(2))
    for (const variable of variablesIn(name)) asking.bound.add(variable)
    // a use tells that it is an entity
    if (name === '?p0') where.push('[?p0 :p/id]')
  }
  for (let i = random.pick([1, 1, 2, 2, 3]); i > 0; i--) where.push(asking.pattern())
  for (let i = random.pick([0, 1, 1, 2, 2, 3]); i > 0; i--) {
    const clause = asking.more()
    if (clause !== undefined) where.push(clause)
  }
  if (asking.bound.size === 0) where.push(asking.pattern({ literals: false }))
  const variables = [...asking.bound]
  const shown = variables.filter(() => random.below(3) > 0)
  const find: string[] = shown.length === 0 ? [random.pick(variables)] : shown
  const others: string[] = []
  if (random.below(3) === 0) {
    const place = random.below(find.length)
    const family = find[place][1] as 'n'
    const aggregate = random.pick(AGGREGATES[family] ?? AGGREGATES.p)
    if (random.below(2) === 0) others.push(...find.splice(place + 1))
    find[place] = `(${aggregate} ${find[place]})`
  }
  const [entity] = asking.boundOf('p')
  if (entity !== undefined && random.below(6) === 0 && find.every(element => !element.startsWith('(')))
    find.push(`(pull ${entity} ${asking.pull()})`)
  const rules = where.some(clause => CALLED.test(clause)) ? rulesOf(random, where.join(' ')) : []
  const now = random.pick([LAST, LAST, LAST, LAST, 3, 3, 2, 2, 1, 0])
  // at 0 nobody is known, of whom it pulls a number and we nothing
  const unknown = now === 0 && find.some(element => element.includes('[*]'))
  const beyond = where.some(hasDoubledPart) || rules.some(beginsWithItself) || where.some(readsAhead) || unknown
  return {
    find,
    with: others.filter(name => !find.some(element => element.includes(name))),
    where,
    rules,
    now,
    old: random.below(LAST + 1),
    args,
    plain: plain && !beyond,
  }
}

// What DataScript does otherwise: it does not make the places of one pattern or call equal,
const hasDoubledPart = (clause: string): boolean =>
  [...clause.matchAll(/\[[^[\]()]*\]|\((?:[-+*<>=!]+|max|min|str) [^()]*\)/g)].some(([part]) => {
    const names = variablesIn(part)
    return new Set(names).size < names.length
  })

// follows a rule that begins with itself without end, and some that reach each other,
const beginsWithItself = (rule: string): boolean => TURNS.includes(rule) || /^\[\((\w+) \?x \?y\) \(\1 /.test(rule)

// and takes for local to a `not` what only a later clause binds.
function readsAhead(clause: string, place: number, where: readonly string[]): boolean {
  if (!clause.startsWith('(not ')) return false
  const before = new Set(variablesIn(where.slice(0, place).join(' ')))
  const after = new Set(variablesIn(where.slice(place + 1).join(' ')))
  return variablesIn(clause).some(name => after.has(name) && !before.has(name))
}

const variablesIn = (text: string): string[] => text.match(/\?\w+/g) ?? []

/** The text of a question, with its clauses in some order. */
export function textOf(
  { find, with: others, where, rules, args }: Question,
  clauses: readonly string[] = where,
): string {
  const uses = (source: string) => clauses.some(clause => clause.includes(`${source} `))
  const inputs = [
    '$',
    ...['$old', '$h'].filter(uses),
    ...(rules.length > 0 ? ['%'] : []),
    ...Object.entries(args).map(([name, value]) =>
      Array.isArray(value) && !name.startsWith('[') ? `[${name} ...]` : name,
    ),
  ]
  const along = others.length === 0 ? '' : ` :with ${others.join(' ')}`
  return `[:find ${find.join(' ')}${along} :in ${inputs.join(' ')} :where ${clauses.join(' ')}]`
}
