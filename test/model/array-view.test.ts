import { expect, test } from 'vitest'
import { arrayStore } from '../../src/model/array-view.ts'
import { wideAt } from '../../src/model/column.ts'
import { visible } from '../../src/model/fact-view.ts'
import { decimalOf, LONG, refTo, STRING } from '../../src/model/type.ts'
import { EntityRef } from '../../src/model/value.ts'
import { schemaOf } from '../query/worlds.ts'

const schema = schemaOf({ p: { n: LONG, tag: [STRING], boss: refTo('p'), wide: decimalOf(2) } })
const facts = [
  { e: 'p:a', a: ':p/n', v: 1, to: 2 },
  { e: 'p:a', a: ':p/n', v: 2, from: 2 },
  { e: 'p:c', a: ':p/n', v: 3, from: 2 },
  { e: 'p:b', a: ':p/boss', v: 'p:a' },
  { e: 'p:b', a: ':p/tag', v: 'y' },
  { e: 'p:b', a: ':p/tag', v: 'x', from: 3 },
  { e: 'p:b', a: ':p/wide', v: '123456789012345678901234567890.12' },
]
const attribute = (name: string) => schema.attribute(`:p/${name}`)

test.each(['dense', 'sparse', 'sought'] as const)('facts of a moment, %s', layout => {
  const store = arrayStore({ schema, facts, layout })
  const read = (t: number, name: string) => {
    const { e, v, from, length, count } = store(t).facts(attribute(name))
    const rows = Array.from({ length }, (_, row) => row).filter(row => visible(from[row], t))
    expect(rows).toHaveLength(count)
    return rows.map(row => [
      e === null ? row : e[row],
      v.as === 'i128' ? wideAt(v.values, row) : v.values[row],
      from[row],
    ])
  }
  expect(read(0, 'n')).toEqual([])
  expect(read(1, 'n')).toEqual([[0, 1, 1]])
  expect(read(3, 'n')).toEqual([
    [0, 2, 2],
    [2, 3, 2],
  ])
  expect(read(3, 'boss')).toEqual([[1, 0, 1]])
  expect(read(3, 'tag')).toHaveLength(2)
  expect(read(1, 'wide')).toEqual([[1, 12345678901234567890123456789012n, 1]])
  expect(read(2, 'id').map(([ordinal]) => ordinal)).toEqual([0, 1, 2])
  expect(store(3).facts(attribute('tag')).e).not.toBe(null)
})

test('points, keys and intervals', () => {
  const view = arrayStore({ schema, facts })(2)
  const kind = schema.kind('p')
  expect([view.ordinal(kind, 'c'), view.ordinal(kind, 'z'), view.key(kind, 1), view.extent(kind)]).toEqual([
    2,
    -1,
    'b',
    3,
  ])
  expect(view.values(attribute('boss'), 1)).toEqual([
    { value: new EntityRef(schema.kind('p').number * 2 ** 32), from: 1 },
  ])
  expect([view.known(kind, 2), arrayStore({ schema, facts })(1).known(kind, 2)]).toEqual([true, false])
  const { e, from, to, length } = view.intervals(attribute('n'))
  expect(Array.from({ length }, (_, i) => [e[i], from[i], to[i]])).toEqual([
    [0, 1, 2],
    [0, 2, 0],
    [2, 2, 0],
  ])
  expect(view.firstKnown(attribute('n'), 2)).toBe(2)
})
