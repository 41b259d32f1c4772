import type { Question } from './question.ts'

const LINKED = `[[(dear ?c ?p) [?l :line/price ?x] [(> ?x 150)] [?l :line/product ?p] [?l :line/invoice ?i] [?i :invoice/customer ?c]]
                 [(linked ?a ?b) (dear ?a ?p) (dear ?b ?p)]
                 [(linked ?a ?b) (linked ?a ?m) (dear ?m ?p) (dear ?b ?p)]]`
const DEAR = `WITH RECURSIVE dear AS (SELECT DISTINCT i.customer, l.product FROM line l JOIN invoice i ON i.id = l.invoice
                WHERE l.price > 150 AND i.customer IS NOT NULL)`

/** Of customers and what they buy: joins, what is not there, either of two things, rules. */
export const SALES: readonly Question[] = [
  {
    name: 'every line that a customer in France bought',
    query: `[:find ?line ?product ?quantity ?price
             :where [?c :customer/country "France"] [?i :invoice/customer ?c] [?l :line/invoice ?i] [?l :line/id ?line]
                    [?l :line/product ?p] [?p :product/id ?product] [?l :line/quantity ?quantity] [?l :line/price ?price]]`,
    sql: `SELECT l.id, l.product, l.quantity, l.price::VARCHAR
          FROM line l JOIN invoice i ON i.id = l.invoice JOIN customer c ON c.id = i.customer WHERE c.country = 'France'`,
  },
  {
    name: 'the ten countries that bring most',
    query: `[:find ?country (sum ?x) (count ?l)
             :where [?l :line/invoice ?i] [?i :invoice/customer ?c] [?c :customer/country ?country]
                    [?l :line/quantity ?q] [?l :line/price ?p] [(* ?q ?p) ?x]
             :order-by (sum ?x) :desc :limit 10]`,
    sql: `SELECT country, sum(quantity * price)::DECIMAL(38, 3)::VARCHAR, count(*)
          FROM line l JOIN invoice i ON i.id = l.invoice JOIN customer c ON c.id = i.customer
          GROUP BY country ORDER BY sum(quantity * price) DESC, country LIMIT 10`,
    ordered: true,
  },
  {
    name: 'page three of the products by pieces sold',
    query: `[:find ?product (sum ?q) :with ?l :where [?l :line/product ?p] [?p :product/id ?product] [?l :line/quantity ?q]
             :order-by (sum ?q) :desc ?product :desc :offset 40 :limit 20]`,
    sql: `SELECT product, sum(quantity)::BIGINT AS pieces FROM line GROUP BY product ORDER BY pieces DESC, product DESC LIMIT 20 OFFSET 40`,
    ordered: true,
  },
  {
    name: 'lines of dear things, but for postage',
    query: `[:find ?id ?product ?price
             :where [?l :line/price ?price] [(< 100 ?price)] [(<= ?price 325.5)] [?l :line/product ?p] [?p :product/id ?product]
                    [(!= ?product "DOT")] [(not= ?product "POST")] [?l :line/id ?id]]`,
    sql: `SELECT id, product, price::VARCHAR FROM line WHERE price > 100 AND price <= 325.5 AND product NOT IN ('DOT', 'POST')`,
  },
  {
    name: 'products bought in Germany that nobody ever returned',
    query: `[:find ?product :where [?c :customer/country "Germany"] [?i :invoice/customer ?c] [?l :line/invoice ?i]
                    [?l :line/product ?p] [?p :product/id ?product]
                    (not [?r :line/product ?p] [?r :line/quantity ?n] [(neg? ?n)])]`,
    sql: `SELECT DISTINCT product FROM line l JOIN invoice i ON i.id = l.invoice JOIN customer c ON c.id = i.customer
          WHERE c.country = 'Germany' AND product NOT IN (SELECT product FROM line WHERE quantity < 0)`,
  },
  {
    name: 'customers abroad who cancelled nothing',
    query: `[:find ?id ?country
             :where (not-join [?c] [?i :invoice/customer ?c] [?i :invoice/id ?no] [(starts-with? ?no "C")])
                    [?c :customer/id ?id] [?c :customer/country ?country] (not [?c :customer/country "United Kingdom"])]`,
    sql: `SELECT id, country FROM customer WHERE country <> 'United Kingdom'
          AND id NOT IN (SELECT customer FROM invoice WHERE customer IS NOT NULL AND id LIKE 'C%')`,
  },
  {
    name: 'customers of France or of Italy, of whom an invoice is known',
    query: `[:find [?id ...] :where [?i :invoice/customer ?c] (or [?c :customer/country "France"] [?c :customer/country "Italy"]) [?c :customer/id ?id]]`,
    sql: `SELECT DISTINCT c.id FROM customer c JOIN invoice i ON i.customer = c.id WHERE country IN ('France', 'Italy')`,
    shape: 'collection',
  },
  {
    name: 'products that are dear now, or once went in bulk to somebody who never cancelled',
    query: `[:find ?product
             :where [?p :product/id ?product]
                    (or-join [?p]
                      (and [?p :product/price ?price] [(> ?price 150)])
                      (and [?l :line/product ?p] [?l :line/quantity ?q] [(>= ?q 1000)] [?l :line/invoice ?i] [?i :invoice/customer ?c]
                           (not-join [?c] [?x :invoice/customer ?c] [?x :invoice/id ?no] [(starts-with? ?no "C")])))]`,
    sql: `SELECT id FROM product WHERE price > 150
          UNION SELECT l.product FROM line l JOIN invoice i ON i.id = l.invoice
          WHERE l.quantity >= 1000 AND i.customer IS NOT NULL
          AND i.customer NOT IN (SELECT customer FROM invoice WHERE customer IS NOT NULL AND id LIKE 'C%')`,
  },
  {
    name: 'by country, who bought what a customer returned; by rules',
    query: `[:find ?country (count-distinct ?c) :in $ % ?who
             :where [?w :customer/id ?who] (returned ?w ?p) (bought ?c ?p) [(!= ?c ?w)] [?c :customer/country ?country]]`,
    args: {
      '%': `[[(bought ?c ?p) (line-of ?c ?l) [?l :line/product ?p] [?l :line/quantity ?q] [(pos? ?q)]]
             [(returned ?c ?p) (line-of ?c ?l) [?l :line/product ?p] [?l :line/quantity ?q] [(neg? ?q)]]
             [(line-of ?c ?l) [?i :invoice/customer ?c] [?l :line/invoice ?i]]]`,
      who: '14911',
    },
    sql: `WITH moved AS (SELECT i.customer, l.product, l.quantity FROM line l JOIN invoice i ON i.id = l.invoice WHERE i.customer IS NOT NULL)
          SELECT c.country, count(DISTINCT c.id)
          FROM moved r JOIN moved b ON b.product = r.product AND b.quantity > 0 JOIN customer c ON c.id = b.customer
          WHERE r.customer = '14911' AND r.quantity < 0 AND c.id <> '14911' GROUP BY c.country`,
  },
  {
    name: 'whom dear purchases link with a customer, over others; a rule that reaches itself',
    query: `[:find ?id :in $ % :where [?a :customer/id "15098"] (linked ?a ?b) [?b :customer/id ?id]]`,
    args: { '%': LINKED },
    sql: `${DEAR}, linked(a, b) AS (SELECT a.customer, b.customer FROM dear a JOIN dear b ON b.product = a.product
            UNION SELECT r.a, b.customer FROM linked r JOIN dear a ON a.customer = r.b JOIN dear b ON b.product = a.product)
          SELECT DISTINCT b FROM linked WHERE a = '15098'`,
  },
  {
    name: 'how many pairs dear purchases link, and how many dear buyers are out of reach of one of them',
    query: `[:find [?pairs ?apart] :in $ %
             :where [(q [:find (count ?a) . :in $ % :with ?b :where (linked ?a ?b)] $ %) ?pairs]
                    [(q [:find (count ?b) . :in $ %
                         :where (dear ?b _) [?a :customer/id "15098"] (not (linked ?a ?b))] $ %) ?apart]]`,
    args: { '%': LINKED },
    sql: `${DEAR}, linked(a, b) AS (SELECT a.customer, b.customer FROM dear a JOIN dear b ON b.product = a.product
            UNION SELECT r.a, b.customer FROM linked r JOIN dear a ON a.customer = r.b JOIN dear b ON b.product = a.product)
          SELECT pairs, apart FROM (SELECT count(*) AS pairs FROM (SELECT DISTINCT a, b FROM linked)),
            (SELECT count(DISTINCT customer) AS apart FROM dear WHERE customer NOT IN (SELECT b FROM linked WHERE a = '15098'))
          WHERE pairs > 0 AND apart > 0 AND EXISTS (FROM customer WHERE id = '15098')`,
    shape: 'tuple',
  },
  {
    name: 'what is bought together in France, the fifteen commonest pairs',
    query: `[:find ?a ?b (count-distinct ?i)
             :where [?c :customer/country "France"] [?i :invoice/customer ?c] [?l :line/invoice ?i] [?l :line/product ?p] [?p :product/id ?a]
                    [?m :line/invoice ?i] [?m :line/product ?r] [?r :product/id ?b] [(< ?a ?b)]
             :order-by (count-distinct ?i) :desc :limit 15]`,
    sql: `WITH basket AS (SELECT DISTINCT l.invoice, l.product FROM line l JOIN invoice i ON i.id = l.invoice JOIN customer c ON c.id = i.customer
            WHERE c.country = 'France')
          SELECT a.product, b.product, count(*) FROM basket a JOIN basket b ON b.invoice = a.invoice AND a.product < b.product
          GROUP BY ALL ORDER BY count(*) DESC, a.product, b.product LIMIT 15`,
    ordered: true,
  },
]
