import { before, history, type Question } from './question.ts'

const MONTH = `getvariable('ms') - 30 * 86400000::BIGINT`

/** Of time: when something was bought, what held before, what changed and by what. */
export const MOMENTS: readonly Question[] = [
  {
    name: 'turnover of the United Kingdom by month',
    query: `[:find ?month (sum ?x) (count-distinct ?i)
             :with ?l
             :where [?c :customer/country "United Kingdom"] [?i :invoice/customer ?c] [?l :line/invoice ?i ?tx] [?tx :tx/instant ?when]
                    [(truncate ?when "month") ?month] [?l :line/quantity ?q] [?l :line/price ?p] [(* ?p ?q) ?x]]`,
    sql: `SELECT strftime(date_trunc('month', moment(ms)), '%Y-%m-%dT%H:%M:%S.000Z') AS month, sum(price * quantity)::DECIMAL(38, 3)::VARCHAR, count(DISTINCT i.id)
          FROM line l JOIN invoice i ON i.id = l.invoice JOIN customer c ON c.id = i.customer WHERE c.country = 'United Kingdom' GROUP BY month`,
  },
  {
    name: 'when the tills are busy: invoices by weekday and hour',
    query: `[:find ?day ?hour (count-distinct ?i)
             :where [?l :line/invoice ?i ?tx] [?tx :tx/instant ?when] [(weekday ?when) ?day] [(hour ?when) ?hour]]`,
    sql: `SELECT isodow(moment(ms)), hour(moment(ms)), count(DISTINCT invoice) FROM line GROUP BY ALL`,
  },
  {
    name: 'for a score: what each customer abroad did in the last thirty days, and how long ago',
    query: `[:find ?id (count-distinct ?i) (sum ?x) (min ?days)
             :with ?l
             :where [?c :customer/country ?country] [(!= ?country "United Kingdom")] [?c :customer/id ?id] [?i :invoice/customer ?c]
                    [?l :line/invoice ?i ?tx] [?tx :tx/instant ?when] [(now) ?now] [(minus ?now "P30D") ?from] [(< ?from ?when)]
                    [(days-between ?when ?now) ?days] [?l :line/quantity ?q] [?l :line/price ?p] [(* ?p ?q) ?x]]`,
    sql: `SELECT c.id, count(DISTINCT i.id), sum(price * quantity)::DECIMAL(38, 3)::VARCHAR, min((getvariable('ms') - ms) // 86400000)
          FROM line l JOIN invoice i ON i.id = l.invoice JOIN customer c ON c.id = i.customer
          WHERE c.country <> 'United Kingdom' AND ms > ${MONTH} GROUP BY c.id`,
  },
  {
    name: 'dear products: since when, and which line of which invoice said so',
    query: `[:find ?id ?price ?when ?invoice ?no
             :where [?p :product/price ?price ?tx] [(> ?price 100)] [?p :product/id ?id] [?tx :tx/instant ?when] [?tx :tx/key ?invoice] [?tx :tx/line ?no]]`,
    sql: `SELECT p.id, p.price::VARCHAR, iso(r.ms), r.invoice, r.no FROM product p JOIN raw r ON r.no = p.price_no WHERE p.price > 100`,
  },
  {
    name: 'whose price changed most',
    query: `[:find ?id (count ?tx) (min ?price) (max ?price)
             :in $ $all
             :where [$all ?p :product/price ?price ?tx true] [?p :product/id ?id]
             :order-by (count ?tx) :desc :limit 30]`,
    sources: history,
    sql: `SELECT key, count(*), min(value)::VARCHAR, max(value)::VARCHAR FROM price_held WHERE ms <= getvariable('ms')
          GROUP BY key ORDER BY count(*) DESC, key, min(value), max(value) LIMIT 30`,
    ordered: true,
  },
  {
    name: 'the names that one product had, from when to when',
    query: `[:find ?name ?when ?op :in $ $all :where [?p :product/id "21181"] [$all ?p :product/description ?name ?tx ?op] [?tx :tx/instant ?when]]`,
    sources: history,
    sql: `SELECT DISTINCT value, iso(ms), true FROM description_held WHERE key = '21181' AND ms <= getvariable('ms')
          UNION SELECT DISTINCT value, iso(ended_ms), false FROM description_held WHERE key = '21181' AND ended_ms <= getvariable('ms')`,
  },
  {
    name: 'prices that are new since thirty days',
    query: `[:find ?id ?price ?when :in $ $new :where [$new ?p :product/price ?price ?tx] [(>= ?price 20)] [?p :product/id ?id] [?tx :tx/instant ?when]]`,
    sources: ({ now }) => ({ $new: { since: new Date(now - 30 * 86_400_000).toISOString() } }),
    sql: `SELECT p.id, p.price::VARCHAR, iso(r.ms) FROM product p JOIN raw r ON r.no = p.price_no WHERE p.price >= 20 AND r.ms > ${MONTH}`,
  },
  {
    name: 'what got dearer in ninety days, and by how much: the same store at two moments',
    query: `[:find ?id ?old ?new ?more ?percent
             :in $ $before
             :where [?p :product/price ?new] [$before ?p :product/price ?old] [(< 1.0 ?old ?new)] [(- ?new ?old) ?more] [?p :product/id ?id]
                    [(* ?more 100) ?hundredfold] [(divide ?hundredfold ?old 1 :down) ?percent]]`,
    sources: before,
    sql: `SELECT p.id, o.price::VARCHAR, p.price::VARCHAR, (p.price - o.price)::VARCHAR,
                 (((p.price - o.price) * 1000000)::BIGINT // (o.price * 1000)::BIGINT / 10.0)::DECIMAL(20, 1)::VARCHAR
          FROM product p JOIN old_product o ON o.id = p.id WHERE o.price > 1 AND p.price > o.price`,
  },
  {
    name: 'new customers by country, who were not there ninety days ago',
    query: `[:find ?country (count ?c) :in $ $before :where [?c :customer/country ?country] (not [$before ?c :customer/id])]`,
    sources: before,
    sql: `SELECT country, count(*) FROM customer WHERE id NOT IN (SELECT id FROM old_customer) GROUP BY country`,
  },
  {
    name: 'customers who moved: from where, to where, when',
    query: `[:find ?id ?from ?to ?when
             :in $ $all
             :where [$all ?c :customer/country ?from ?tx false] [$all ?c :customer/country ?to ?tx true] [?c :customer/id ?id] [?tx :tx/instant ?when]]`,
    sources: history,
    sql: `SELECT a.key, a.value, b.value, iso(b.ms) FROM country_held a JOIN country_held b ON b.key = a.key AND b.no = a.ended WHERE b.ms <= getvariable('ms')`,
  },
  {
    name: 'what one event changed: every fact that began or ended in it',
    query: `[:find ?a ?text ?op :where [?tx :tx/t 380827] [(tx-data $ ?tx) [[_ ?a ?v _ ?op]]] [(namespace ?a) ?of] [(= ?of "product")] [(str ?v) ?text]]`,
    sql: `SELECT ':product/price', value::VARCHAR, no = 380827 FROM price_held WHERE 380827 IN (no, ended) AND (SELECT max(no) FROM line) >= 380827
          UNION ALL SELECT ':product/description', value, no = 380827 FROM description_held WHERE 380827 IN (no, ended) AND (SELECT max(no) FROM line) >= 380827`,
  },
  {
    name: 'for a page: three numbers of the shop as one map',
    query: `[:find (count-distinct ?c) (count-distinct ?i) (count ?l) :keys customers invoices lines
             :where [?l :line/invoice ?i] [?i :invoice/customer ?c]]`,
    sql: `SELECT {customers: count(DISTINCT i.customer), invoices: count(DISTINCT i.id), lines: count(*)} FROM line l JOIN invoice i ON i.id = l.invoice
          WHERE i.customer IS NOT NULL HAVING count(*) > 0`,
    shape: 'maps',
  },
]
