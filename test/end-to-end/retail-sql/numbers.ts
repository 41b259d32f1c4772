import type { Question } from './question.ts'

/** Sums, means and counts; what texts say; what may be missing; arguments and rows of the caller. */
export const NUMBERS: readonly Question[] = [
  {
    name: 'quantities by country: count, mean, median, variance and deviation',
    query: `[:find ?country (count ?l) (count-distinct ?c) (avg ?q) (median ?q) (variance ?q) (stddev ?q)
             :where [?l :line/invoice ?i] [?i :invoice/customer ?c] [?c :customer/country ?country] [?l :line/quantity ?q]]`,
    sql: `SELECT country, count(*), count(DISTINCT c.id), avg(quantity), median(quantity), var_pop(quantity), stddev_pop(quantity)
          FROM line l JOIN invoice i ON i.id = l.invoice JOIN customer c ON c.id = i.customer GROUP BY country`,
  },
  {
    name: 'the three lowest and highest prices paid, and all of them for postage, by country',
    query: `[:find ?country (min 3 ?price) (max 3 ?price) (min ?price) (max ?price)
             :where [?l :line/price ?price] [?l :line/invoice ?i] [?i :invoice/customer ?c] [?c :customer/country ?country]]`,
    sql: `WITH paid AS (SELECT DISTINCT country, price FROM line l JOIN invoice i ON i.id = l.invoice JOIN customer c ON c.id = i.customer)
          SELECT country, list(price::VARCHAR ORDER BY price)[1:3], list_reverse(list(price::VARCHAR ORDER BY price DESC)[1:3]),
                 min(price)::VARCHAR, max(price)::VARCHAR FROM paid GROUP BY country`,
  },
  {
    name: 'different prices of postage',
    query: `[:find (distinct ?price) . :where [?p :product/id "POST"] [?l :line/product ?p] [?l :line/price ?price]]`,
    sql: `SELECT list(price::VARCHAR ORDER BY price) FROM (SELECT DISTINCT price FROM line WHERE product = 'POST') HAVING count(*) > 0`,
    shape: 'scalar',
  },
  {
    name: 'turnover of all times, to the thousandth',
    query: `[:find (sum ?x) . :with ?l :where [?l :line/quantity ?q] [?l :line/price ?p] [(* ?q ?p) ?x]]`,
    sql: `SELECT sum(quantity * price)::DECIMAL(38, 3)::VARCHAR FROM line`,
    shape: 'scalar',
  },
  {
    name: 'how large an invoice is, and how many are larger than the mean; a query inside of the query',
    query: `[:find [?mean ?larger]
             :where [(q [:find (avg ?n) . :with ?i :where [(q [:find ?i (count ?l) :where [?l :line/invoice ?i]] $) [[?i ?n]]]] $) ?mean]
                    [(q [:find (count ?i) . :in $ ?mean
                         :where [(q [:find ?i (count ?l) :where [?l :line/invoice ?i]] $) [[?i ?n]]] [(> ?n ?mean)]] $ ?mean) ?larger]]`,
    sql: `WITH size AS (SELECT invoice, count(*) AS n FROM line GROUP BY invoice), mean AS (SELECT avg(n) AS mean FROM size)
          SELECT mean, count(*) FROM size, mean WHERE n > mean GROUP BY mean`,
    shape: 'tuple',
  },
  {
    name: 'dear lines with a fifth of tax, rounded to pence, and per piece to half a penny',
    query: `[:find ?id ?gross ?each
             :where [?l :line/price ?p] [(>= ?p 50)] [?l :line/quantity ?q] [(> ?q 1)] [?l :line/id ?id]
                    [(* ?p ?q 1.2) ?x] [(round ?x 2) ?gross] [(divide ?gross 7 4 :half-up) ?each]]`,
    sql: `WITH gross AS (SELECT id, round((price * quantity)::DECIMAL(24, 3) * 1.2::DECIMAL(2, 1), 2)::DECIMAL(26, 2) AS gross
            FROM line WHERE price >= 50 AND quantity > 1)
          SELECT id, gross::VARCHAR, (((gross * 20000)::BIGINT + 7) // 14 / 10000)::DECIMAL(26, 4)::VARCHAR FROM gross`,
  },
  {
    name: 'products without a description, and what stands in its place',
    query: `[:find ?id ?text ?price :where [?p :product/id ?id] [(missing? $ ?p :product/description)]
                    [(get-else $ ?p :product/description "(none)") ?text] [?p :product/price ?price]]`,
    sql: `SELECT id, '(none)', price::VARCHAR FROM product WHERE description IS NULL`,
  },
  {
    name: 'invoices of nobody known, and how many lines those have',
    query: `[:find (count-distinct ?i) (count ?l) :where [?l :line/invoice ?i] (not [?i :invoice/customer])]`,
    sql: `SELECT count(DISTINCT i.id), count(*) FROM line l JOIN invoice i ON i.id = l.invoice WHERE i.customer IS NULL HAVING count(*) > 0`,
  },
  {
    name: 'products of odd names with their description, if they have one',
    query: `[:find ?id (maybe ?p :product/description) :where [?p :product/id ?id] [(re-matches "[a-zA-Z ]+" ?id)]]`,
    sql: `SELECT id, description FROM product WHERE regexp_full_match(id, '[a-zA-Z ]+')`,
  },
  {
    name: 'the commonest first words of descriptions, of colours only those of hearts',
    query: `[:find ?word (count ?p)
             :where [?p :product/description ?d] [(lower-case ?d) ?low] [(includes? ?low "heart")] [(trim ?low) ?text] [(re-find "^[a-z]+" ?text) ?word]
             :order-by (count ?p) :desc ?word :asc :limit 25]`,
    sql: `SELECT regexp_extract(trim(lower(description)), '^[a-z]+') AS word, count(*) FROM product
          WHERE contains(lower(description), 'heart') AND regexp_matches(trim(lower(description)), '^[a-z]+')
          GROUP BY word ORDER BY count(*) DESC, word LIMIT 25`,
    ordered: true,
  },
  {
    name: 'how a code is made: its figures, its letters, how long it is',
    query: `[:find ?figures ?letters (count ?p) (max ?n)
             :where [?p :product/id ?id] [(re-matches "([0-9]{5})([A-Z]+)" ?id) [_ ?all ?letters]] [(subs ?all 0 2) ?figures] [(count ?id) ?n]]`,
    sql: `SELECT id[1:2] AS figures, regexp_extract(id, '[A-Z]+$') AS letters, count(*), max(length(id)) FROM product
          WHERE regexp_full_match(id, '[0-9]{5}[A-Z]+') GROUP BY ALL`,
  },
  {
    name: 'invoices of customers in some countries: an argument of several values',
    query: `[:find ?country ?id (count ?i) :in $ [?country ...] :where [?c :customer/country ?country] [?c :customer/id ?id] [?i :invoice/customer ?c]]`,
    args: { country: ['Italy', 'Japan', 'Atlantis', 'EIRE'] },
    sql: `SELECT country, c.id, count(*) FROM customer c JOIN invoice i ON i.customer = c.id
          WHERE country IN ('Italy', 'Japan', 'Atlantis', 'EIRE') GROUP BY ALL`,
  },
  {
    name: 'products that cost less than somebody offers: an argument of rows',
    query: `[:find ?id ?offer ?price :in $ [[?id ?offer]] :where [?p :product/id ?id] [?p :product/price ?price] [(< ?price ?offer)]]`,
    args: {
      id: [
        ['22423', '30.01'],
        ['85123A', 2.951],
        ['84879', 1],
        ['nothing', 9],
        ['POST', 100],
      ],
    },
    sql: `SELECT id, offer::VARCHAR, price::VARCHAR FROM product JOIN (VALUES ('22423', 30.010), ('85123A', 2.951), ('84879', 1.000), ('nothing', 9.000), ('POST', 100.000))
          AS o(code, offer) ON code = id WHERE price < offer`,
  },
  {
    name: 'what a list of the caller holds, beside the store: rows as a source',
    query: `[:find ?code ?wanted (sum ?q) :in $ $rows :with ?l
             :where [$rows ?code ?wanted] [?p :product/id ?code] [?l :line/product ?p] [?l :line/quantity ?q] [(>= ?q ?wanted)]]`,
    sources: () => ({
      $rows: {
        rows: [
          ['22423', 10],
          ['85123A', 100],
          ['20725', 0],
          ['20725', 1000],
          ['nothing', 1],
        ],
        types: ['string', 'long'],
      },
    }),
    sql: `SELECT code, wanted, sum(quantity)::BIGINT FROM line JOIN (VALUES ('22423', 10), ('85123A', 100), ('20725', 0), ('20725', 1000), ('nothing', 1))
          AS r(code, wanted) ON code = product WHERE quantity >= wanted GROUP BY ALL`,
  },
  {
    name: 'everything about one product, whatever it is called',
    query: `[:find ?a ?text :where [[:product/id "22423"] ?a ?v] [(str ?v) ?text]]`,
    sql: `SELECT unnest([':product/id', ':product/description', ':product/price']), unnest([id, description, price::VARCHAR]) FROM product WHERE id = '22423'`,
  },
  {
    name: 'invoices of one customer with their lines and whose they are; a pull, forwards and back',
    query: `[:find (pull ?i [:invoice/id {:invoice/customer [(:customer/id :as "who") :customer/country]}
                             {[:line/_invoice :as :lines] [:line/quantity :line/price {:line/product [:product/id :product/description]}]}])
             :where [?c :customer/id "12583"] [?i :invoice/customer ?c] [?l :line/invoice ?i] [?l :line/quantity ?q] [(>= ?q 72)]]`,
    sql: `SELECT {':invoice/id': i.id, ':invoice/customer': {'who': c.id, ':customer/country': c.country}, ':lines': (
            SELECT list({':line/quantity': l.quantity, ':line/price': l.price::VARCHAR, ':line/product': {':product/id': p.id, ':product/description': p.description}} ORDER BY l.no)
            FROM line l JOIN product p ON p.id = l.product WHERE l.invoice = i.id)}
          FROM invoice i JOIN customer c ON c.id = i.customer WHERE c.id = '12583' AND i.id IN (SELECT invoice FROM line WHERE quantity >= 72)`,
  },
]
