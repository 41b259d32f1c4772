/** Clauses that mean the same in every order, and what is found by them. */
export const ORDERS: readonly { readonly find: string; readonly clauses: readonly string[] }[] = [
  {
    find: '?line ?price',
    clauses: [
      '[?c :customer/country "France"]',
      '[?i :invoice/customer ?c]',
      '[?l :line/invoice ?i]',
      '[?l :line/id ?line]',
      '[?l :line/price ?price]',
    ],
  },
  {
    find: '?country (sum ?x)',
    clauses: [
      '[?l :line/invoice ?i]',
      '[?l :line/quantity ?q]',
      '[?l :line/price ?p]',
      '[(* ?q ?p) ?x]',
      '[?i :invoice/customer ?c]',
      '[?c :customer/country ?country]',
    ],
  },
  {
    find: '?product',
    clauses: [
      '[?c :customer/country "Germany"]',
      '[?i :invoice/customer ?c]',
      '[?l :line/invoice ?i]',
      '[?l :line/product ?p]',
      '[?p :product/id ?product]',
      '(not [?r :line/product ?p] [?r :line/quantity ?n] [(neg? ?n)])',
    ],
  },
  {
    find: '?id ?d',
    clauses: [
      '[?p :product/price ?price]',
      '[(> ?price 100)]',
      '[?l :line/product ?p]',
      '[?l :line/quantity ?q]',
      '[(< ?q 0)]',
      '[?p :product/description ?d]',
      '[?l :line/id ?id]',
    ],
  },
  {
    find: '?a ?b',
    clauses: [
      '[?i :invoice/id "536365"]',
      '[?l :line/invoice ?i]',
      '[?m :line/invoice ?i]',
      '[?l :line/product ?p]',
      '[?m :line/product ?r]',
      '[?p :product/id ?a]',
      '[?r :product/id ?b]',
    ],
  },
  {
    find: '?id ?when',
    clauses: [
      '[?p :product/id "22423"]',
      '[?p :product/price ?price ?tx]',
      '[?tx :tx/instant ?when]',
      '[?p :product/description ?id]',
      '(or-join [?p ?price] (and [?l :line/price ?price] [?l :line/product ?p]) [?p :product/price ?price])',
    ],
  },
]
