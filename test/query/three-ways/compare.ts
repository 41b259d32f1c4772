import { seeded } from '../../../src/base/random.ts'
import { TooMany } from '../naive.ts'
import { byDataScript } from './by-datascript.ts'
import { byEngine } from './by-engine.ts'
import { byNestedLoops } from './by-nested-loops.ts'
import { open } from './opened.ts'
import { type Question, randomQuestion } from './question.ts'
import { type PlainWorld, randomWorld } from './world.ts'

export interface Case {
  readonly world: PlainWorld
  readonly question: Question
}

/** The case of a seed: every other one is such that DataScript can be right about it. */
export function caseOf(seed: number): Case {
  const random = seeded(seed)
  const plain = seed % 2 === 0
  const world = randomWorld(random, plain)
  return { world, question: randomQuestion(random, world, plain) }
}

export type Outcome =
  | { readonly same: true; readonly rows: number; readonly refused: string | null; readonly datascript: boolean }
  | { readonly same: false; readonly words: string }

const skipped: Outcome = { same: true, rows: 0, refused: 'too many', datascript: false }

/** Asks all, and the engine in other orders of the clauses too. */
export function compare({ world, question }: Case): Outcome {
  const opened = open(world, question)
  const { where } = question
  const found = byEngine(question, opened)
  if ('refused' in found && found.refused === 'memory') return skipped
  const differs = (who: string, other: unknown): Outcome => ({
    same: false,
    words: `${who}\n${JSON.stringify(other)}\nengine\n${JSON.stringify(found)}`,
  })
  const turned = [...where.slice(1), where[0]]
  for (const order of [[...where].reverse(), turned]) {
    const again = byEngine(question, opened, order)
    if (JSON.stringify(again) !== JSON.stringify(found)) return differs(`engine with ${order.join(' ')}`, again)
  }
  if ('refused' in found) return { same: true, rows: 0, refused: found.refused, datascript: false }
  const sorted = [...found].sort()
  let expected: readonly string[]
  try {
    expected = [...byNestedLoops(question, opened)].sort()
  } catch (error) {
    if (error instanceof TooMany) return skipped
    throw error
  }
  if (expected.join('\n') !== sorted.join('\n')) return differs('nested loops', expected)
  if (!question.plain) return { same: true, rows: found.length, refused: null, datascript: false }
  let theirs: readonly string[]
  try {
    theirs = [...byDataScript(question, world, opened)].sort()
  } catch (error) {
    return differs('DataScript', String((error as Error).message))
  }
  if (theirs.join('\n') !== sorted.join('\n')) return differs('DataScript', theirs)
  return { same: true, rows: found.length, refused: null, datascript: true }
}

/** The same case with as little of it as still shows a difference: facts, then clauses, then elements of find. */
export function shrunk(start: Case): Case {
  let small = start
  const still = (candidate: Case): boolean => {
    try {
      return !compare(candidate).same
    } catch {
      return false
    }
  }
  for (let moved = true; moved; ) {
    moved = false
    for (const candidate of smaller(small)) {
      if (!still(candidate)) continue
      small = candidate
      moved = true
      break
    }
  }
  return small
}

function* smaller({ world, question }: Case): Generator<Case> {
  const { facts } = world
  for (let size = Math.max(1, facts.length >> 1); size >= 1; size >>= 1)
    for (let at = 0; at < facts.length; at += size)
      yield { world: { ...world, facts: [...facts.slice(0, at), ...facts.slice(at + size)] }, question }
  const without = <X>(list: readonly X[], i: number): X[] => [...list.slice(0, i), ...list.slice(i + 1)]
  for (let i = 0; i < question.where.length && question.where.length > 1; i++)
    yield { world, question: { ...question, where: without(question.where, i) } }
  for (let i = 0; i < question.find.length && question.find.length > 1; i++)
    yield { world, question: { ...question, find: without(question.find, i) } }
  for (let i = 0; i < question.with.length; i++)
    yield { world, question: { ...question, with: without(question.with, i) } }
  for (let i = 0; i < question.rules.length; i++)
    yield { world, question: { ...question, rules: without(question.rules, i) } }
}
