import { assert } from '../base/assert.ts'
import { showDate, showMicros } from '../model/instant.ts'
import { type Edn, readEdn, showForm } from '../query/query.ts'
import { printable } from '../serve/format/dialect.ts'
import type { Table } from '../serve/format/table.ts'

/** The table of a server's answer in EDN, as `tableOf` makes it of an answer of our own. */
export function tableOfEdn(text: string): Table {
  const answer = readEdn(text)
  const columns = itemsOf(member(answer, ':columns'))
  const types = columns.map(column => textOf(member(column, ':type')).replace(/\(.*/s, ''))
  const count = member(answer, ':rows')
  assert(count.form === 'long', 'rows are counted')
  const result = member(answer, ':result')
  const [first] = itemsOf(result)
  const keyed = columns.length > 1 && (result.form === 'map' || first?.form === 'map')
  const rows = rowsOf(result, columns.length, Number(count.value))
  return {
    heads: columns.map(column => printable(textOf(member(column, keyed ? ':name' : ':find')))),
    types,
    rows: rows.length,
    cell: (column, row) => cellText(rows[row][column], types[column]),
  }
}

function member(form: Edn, name: string): Edn {
  assert(form.form === 'map', 'an answer is a map')
  const found = form.entries.find(([key]) => key.form === 'keyword' && key.name === name)
  assert(found !== undefined, `an answer has ${name}`)
  return found[1]
}

const itemsOf = (form: Edn): readonly Edn[] => (form.form === 'vector' || form.form === 'list' ? form.items : [])
const textOf = (form: Edn): string => (form.form === 'string' ? form.text : showForm(form))

/** The result as rows of cells, whatever the shape of its find. */
function rowsOf(result: Edn, width: number, count: number): readonly (readonly Edn[])[] {
  if (count === 0 || result.form === 'nil') return []
  // a map by :keys is a tuple, or a row of a relation; one column that holds maps is a pull
  const cells = (row: Edn): readonly Edn[] =>
    width > 1 && row.form === 'map' ? row.entries.map(([, value]) => value) : itemsOf(row)
  if (width > 1) {
    const relation = result.form === 'vector' && (count > 1 || result.items.length !== width)
    return relation ? result.items.map(cells) : [cells(result)]
  }
  const items = result.form === 'vector' && result.items.length === count ? result.items : [result]
  return items.map(item => (item.form === 'vector' && item.items.length === 1 ? item.items : [item]))
}

/** As the table of a local answer shows it: values of columns with one type without the signs of their type. */
function cellText(form: Edn, type: string): string {
  if (form.form === 'nil') return ''
  if (type === 'any' || type === 'pull' || type === 'list') return printable(showForm(form))
  switch (form.form) {
    case 'string':
      return printable(form.text)
    case 'inst':
      return showMicros(form.micros).replace(/(\.\d{3})000Z$/, '$1Z')
    case 'date':
      return showDate(form.days)
    case 'uuid':
      return form.text
    default:
      return showForm(form).replace(/^(-?[\d.]+)M$/, '$1')
  }
}
