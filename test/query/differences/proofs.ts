/** One example of a row of the page, on our side: what a query gives, as EDN, or how its error begins. */
export interface Ours {
  readonly ask: string
  readonly args?: Readonly<Record<string, unknown>>
  readonly gives: readonly string[] | string
}

/** The same on DataScript's side: JSON of what it gives, or a part of its error. */
export interface Theirs {
  readonly ask: string
  /** After the database; `$other` is the same one. */
  readonly args?: readonly unknown[]
  readonly gives: unknown
}

export interface Proof {
  readonly ours?: readonly Ours[]
  readonly theirs?: readonly Theirs[]
  /** A test that proves what takes more than one view: file, and a part of its name. */
  readonly elsewhere?: readonly [file: string, test: string]
}

const ours = (ask: string, gives: Ours['gives'], args?: Ours['args']): Ours => ({ ask, gives, ...(args && { args }) })
const theirs = (ask: string, gives: unknown, ...args: unknown[]): Theirs => ({ ask, gives, args })
const pulled = (pattern: string, gives: string, id = '1'): Ours =>
  ours(`[:find (pull ?e ${pattern}) :in $ ?e]`, gives.startsWith('{') || gives === 'nil' ? [gives] : gives, {
    e: `customer:${id}`,
  })
const pull = (pattern: string, gives: unknown, id = 1): Theirs =>
  theirs(`[:find (pull ?e ${pattern}) . :in $ ?e]`, gives, id)

/** Rules of the examples, which those name that have `%`. */
export const RULES = `[[(known [?a] ?b) [?a :customer/friend ?b]]
  [(either ?a) [?a :customer/age 31]] [(either ?a) [?a :customer/age 45]]
  [(reach ?a ?b) [?a :customer/friend ?b]] [(reach ?a ?b) (reach ?a ?c) [?c :customer/friend ?b]]]`

