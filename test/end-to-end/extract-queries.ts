/** Ten saved queries of a training job over the retail file, each with what DuckDB says of the raw lines: tables `l p c i` as of a moment. */
export const TEN: readonly {
  readonly name: string
  readonly by: string
  readonly find: string
  readonly where: string
  readonly sql: string
}[] = [
  {
    ...{ name: 'lines', by: '?l', find: '?l ?id ?q ?p' },
    where: '[?l :line/id ?id] [?l :line/quantity ?q] [?l :line/price ?p]',
    sql: 'select id, q, p from l',
  },
  {
    ...{ name: 'paid-and-now', by: '?l', find: '?l ?id ?code ?paid ?now' },
    where:
      '[?l :line/id ?id] [?l :line/product ?x] [?x :product/id ?code] [?l :line/price ?paid] [?x :product/price ?now]',
    sql: 'select id, product code, p paid, price as now from l join p using (product)',
  },
  {
    ...{ name: 'returned', by: '?l', find: '?l ?id ?q' },
    where: '[?l :line/quantity ?q] [(< ?q 0)] [?l :line/id ?id]',
    sql: 'select id, q from l where q < 0',
  },
  {
    ...{ name: 'countries', by: '?c', find: '?c ?id ?country' },
    where: '[?c :customer/id ?id] [?c :customer/country ?country]',
    sql: 'select customer id, country from c',
  },
  {
    ...{ name: 'turnover', by: '?c', find: '?c ?id (count ?l) (sum ?x)' },
    where:
      '[?l :line/invoice ?i] [?i :invoice/customer ?c] [?c :customer/id ?id] [?l :line/quantity ?q] [?l :line/price ?p] [(* ?q ?p) ?x]',
    sql: 'select customer id, count(*) count_l, sum(q * p) sum_x from l join i using (invoice) where customer is not null group by all',
  },
  {
    ...{ name: 'products', by: '?x', find: '?x ?code ?price (maybe ?x :product/description)' },
    where: '[?x :product/id ?code] [?x :product/price ?price]',
    sql: 'select product code, price, description from p',
  },
  {
    ...{ name: 'invoices', by: '?i', find: '?i ?no ?country' },
    where: '[?i :invoice/id ?no] [?i :invoice/customer ?c] [?c :customer/country ?country]',
    sql: 'select invoice as no, country from i join c using (customer)',
  },
  {
    ...{ name: 'french-or-german', by: '?i', find: '?i ?no (count ?l)' },
    where:
      '[?i :invoice/id ?no] [?i :invoice/customer ?c] (or [?c :customer/country "France"] [?c :customer/country "Germany"]) [?l :line/invoice ?i]',
    sql: "select invoice as no, count(*) count_l from l join i using (invoice) join c using (customer) where country in ('France', 'Germany') group by all",
  },
  {
    ...{ name: 'undescribed', by: '?x', find: '?x ?code' },
    where: '[?x :product/id ?code] (not [?x :product/description])',
    sql: 'select product code from p where description is null',
  },
  {
    ...{ name: 'another-price', by: '?l', find: '?l ?id ?paid' },
    where:
      '[?l :line/product ?x] [?l :line/price ?paid] [?x :product/price ?price] [(!= ?paid ?price)] [?l :line/id ?id]',
    sql: 'select id, p paid from l join p using (product) where p <> price',
  },
]

export const savedQuery = ({ by, find, where }: (typeof TEN)[number]): string =>
  `{:doc "Of the retail file." :shard-by ${by} :query [:find ${find} :where ${where}]}`
