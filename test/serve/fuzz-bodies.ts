import { expect } from 'vitest'
import { type Random, seeded } from '../../src/base/random.ts'
import { Conformance } from './conformance.ts'
import { openServedShop, serve } from './given.ts'

const WHERE = '[?s :sale/product ?p] [?p :product/id ?id] [?p :product/price ?price] [(>= ?price 2.50M)]'

/** Good bodies to begin with. */
const EDN = [
  `[:find ?id (max ?price) :with ?s :where ${WHERE} (not [?p :product/tags "a"])]`,
  `{:query [:find ?id ?price :in $ $before $all ?least [?tag ...] :where ${WHERE} [(>= ?price ?least)] [$before ?p :product/id] [$all ?p :product/id] (not [?p :product/tags ?tag])] :args {?least 2.50M ?tag ["a" "b"]} :as-of 12 :sources {$before {:as-of "2024-04-30"} $all {:history true}} :limit 3 :offset 1 :timeout-ms 100}`,
  '{:query [:find [?x ...] :in $ % :where (or-join [?x] (near ?x) (and [?x :sale/id "s/1"] (not-join [?x] [?x :sale/buyer ?b] [(> ?b 3)])))] :args {% [[(near ?x) [?x :sale/product [:product/id "p1"]]]]}}',
  '[:find (pull ?s [* {:sale/product [(:product/price :as "price")]} (:sale/id :default 2)]) . :where [?s :sale/at ?at] [(year ?at) ?y] [(- ?y 1) ?z] [(= ?z 2023)]]',
  '[:find ?a (rand 2 ?v) :where [?e :sale/product ?v ?tx true] [?e ?a ?v] [?tx :tx/instant ?at] [(< #inst "2024-04-30T12:00:00Z" ?at)]]',
]
const JSON_TEXTS = [
  `{"query": "[:find ?id ?n :in $ $x ?least :where [$x ?n _] ${WHERE.replaceAll('"', '')} [(>= ?price ?least)]]", "args": {"?least": 2.50}, "asOf": "2024-04-30T12:00:00Z", "sources": {"$x": {"rows": [[1, "a"]], "types": ["long", "string"]}}, "limit": 5, "timeoutMs": 100}`,
  '{"query": {"find": ["?id", ["count", "?s"]], "where": [["?s", ":sale/id", "?id"], ["not", ["?s", ":sale/buyer"]]], "in": ["$"]}}',
  '{"ids": ["sale:s/1", 8589934592], "asOf": 12, "attributes": ["id"], "ages": true, "maxAge": "P1D"}',
  '{"pattern": "[* {:sale/product [:product/price]}]", "ids": ["sale:s/1", "buyer:9007199254740990"], "asOf": "2024-04-30"}',
  '{"rows": [{"least": "2.00"}, {"least": {"$edn": "3M"}}, {}], "asOf": 12}',
]
const ODD = [
  ...[
    '"',
    '\\',
    '(',
    ')',
    '[',
    ']',
    '{',
    '}',
    '#',
    '#_',
    ';',
    ':',
    '?',
    '$',
    '%',
    ',',
    '.',
    '...',
    '_',
    '&',
    '\u0000',
    '\ud800',
    '😀',
    '\n',
  ],
  ...[
    'null',
    'nil',
    'true',
    '-0',
    '1e999',
    '1e-999',
    '99999999999999999999',
    '0x1',
    '-',
    'NaN',
    '1.5M',
    '[[]]',
    '{}',
    '""',
    '#inst "x"',
  ],
  ...[
    '(q [:find ?x])',
    '(sum ?x)',
    ':where',
    ':find',
    ':db/id',
    ':sale/id',
    '?s',
    '$before',
    '(not [?s])',
    '[(/ 1 0) ?q]',
    '[(random-numbers 1 2 3)]',
  ],
]
/** The second, third and so on of `JSON_TEXTS` are for the third, fourth and so on of these, the first for both first. */
const ROUTES = ['/query', '/explain', '/query', '/entities', '/pull', '/queries/sold', '/queries/priced']

/** Up to five small accidents. */
function broken(text: string, random: Random): string {
  const pick = <X>(items: readonly X[]): X => items[random.below(items.length)]
  let result = text
  for (let i = random.below(6); i > 0; i--) {
    const at = random.below(result.length + 1)
    const end = Math.min(result.length, at + random.below(12))
    const piece = result.slice(at, end)
    const made = [
      () => '',
      () => piece + piece,
      () => pick(ODD),
      () => pick([...EDN, ...JSON_TEXTS]).slice(at % 40, (at % 40) + 20),
      () => pick(ODD) + piece + pick(ODD),
    ]
    result = result.slice(0, at) + pick(made)() + result.slice(end)
  }
  return result
}

/** Sends broken bodies for so many milliseconds; none may get a 500, or an answer outside the document. Gives how many got which status. */
export async function fuzzBodies(ms: number, seed: number): Promise<Record<number, number>> {
  const random = seeded(seed)
  const limits = { timeoutMs: 500, memory: 2 ** 26 }
  const shop = await serve(await openServedShop(undefined, limits))
  const statuses: Record<number, number> = {}
  try {
    const conformance = new Conformance(await (await fetch(`${shop.url}/openapi.json`)).json())
    for (const end = performance.now() + ms; performance.now() < end; ) {
      const edn = random.below(2) === 0
      const chosen = random.below(5)
      const body = broken((edn ? EDN : JSON_TEXTS)[chosen], random)
      const path =
        ROUTES[
          edn ? random.below(2) : random.below(3) > 0 ? chosen + (chosen > 0 ? 1 : 0) : random.below(ROUTES.length)
        ]
      const headers = { 'content-type': edn ? 'application/edn' : 'application/json' }
      const response = await fetch(`${shop.url}${path}`, { method: 'POST', headers, body })
      const text = await response.text()
      statuses[response.status] = (statuses[response.status] ?? 0) + 1
      const said = conformance.faults('POST', path, response.status, response.headers, text)
      if (response.status === 500 || said.length > 0)
        expect.fail(
          `seed ${seed}: ${path} with ${JSON.stringify(body)}: ${response.status} ${text.slice(0, 500)} ${said.join('; ')}`,
        )
    }
    return statuses
  } finally {
    await shop.close()
  }
}
