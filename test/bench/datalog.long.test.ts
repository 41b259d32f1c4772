import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { QUESTIONS } from '../../bench/datalog/questions.ts'

/** Every question that has a goal, so that none is lost when the benchmark is made quicker. */
const WITH_GOALS = [
  ...['q1', 'q2', 'q2 switched', 'q3', 'q4', 'qpred1', 'qpred2', 'value join', 'not', 'or', '5-merge'],
  ...['avg', 'avg by sex', 'avg by sex x name', 'one entity', 'scan, one of 8 shards'],
  ...['rules, wide 7x3', 'rules, chain 30x5', 'rules, one side bound'],
]

test('the Datalog benchmark has a row for every question, says what it does, and both sides agree', () => {
  const found = spawnSync(process.execPath, [join('bench', 'main.ts'), 'datalog', '--smoke'], {
    encoding: 'utf8',
    timeout: 500_000,
  })
  expect(found.stderr).not.toMatch(/Error/)
  expect(found.status).toBe(0)
  const rows = found.stdout.split('\n').map(line => line.split(/ {2,}/)[0])
  const names = QUESTIONS.map(({ name }) => name)
  expect(names).toEqual(expect.arrayContaining(WITH_GOALS))
  expect(rows).toEqual(expect.arrayContaining([...names, ...names.map(name => `${name}, a text never seen`)]))
  expect(rows).toContain('pull many, 781 nodes')
  for (const name of ['q1', 'q2', 'q2 switched', 'q3', 'q4'])
    for (const what of ['now', 'as of, first', 'as of, again']) expect(rows).toContain(`${name}, 3 versions: ${what}`)
  for (const { name, world } of QUESTIONS) if (world === 'people') expect(rows).toContain(`${name}, 1,000 people`)
  for (const name of ['q1', 'q2', 'qpred1']) expect(rows).toContain(`${name}, 1,000 people beside 500`)
  for (const part of ['500 people in heartwood', 'pulls of 781 nodes in datascript', '200 people with 3 versions'])
    expect(found.stderr).toContain(part)
})
