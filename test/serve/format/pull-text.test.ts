import { expect, it } from 'vitest'
import { type Answer, type AnyValue, PullMap, TypedText } from '../../../src/model/answer.ts'
import { Decimal } from '../../../src/model/decimal.ts'
import { PULL } from '../../../src/model/type.ts'
import { EntityRef, Instant, Keyword } from '../../../src/model/value.ts'
import { csvAnswer, ednAnswer, jsonAnswer, ndjsonAnswer } from '../../../src/serve/format/answer-text.ts'
import { tableAnswer } from '../../../src/serve/format/table.ts'
import { relation, TestStrings } from '../../answers.ts'
import { momentView } from '../../fake-view.ts'

const view = momentView(42, 0, true)
const text = (pieces: Iterable<string>): string => [...pieces].join('')
const map = (values: Readonly<Record<string, AnyValue>>): PullMap =>
  new PullMap(
    Object.keys(values).map(key => (key.startsWith(':') ? new Keyword(key) : key)),
    Object.values(values),
  )

const pulled = map({
  ':db/id': new EntityRef(4294967296),
  ':p/price': new Decimal(2550n, 3),
  ':p/gone': null,
  ':p/big': 9007199254740993n,
  ':p/at': Instant.ofMs(1000),
  ':p/token': new TypedText('uuid', '6f1e2d3c-0000-4000-8000-000000000001'),
  ':p/more': new TypedText('json', '{"b":[1]}'),
  ':p/tags': ['a', 'b"c'],
  ':p/maker': map({ name: 'x' }),
})
const answer: Answer = {
  ...relation([], 2, new TestStrings()),
  columns: [
    {
      name: 'pull_e',
      find: '(pull ?e [*])',
      type: PULL,
      nullable: true,
      v: { as: 'any', values: [pulled, null] },
      present: Uint8Array.of(1, 0),
    },
  ],
}

const JSON_TEXT =
  '{":db/id":4294967296,":p/price":"2.550",":p/big":"9007199254740993",":p/at":"1970-01-01T00:00:01.000Z",":p/token":"6f1e2d3c-0000-4000-8000-000000000001",":p/more":{"b":[1]},":p/tags":["a","b\\"c"],":p/maker":{"name":"x"}}'
const EDN_TEXT =
  '{:db/id 4294967296, :p/price 2.550M, :p/big 9007199254740993, :p/at #inst "1970-01-01T00:00:01.000Z", :p/token #uuid "6f1e2d3c-0000-4000-8000-000000000001", :p/more "{\\"b\\":[1]}", :p/tags ["a" "b\\"c"], :p/maker {"name" "x"}}'

it('is an object of JSON with plain values, and null', () => {
  expect(text(jsonAnswer(answer, view))).toContain(`"type":"pull","nullable":true}],"result":[[${JSON_TEXT}],[null]]`)
  expect(text(ndjsonAnswer(answer))).toBe(`{"pull_e":${JSON_TEXT}}\n{"pull_e":null}\n`)
  expect(JSON.parse(JSON_TEXT)[':p/more']).toEqual({ b: [1] })
})

it('is a map of EDN, JSON in a cell of CSV, EDN in a table', () => {
  expect(text(ednAnswer(answer, view))).toContain(`:result [[${EDN_TEXT}] [nil]]`)
  expect(text(csvAnswer(answer))).toBe(`pull_e\r\n"${JSON_TEXT.replaceAll('"', '""')}"\r\n\r\n`)
  expect(text(tableAnswer(answer)).split('\n')[2]).toBe(EDN_TEXT)
})
