import { expect } from 'vitest'
import { type Random, seeded } from '../../src/base/random.ts'
import { Conformance } from './conformance.ts'
import { openServedShop, serve } from './given.ts'

const PRICED =
  '[:find ?id (max ?price) :with ?s :in $ ?least [?tag ...] :where [?s :sale/product ?p] [?p :product/id ?id] [?p :product/price ?price] [(>= ?price ?least)] (not [?p :product/tags ?tag])]'

/** Good bodies to begin with. */
const EDN = [
  PRICED,
  `{:query ${PRICED} :args {?least 2.50M ?tag ["a" "b"]} :as-of 12 :sources {$before {:as-of "2024-04-30"} $all {:history true}} :limit 3 :offset 1 :timeout-ms 100}`,
  '[:find [?x ...] :in $ % :where (or-join [?x] (near ?x) (and [?x :sale/id "s/1"] (not-join [?x] [?x :sale/buyer ?b] [(> ?b 3)])))]',
  '[:find (pull ?s [* {:sale/product [:product/price :as "price"]} (:sale/_buyer :limit 2)]) . :where [?s :sale/at ?at] [(year ?at) ?y] [(- ?y 1) ?z] [(= ?z 2023)]]',
  '{:query {:find [?a (rand 2 ?v)] :where [[?e ?a ?v ?tx true] [?tx :tx/instant #inst "2024-04-30T12:00:00Z"]]} :args ["x" nil #{1 2} \\c {:a/b 1.5e300}]}',
]
const JSON_TEXTS = [
  `{"query": ${JSON.stringify(PRICED)}, "args": {"?least": 2.50, "tag": ["a"]}, "asOf": "2024-04-30T12:00:00Z", "sources": {"$x": {"rows": [[1, "a", null]], "types": ["long", "string"]}}, "limit": 5, "timeoutMs": 100}`,
  '{"query": {"find": ["?id", ["count", "?s"]], "where": [["?s", ":sale/id", "?id"], {"not": [["?s", ":sale/buyer"]]}], "in": ["$"]}, "run": true}',
  '{"ids": ["sale:s/1", 8589934592, "product:p1"], "asOf": 12, "attributes": ["product{price}", "id"], "ages": true, "maxAge": "P1D"}',
  '{"pattern": "[* {:sale/product [:product/price]}]", "ids": ["sale:s/1", "buyer:9007199254740990"], "asOf": "2024-04-30"}',
  '{"rows": [{"least": "2.00"}, {"least": {"$edn": "3M"}}, {}], "asOf": 9223372036854775807}',
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
const ROUTES = ['/query', '/explain', '/pull', '/entities', '/queries/sold', '/queries/priced']

/** One to five small accidents. */
function broken(text: string, random: Random): string {
  const pick = <X>(items: readonly X[]): X => items[random.below(items.length)]
  let result = text
  for (let i = random.below(5); i >= 0; i--) {
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
      const body = broken(edn ? EDN[random.below(EDN.length)] : JSON_TEXTS[random.below(JSON_TEXTS.length)], random)
      const path = ROUTES[edn ? random.below(2) : random.below(ROUTES.length)]
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
