import { tableFromIPC } from 'apache-arrow'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { WritableDatabase } from '../../src/database/database.ts'
import { arrowAnswer } from '../../src/extract/arrow-answer.ts'
import { kindAnswer } from '../../src/extract/kind-answer.ts'
import { csvAnswer } from '../../src/serve/format/answer-text.ts'
import { openShop, removeProjects, sale } from '../database/given.ts'

let database: WritableDatabase
beforeAll(async () => {
  database = await openShop()
  for (let i = 0; i < 300; i++)
    database.write(
      sale(
        i - 400,
        `{"sold_at":"2024-04-30T00:00:00Z","sale_id":"s${i}","product":"p${i % 7}","price":"${i}.25"${
          i % 2 === 0 ? `,"buyer":${9007199254740990n + BigInt(i)}` : ''
        },"tags":${JSON.stringify(i % 3 === 0 ? ['b', `t${i}`] : [])}}`,
      ),
    )
  await database.commit()
})
afterAll(removeProjects)

test.each([0, 1, 17, 150, 300])('as of t %i there is each entity once, with what /entity tells of it', t => {
  const view = database.view(t)
  for (const name of ['product', 'buyer', 'sale']) {
    const kind = view.schema.kind(name)
    const answer = kindAnswer(view, kind)
    const about = { view, query: '', version: null, args: '{}', shard: null }
    const table = tableFromIPC(
      [...arrowAnswer(answer, about, 'file')]
        .flat()
        .map(bytes => Buffer.from(bytes))
        .reduce((a, b) => Buffer.concat([a, b])),
    )
    const rows = table.toArray().map(row => row.toJSON())
    const { found } = database.listing({ kind: name, after: undefined, limit: 1000, filters: [], options: {} }, t)
    expect(rows.map(row => Number(row['entity']))).toEqual(found.entities.map(({ entity }) => entity))
    for (const [i, { attributes }] of found.entities.entries()) {
      const told = attributes as Record<string, unknown>
      for (const attribute of view.schema.ofKind(kind)) {
        const { ident, type, many } = attribute
        const cell: unknown = rows[i][ident.slice(ident.indexOf('/') + 1)]
        const expected = told[ident]
        if (expected === undefined) expect(cell, ident).toBeNull()
        else if (many) expect([...(cell as Iterable<string>)]).toEqual(expected)
        else if (type.base === 'string') expect(cell).toBe(expected)
        else if (type.base === 'ref') expect(database.entity(String(cell), t).id, ident).toBe(expected)
        else if (type.base === 'long') expect(String(cell)).toBe(String(expected))
        else expect(cell, ident).toBeDefined()
      }
    }
  }
})

test('CSV writes decimals to the last digit, and lists as JSON', () => {
  const view = database.view(4)
  const [head, first] = [...csvAnswer(kindAnswer(view, view.schema.kind('product')))].join('').split('\r\n')
  expect(head).toBe('entity,id,price,tags')
  expect(first).toMatch(/^\d+,p0,0\.25,"\[""b"",""t0""\]"$/)
})