/** A proof for each row of `docs/datalog-differences.md`, by what stands first in it. */
export const PROOFS: Readonly<Record<string, Proof>> = {
  'a query': {
    ours: [
      ours('{:find [?a] :where [[_ :customer/age ?a]]}', ['31', '45']),
      ours('[:find ?a :where [_ :customer/age ?a]]', ['31', '45']),
    ],
    theirs: [theirs('[:find ?a :where [_ "age" ?a]]', [[31], [45]])],
  },
  'shapes of `:find`': {
    ours: [
      ours('[:find [?a ...] :where [_ :customer/age ?a]]', ['31', '45']),
      ours('[:find [?c ?a] :where [?e :customer/age ?a] [?e :customer/country ?c]]', ['"France" 31']),
      ours('[:find ?a . :where [_ :customer/age ?a]]', ['31']),
    ],
    theirs: [theirs('[:find (max ?a) . :where [_ "age" ?a]]', 45)],
  },
  'what stands in `:find`': {
    ours: [ours('[:find (maybe ?e :customer/age) :where [?e :customer/country "France"]]', ['nil', '31'])],
  },
  'pulls of one variable': {
    ours: [
      ours('[:find (pull ?e [:customer/country]) (pull ?e [:customer/age]) :where [?e :customer/age 31]]', [
        '{:customer/country "France"} {:customer/age 31}',
      ]),
    ],
    theirs: [
      theirs('[:find (pull ?e ["country"]) (pull ?e ["age"]) :where [?e "age" 31]]', [
        [{ country: 'France' }, { age: 31 }],
      ]),
    ],
  },
  '`:keys`, `:syms`, `:strs`': {
    elsewhere: ['test/query/find.test.ts', 'names of columns, and :keys'],
    theirs: [theirs('[:find [(max ?a) (min ?a)] :keys a b :where [_ "age" ?a]]', { a: 45, b: 31 })],
  },
  '`:with`': {
    ours: [ours('[:find ?c :with ?e :where [?e :customer/country ?c]]', ['"France"', '"France"', '"Spain"'])],
    theirs: [theirs('[:find ?c :with ?e :where [?e "country" ?c] [?e "id" ?i]]', [['France'], ['Spain'], ['France']])],
  },
  'order of rows': {
    ours: [ours('[:find ?a :order-by ?a :desc :where [_ :customer/age ?a]]', ['45', '31'])],
  },
  'one value or one row of several': {
    ours: [ours('[:find ?c . :where [_ :customer/country ?c]]', ['"France"'])],
  },
  '`:limit`, `:offset`': {
    ours: [ours('[:find ?a :limit 1 :offset 1 :where [_ :customer/age ?a]]', ['45'])],
  },
  '`:timeout`': {
    ours: [ours('[:find ?a :timeout 5000 :where [_ :customer/age ?a]]', ['31', '45'])],
    elsewhere: ['test/query/limits.test.ts', 'ends within 100 ms of its time'],
  },
  'results before all are there': { elsewhere: ['test/serve/send.test.ts', 'every piece is taken once'] },
  'order of clauses': {
    ours: [
      ours('[:find ?a :where [(> ?a 31)] [_ :customer/age ?a]]', ['45']),
      ours('[:find ?i :where (not [?e :customer/age 31]) [?e :customer/id ?i]]', ['"2"', '"3"']),
    ],
    theirs: [theirs('[:find ?i :where (not [?e "age" 31]) [?e "id" ?i]]', 'Insufficient bindings')],
  },
  'why a query is slow': { elsewhere: ['test/query/explain.test.ts', 'a plan that was run tells the rows that came'] },
  'queries that come again': { elsewhere: ['test/query/kept-plans.test.ts', 'a query that is asked again'] },

  '`:in` left out': {
    ours: [ours('[:find ?a :where [$ _ :customer/age ?a]]', ['31', '45'])],
    theirs: [theirs('[:find ?a :where [$ _ "age" ?a]]', [[31], [45]])],
  },
  '`?x`, `[?x ?y]`, `[?x ...]`, `[[?x ?y]]`, `_`': {
    ours: [
      ours('[:find ?x :in ?x]', ['1'], { x: 1 }),
      ours('[:find ?x :in [?x _]]', ['1'], { x: [1, 2] }),
      ours('[:find ?x :in [?x ...]]', ['1', '2'], { x: [2, 1] }),
      ours('[:find ?x ?y :in [[?x ?y]]]', ['1 2', '3 4'], {
        x: [
          [1, 2],
          [3, 4],
        ],
      }),
    ],
    theirs: [theirs('[:find ?x :in $ [?x _]]', [[1]], [1, 2])],
  },
  'types of arguments': {
    ours: [
      ours('[:find ?n :in $ ?p :where [?e :product/price ?p] [?e :product/name ?n]]', ['"Apple"'], { p: '2.55' }),
      ours('[:find ?n :in $ ?p :where [?e :product/price ?p] [?e :product/name ?n]]', 'argument', { p: null }),
    ],
  },
  'entities as arguments': {
    ours: [4294967296, 'customer:1', [':customer/id', '1']].map(e =>
      ours('[:find ?a :in $ ?e :where [?e :customer/age ?a]]', ['31'], { e }),
    ),
    theirs: [theirs('[:find ?a :in $ ?e :where [?e "age" ?a]]', [[31]], ['id', '1'])],
  },
  'pattern of a pull': {
    ours: ['pat', '?pat'].map(name =>
      ours(`[:find (pull ?e ${name}) :in $ ${name} :where [?e :customer/age 31]]`, ['{:customer/country "France"}'], {
        [name]: '[:customer/country]',
      }),
    ),
  },
  rules: {
    ours: [ours('[:find ?i :in $ % :where (either ?e) [?e :customer/id ?i]]', ['"1"', '"2"'])],
    elsewhere: ['test/database/saved-queries.test.ts', 'a version covers the rules that a query reaches'],
  },
  functions: {
    ours: [
      ours(
        '[:find ?e :in $ ?f :where [?e :customer/age ?a] [(?f ?a)]]',
        'wrong-type 1:51 a call begins with the name of a function',
        { f: 'even?' },
      ),
    ],
    theirs: [theirs('[:find ?i :in $ ?f :where [?e "age" ?a] [(?f ?a)] [?e "id" ?i]]', [['2']], (a: number) => a > 40)],
  },
  'several databases': {
    ours: [
      ours('[:find ?a ?b :in $ $old :where [?e :customer/age ?a] [$old ?e :customer/age ?b] [(!= ?a ?b)]]', ['31 30']),
    ],
    theirs: [theirs('[:find ?a :in $ $other :where [$other _ "age" ?a]]', [[31], [45]], '$other')],
  },
  'collections as sources': {
    elsewhere: ['test/query/row-sources.test.ts', 'rows as a source: place by place, joined with facts'],
    theirs: [theirs('[:find ?i :in $ $rows :where [$rows ?i] [_ "id" ?i]]', [['1']], [['1'], ['9']])],
  },

  '`[?e :a/b ?v ?tx ?op]`': {
    ours: [
      ours('[:find ?e ?tx ?op :where [?e :customer/country "Spain" ?tx ?op]]', ['4294967297 1 true']),
      ours('[:find (count ?e) . :where [?e]]', ['11']),
    ],
    theirs: [theirs('[:find ?op :where [?e "country" "Spain" ?tx ?op]]', 'Index out of bounds')],
  },
  '`_`': { ours: [ours('[:find ?a :where [_ :customer/age ?a] [_ :customer/country _]]', ['31', '45'])] },
  'one variable in several places': {
    ours: [ours('[:find ?e :where [?e :customer/friend ?e]]', ['4294967297'])],
    theirs: [theirs('[:find ?e :where [?e "friend" ?e]]', [[2], [1]])],
  },
  'attributes as variables': {
    ours: [
      ours('[:find ?a :where [[:product/id "a"] ?a 0.1]]', [':product/weight']),
      ours('[:find ?type :where [$schema :product/weight :db/valueType ?type]]', [':db.type/double']),
    ],
    theirs: [theirs('[:find ?a :where [?e ?a 45]]', [['age']])],
  },
  idents: {
    ours: [
      ours('[:find ?e :where [?e :customer/friend :customer/first]]', 'wrong-type'),
      ours('[:find ?i :where [?e :customer/tier "gold"] [?e :customer/id ?i]]', ['"2"']),
    ],
  },
  'lookup ref of a key never seen': {
    ours: [
      ours('[:find ?a :where [[:customer/id "9"] :customer/age ?a]]', 'not-found'),
      ours('[:find ?i :in $ $old :where [$old [:customer/id "3"] :customer/friend ?f] [?f :customer/id ?i]]', []),
    ],
    theirs: [theirs('[:find ?a :where [["id" "9"] "age" ?a]]', 'Nothing found for entity id')],
  },
  'lookup ref as an argument': {
    ours: [
      ours('[:find ?e ?a :in $ ?e :where [?e :customer/age ?a]]', ['4294967296 31'], { e: [':customer/id', '1'] }),
      ours('[:find ?e ?a :in $ ?e :where [?e :customer/age ?a]]', [], { e: [':customer/id', '9'] }),
    ],
    theirs: [theirs('[:find ?e ?a :in $ ?e :where [?e "age" ?a]]', [[['id', '1'], 31]], ['id', '1'])],
  },
  'constant of the wrong type': {
    ours: [ours('[:find ?e :where [?e :customer/age "31"]]', 'wrong-type 1:36 "31" never matches')],
    theirs: [theirs('[:find ?e :where [?e "age" "31"]]', [])],
  },
  'unknown attribute': {
    ours: [ours('[:find ?e :where [?e :customer/aeg 31]]', 'unknown-attribute 1:22')],
    theirs: [theirs('[:find ?e :where [?e "aeg" 31]]', [])],
  },
  '`?tx`': { ours: [ours('[:find ?t :where [[:customer/id "1"] :customer/age 31 ?t]]', ['2'])] },
  '`nil`': {
    ours: [ours('[:find ?e :where [?e :customer/age nil]]', 'wrong-type')],
    theirs: [theirs('[:find ?x :in $ [?x ...]]', [[null], [1]], [null, 1])],
  },

  'a predicate that gives false or nothing': {
    ours: [
      ours('[:find ?c :where [_ :customer/country ?c] [(re-find "^F" ?c)]]', ['"France"']),
      ours('[:find ?a :where [_ :customer/age ?a] [(odd? ?a)] [(> ?a 40)]]', ['45']),
    ],
    theirs: [theirs('[:find ?a :where [_ "age" ?a] [(odd? ?a)] [(> ?a 40)]]', [[45]])],
  },
  '`=` `!=` `<` `<=` `>` `>=`': {
    ours: [ours('[:find ?a :where [_ :customer/age ?a] [(< 10 ?a 40)]]', ['31'])],
    theirs: [theirs('[:find ?a :where [_ "age" ?a] [(< 10 ?a 40)]]', [[31]])],
  },
  '`+` `-` `*` `/`': {
    ours: [
      ours('[:find ?x :where [(/ 7 2) ?x]]', ['3.5']),
      ours('[:find ?x :where [(+ 1 2 3) ?x]]', ['6']),
      ours('[:find ?x :where [(quot 7 2) ?x]]', ['3']),
      ours('[:find ?x :where [(divide 7 2 1 :half-even) ?x]]', ['3.5M']),
    ],
    theirs: [theirs('[:find ?x ?y :where [2 "age" ?a] [(/ ?a 2) ?x] [(+ ?a 1 2) ?y]]', [[22.5, 48]])],
  },
  'functions there are': { elsewhere: ['test/docs.test.ts', 'functions.md'] },
  "functions of one's own": { elsewhere: ['test/database/procedures.test.ts', 'take and give values of the types'] },
  'methods and classes of Java': {
    ours: [
      ours('[:find ?n :where [_ :product/name ?n] [(.contains ?n "x")]]', 'unknown-function'),
      ours('[:find ?k :where [(System/getProperties) [[?k _]]]]', 'unknown-function'),
    ],
    theirs: [theirs('[:find ?n :where [_ "country" ?n] [(.contains ?n "x")]]', 'Unknown predicate')],
  },
  'calls inside of calls': {
    ours: [ours('[:find ?a :where [_ :customer/age ?a] [(> (+ ?a 1) 40)]]', 'parse-error')],
  },
  'numbers of several types': {
    ours: [
      ours('[:find ?n :where [?p :product/price 2.55] [?p :product/name ?n]]', ['"Apple"']),
      ours('[:find ?x :where [(= 2 2.0 2.00M)] [(ground 1) ?x]]', ['1']),
    ],
  },
  'overflow, division by zero': {
    ours: [
      ours('[:find ?x :where [(+ 9223372036854775807 1) ?x]]', 'arithmetic'),
      ours('[:find ?x :where [(/ 1 0) ?x]]', 'arithmetic'),
    ],
    // infinity, which JSON writes as null
    theirs: [theirs('[:find ?x :where [1 "age" ?a] [(/ ?a 0) ?x]]', [[null]])],
  },
  'decimal with double': {
    ours: [ours('[:find ?x :where [?p :product/price ?a] [?p :product/weight ?b] [(* ?a ?b) ?x]]', 'wrong-type')],
  },
  'regular expressions': { elsewhere: ['test/query/text-pattern.test.ts', 'is answered at once'] },
  '`fulltext`': {
    ours: [
      ours('[:find ?n :where [(fulltext $ :product/name "x") [[?e ?n]]]]', 'unknown-function 1:20 fulltext is no'),
    ],
  },
  '`get-else`': {
    ours: [
      ours('[:find ?v :where [?e :customer/id] [(get-else $ ?e :customer/age "none") ?v]]', ['31', '45', '"none"']),
      ours('[:find ?v :where [?e :customer/id] [(get-else $ ?e :customer/tag "none") ?v]]', 'wrong-type'),
      ours('[:find ?v :where [?e :customer/id] [(get-else $ ?e :customer/age nil) ?v]]', 'wrong-type'),
    ],
    theirs: [
      theirs('[:find ?v :where [?e "id"] [(get-else $ ?e "tag" "x") ?v]]', [['big'], ['new'], ['x']]),
      theirs('[:find ?v :where [?e "id"] [(get-else $ ?e "tier" nil) ?v]]', 'nil default value is not supported'),
    ],
  },
  '`get-some`': {
    ours: [
      ours('[:find ?a ?v :where [?e :customer/id "2"] [(get-some $ ?e :customer/born :customer/age) [?a ?v]]]', [
        ':customer/age 45',
      ]),
    ],
    theirs: [theirs('[:find ?a ?v :where [?e "id" "2"] [(get-some $ ?e "born" "age") [?a ?v]]]', [['age', 45]])],
  },
  '`ground`': {
    ours: [ours('[:find ?x :where [(ground [1 2]) [?x ...]]]', ['1', '2'])],
    theirs: [theirs('[:find ?x :where [1 "id" ?i] [(ground [1 2]) [?x ...]]]', [[1], [2]])],
  },
  '`missing?`': {
    ours: [
      ours('[:find ?i :where [?e :customer/id ?i] [(missing? $ ?e :customer/age)]]', ['"3"']),
      ours('[:find ?i :where [?e :customer/id ?i] [(missing? $ ?e :line/_customer)]]', ['"3"']),
    ],
    theirs: [theirs('[:find ?i :where [?e "id" ?i] [(missing? $ ?e "age")]]', [['3'], ['4']])],
  },
  '`q`': {
    ours: ["'", ''].map(quote =>
      ours(`[:find ?x :where [(q ${quote}[:find (max ?a) . :where [_ :customer/age ?a]] $) ?x]]`, ['45']),
    ),
    theirs: [
      theirs('[:find ?x :where [1 "id" ?i] [(q [:find (max ?a) . :where [_ "age" ?a]] $) ?x]]', 'Unknown function'),
    ],
  },
  '`tuple`, `untuple`': {
    ours: [
      ours('[:find ?t :where [(tuple 1 "a") ?t]]', ['[1 "a"]']),
      ours('[:find ?y :where [(untuple [1 2]) [?x ?y]]]', ['2']),
    ],
    theirs: [theirs('[:find ?y :in $ ?t :where [(untuple ?t) [?x ?y]]]', [[2]], [1, 2])],
  },
  '`tx-ids`, `tx-data`': { elsewhere: ['test/query/history.test.ts', 'tx-data: what transactions stated and ended'] },
  'tuples as values of attributes': {
    elsewhere: ['test/contracts/contracts.test.ts', 'a key of several fields and one of a single string'],
  },

  '`not`': {
    ours: [
      ours('[:find ?i :where [?e :customer/id ?i] (not [?e :customer/country "France"])]', ['"2"']),
      ours('[:find (count ?e) :where (not [?e :customer/country "France"])]', 'unbound-variable'),
    ],
    theirs: [theirs('[:find (count ?e) :where (not [?e "country" "France"])]', 'Insufficient bindings')],
  },
  'a variable that only `not` has': {
    ours: [ours('[:find ?i :where [?e :customer/id ?i] (not [?e :customer/age ?a])]', ['"3"'])],
    theirs: [theirs('[:find ?i :where [?e "id" ?i] (not [?e "age" ?a])]', [['3'], ['4']])],
  },
  '`not-join`': {
    ours: [
      ours('[:find ?i :where [?e :customer/id ?i] (not-join [?e] [?l :line/customer ?e] [?l :line/quantity 3])]', [
        '"2"',
        '"3"',
      ]),
      ours('[:find ?i :where [_ :customer/id ?i] (not-join [?e] [?e :customer/age 31])]', 'unbound-variable'),
    ],
    theirs: [theirs('[:find ?i :where [_ "id" ?i] (not-join [?e] [?e "age" 31])]', 'Insufficient bindings')],
  },
  'several clauses in `not`': {
    ours: [
      ours('[:find ?i :where [?e :customer/id ?i] (not [?e :customer/country "France"] [?e :customer/age 31])]', [
        '"2"',
        '"3"',
      ]),
    ],
    theirs: [
      theirs('[:find ?i :where [?e "id" ?i] [?e "country"] (not [?e "country" "France"] [?e "age" 31])]', [
        ['2'],
        ['3'],
      ]),
    ],
  },
  '`or`': {
    ours: [
      ours('[:find ?i :where [?e :customer/id ?i] (or [?e :customer/age 31] [?e :customer/tier "gold"])]', [
        '"1"',
        '"2"',
      ]),
      ours(
        '[:find ?i :where [?e :customer/id ?i] (or [?e :customer/age 31] [?e :customer/age ?z])]',
        'unbound-variable',
      ),
    ],
    theirs: [
      theirs(
        '[:find ?i :where [?e "id" ?i] (or [?e "age" 31] [?e "age" ?z])]',
        "All clauses in 'or' must use same set",
      ),
    ],
  },
  '`or-join`': {
    ours: [
      ours('[:find ?x :where [_ :customer/age ?a] (or-join [[?a] ?x] [(+ ?a 1) ?x] [(- ?a 1) ?x])]', [
        '30',
        '32',
        '44',
        '46',
      ]),
      ours('[:find ?x :where (or-join [[?a] ?x] [(+ ?a 1) ?x])]', 'unbound-variable'),
    ],
  },
  '`and`': {
    ours: [ours('[:find ?i :where [?e :customer/id ?i] (and [?e :customer/age 31])]', ['"1"'])],
    theirs: [theirs('[:find ?i :where [?e "id" ?i] (and [?e "age" 31])]', 'Missing rules var')],
  },
  'sources inside of `or` and `not`': {
    ours: [
      ours('[:find ?i :in $ $old :where [?e :customer/id ?i] (or [$old ?e :customer/age 30] [?e :customer/age 45])]', [
        '"1"',
        '"2"',
      ]),
      ours('[:find ?i :in $ $old :where [?e :customer/id ?i] ($old not [?e :customer/age 30])]', ['"2"', '"3"']),
    ],
    theirs: [
      theirs(
        '[:find ?i :in $ $other :where [?e "id" ?i] (or [$other ?e "age" 31] [?e "age" 45])]',
        [['1'], ['2']],
        '$other',
      ),
    ],
  },
  'several heads of a rule': {
    ours: [ours('[:find ?i :in $ % :where (either ?e) [?e :customer/id ?i]]', ['"1"', '"2"'])],
    theirs: [theirs('[:find ?e :in $ % :where (either ?e)]', [[1], [2]], '%')],
  },
  '`[?x]` in the head of a rule': {
    ours: [
      ours('[:find ?e ?f :in $ % :where (known ?e ?f)]', 'unbound-variable'),
      ours('[:find ?i :in $ % :where [?e :customer/id ?i] (known ?e _)]', ['"2"', '"3"']),
    ],
    theirs: [theirs('[:find ?f :in $ % :where (known ?e ?f)]', [[2], [1]], '%')],
  },
  'rules of a source': {
    ours: [
      ours('[:find ?i :in $ $old % :where ($old either ?e) [?e :customer/id ?i]]', ['"2"']),
      ours('[:find ?i :in $ % :where (either $ ?e) [?e :customer/id ?i]]', 'arity'),
    ],
    theirs: [theirs('[:find ?e :in $ $other % :where ($other either ?e)]', [[1], [2]], '$other', '%')],
  },
  'what a rule may hold': {
    elsewhere: ['test/query/rules.test.ts', 'rules that reach each other, and one that negates'],
  },
  'rules over cycles': {
    ours: [
      ours('[:find ?i ?j :in $ % :where (reach ?e ?f) [?e :customer/id ?i] [?f :customer/id ?j]]', [
        '"2" "2"',
        '"3" "1"',
      ]),
    ],
  },

  groups: {
    ours: [ours('[:find ?c (count ?e) :where [?e :customer/country ?c]]', ['"France" 2', '"Spain" 1'])],
    theirs: [
      theirs('[:find ?c (count ?e) :where [?e "country" ?c]]', [
        ['France', 2],
        ['Spain', 1],
      ]),
    ],
  },
  '`count`, `count-distinct`, `sum`': {
    ours: [
      ours('[:find (count ?c) (count-distinct ?c) :with ?e :where [?e :customer/country ?c]]', ['3 2']),
      ours('[:find (sum ?p) :with ?e :where [?e :product/price ?p]]', ['32.550M']),
    ],
    theirs: [theirs('[:find (count ?c) (count-distinct ?c) :with ?e :where [?e "country" ?c]]', [[3, 2]])],
  },
  '`min`, `max`': {
    ours: [ours('[:find (min ?c) (max ?c) :where [_ :customer/country ?c]]', ['"France" "Spain"'])],
    theirs: [theirs('[:find (min ?c) (max ?c) :where [_ "country" ?c]]', [['France', 'Spain']])],
  },
  '`(min n ?x)`, `(max n ?x)`': {
    ours: [ours('[:find (min 2 ?x) (max 2 ?x) :in [?x ...]]', ['[1 3] [3 5]'], { x: [1, 3, 5] })],
    theirs: [
      theirs(
        '[:find (min 2 ?x) (max 2 ?x) :in $ [?x ...]]',
        [
          [
            [1, 3],
            [3, 5],
          ],
        ],
        [1, 3, 5],
      ),
    ],
  },
  '`distinct`': {
    ours: [ours('[:find (distinct ?c) :with ?e :where [?e :customer/country ?c]]', ['["France" "Spain"]'])],
  },
  '`avg`': {
    ours: [ours('[:find (avg ?a) . :where [_ :customer/age ?a]]', ['38.0'])],
    theirs: [theirs('[:find (avg ?a) . :where [_ "age" ?a]]', 38)],
  },
  '`median`, `variance`, `stddev`': {
    ours: [ours('[:find (median ?a) (variance ?a) (stddev ?a) :where [_ :customer/age ?a]]', ['38.0 49.0 7.0'])],
    theirs: [theirs('[:find (median ?a) (variance ?a) (stddev ?a) :where [_ "age" ?a]]', [[38, 49, 7]])],
  },
  '`rand`, `sample`': { elsewhere: ['test/query/aggregates.test.ts', 'chance follows from query, arguments and t'] },
  "aggregates of one's own": {
    ours: [ours('[:find (mode ?a) :where [_ :customer/age ?a]]', 'unknown-function')],
  },
  'nothing to aggregate': {
    ours: [
      ours('[:find (sum ?a) :where [_ :customer/age ?a] [(> ?a 99)]]', []),
      ours('[:find (count ?a) . :where [_ :customer/age ?a] [(> ?a 99)]]', []),
    ],
    theirs: [
      theirs('[:find (sum ?a) :where [_ "age" ?a] [(> ?a 99)]]', []),
      theirs('[:find (count ?a) . :where [_ "age" ?a] [(> ?a 99)]]', null),
    ],
  },

  'where it stands': { elsewhere: ['test/database/procedures.test.ts', 'in a query and in a pull on its own'] },
  attributes: {
    ours: [
      pulled('[:customer/age :customer/tag]', '{:customer/age 31, :customer/tag ["big" "new"]}'),
      pulled('[:customer/friend]', '{:customer/friend {:db/id 4294967296}}', '3'),
    ],
    theirs: [pull('["age" "tag"]', { age: 31, tag: ['big', 'new'] }), pull('["friend"]', { friend: { id: 1 } }, 3)],
  },
  'unknown attribute in a pull': {
    ours: [pulled('[:customer/penguins]', 'unknown-attribute')],
    theirs: [pull('["id" "penguins"]', { id: '1' })],
  },
  '`:a/_b`': {
    ours: [pulled('[:customer/_friend]', '{:customer/_friend [{:db/id 4294967298}]}')],
    theirs: [pull('["_friend"]', { _friend: [{ id: 3 }] }), pull('["_part"]', { _part: { id: 3 } }, 4)],
    elsewhere: ['test/query/pull.test.ts', 'references: plain, followed, backwards and without end'],
  },
  '`{:a/b […]}`': {
    ours: [
      pulled(
        '[{:customer/friend [{:customer/_friend [:customer/id]}]}]',
        '{:customer/friend {:customer/_friend [{:customer/id "3"}]}}',
        '3',
      ),
    ],
    theirs: [pull('[{"friend" ["id"]}]', { friend: { id: '1' } }, 3)],
  },
  '`:as`': {
    ours: [pulled('[[:customer/age :as "Age"] [:customer/country :as 7]]', '{"Age" 31, 7 "France"}')],
    theirs: [pull('[["age" :as "Age"]]', { Age: 31 })],
  },
  limit: {
    ours: [
      pulled('[[:customer/tag :limit 1]]', '{:customer/tag ["big"]}'),
      pulled('[{[:line/_customer :limit 1] [:line/quantity]}]', '{:line/_customer [{:line/quantity 3}]}'),
      pulled('[[:customer/tag :limit nil]]', '{:customer/tag ["big" "new"]}'),
    ],
    theirs: [pull('[["tag" :limit 1]]', { tag: ['big'] })],
    elsewhere: ['test/query/pull.test.ts', 'a wide tree of components is pulled whole'],
  },
  '`:default`': {
    ours: [pulled('[[:customer/tier :default 0]]', '{:customer/tier 0}')],
    theirs: [pull('[["tier" :default 0]]', { tier: 0 })],
  },
  '`:xform`': {
    ours: [pulled('[[:customer/age :xform str] [:customer/tier :xform str]]', '{:customer/age "31"}')],
    theirs: [pull('[["age" :xform str]]', { age: '31' })],
    elsewhere: ['test/query/pull.test.ts', ':xform names a procedure of the project'],
  },
  '`*`': {
    ours: [
      pulled(
        '[* {:customer/friend [:customer/id]}]',
        '{:db/id 4294967298, :customer/country "France", :customer/id "3", :customer/friend {:customer/id "1"}}',
        '3',
      ),
      pulled(
        '["*"]',
        '{:db/id 4294967298, :customer/country "France", :customer/friend {:db/id 4294967296}, :customer/id "3"}',
        '3',
      ),
    ],
    theirs: [pull('[*]', { country: 'Spain', age: 45, tag: ['new'], tier: 'gold', friend: { id: 2 }, id: '2' }, 2)],
  },
  recursion: {
    ours: [
      pulled('[:customer/id {:customer/friend 3}]', '{:customer/id "3", :customer/friend {:customer/id "1"}}', '3'),
      pulled(
        '[:customer/id {:customer/friend ...}]',
        '{:customer/id "2", :customer/friend {:customer/id "2", :customer/friend {:db/id 4294967297}}}',
        '2',
      ),
    ],
    theirs: [pull('["id" {"friend" 3}]', { id: '3', friend: { id: '1' } }, 3)],
  },
  components: {
    elsewhere: ['test/query/pull.test.ts', 'a wide tree of components is pulled whole'],
    theirs: [pull('["part"]', { part: [{ id: '4' }] }, 3)],
  },
  'what is not there': {
    ours: [pulled('[:customer/age :customer/tier]', '{:customer/age 31}')],
    theirs: [pull('["age" "tier"]', { age: 31 })],
  },
  'nothing at all': {
    ours: [
      pulled('[:customer/tier]', 'nil'),
      pulled('[:customer/id {:customer/friend [:customer/tier]}]', '{:customer/id "3"}', '3'),
    ],
    theirs: [pull('["tier"]', null), pull('["id" {"friend" ["tier"]}]', { id: '3' }, 3)],
  },
  '`(limit :a/b 2)`, `(default :a/b 0)`': {
    ours: [
      pulled(
        '[(limit :customer/tag 1) (default :customer/tier "none")]',
        '{:customer/tag ["big"], :customer/tier "none"}',
      ),
    ],
    theirs: [pull('[(limit "tag" 1) (default "tier" "none")]', { tag: ['big'], tier: 'none' })],
  },

  'as of a moment': { ours: [ours('[:find ?a . :in $old :where [$old [:customer/id "1"] :customer/age ?a]]', ['30'])] },
  'since a moment': {
    elsewhere: ['test/query/history.test.ts', 'since: what began after a transaction, by keys that are older'],
  },
  history: {
    ours: [
      ours('[:find ?v ?tx ?op :in $ $all :where [$all [:customer/id "1"] :customer/age ?v ?tx ?op]]', [
        '30 1 true',
        '30 2 false',
        '31 2 true',
      ]),
      ours('[:find (pull $all ?e [*]) :in $ $all :where [?e :customer/age 31]]', 'wrong-source'),
    ],
  },
  transactions: {
    ours: [
      ours('[:find ?i :where [_ :customer/age 45 ?tx] [?tx :tx/instant ?i]]', ['#inst "2011-01-01T00:00:00.000Z"']),
    ],
  },

  'what is known of attributes': {
    ours: [ours('[:find ?type . :where [$schema :customer/age :db/valueType ?type]]', [':db.type/long'])],
  },
  'names of entities': {
    ours: [
      ours('[:find ?i ?k :where [?e :customer/age 31] [(id ?e) ?i] [(kind ?e) ?k] [(hash ?e 7) ?h]]', [
        '"customer:1" "customer"',
      ]),
    ],
  },
  calendar: {
    ours: [
      ours('[:find ?m . :where [(truncate #inst "2026-05-17T14:35:09Z" "month") ?m]]', [
        '#inst "2026-05-01T00:00:00.000Z"',
      ]),
      ours('[:find ?n . :where [(now) ?at] [(minus ?at "P30D") ?b] [(days-between ?b ?at) ?n]]', ['30']),
    ],
  },
  'a left join': {
    ours: [ours('[:find ?i (maybe ?e :customer/age) :where [?e :customer/id ?i]]', ['"1" 31', '"2" 45', '"3" nil'])],
  },
  'exact fractions': {
    ours: [ours('[:find ?x ?y :where [(divide 10 3 2 :half-even) ?x] [(round 2.675M 2) ?y]]', ['3.33M 2.68M'])],
  },
}
