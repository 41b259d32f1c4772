import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Question, Questions } from './questions.ts'
import type { OpenSubject, Subject } from './subject.ts'

/** What one side did, and a digest of everything that it answered. */
export interface Measured {
  readonly eventsASecond: number
  readonly facts: number
  /** Bytes, right after the load. */
  readonly resident: number
  readonly disk: number
  /** Look-ups: of entities of every kind, most of them invoice lines; of products; and of products as of any moment. */
  readonly nowASecond: number
  readonly productsASecond: number
  readonly asOfASecond: number
  /** Milliseconds. */
  readonly scanNow: number
  readonly scanAsOf: number
  readonly answers: string
}

const bytesIn = (folder: string): number =>
  readdirSync(folder, { recursive: true })
    .map(name => statSync(join(folder, String(name))))
    .reduce((sum, stat) => sum + (stat.isFile() ? stat.size : 0), 0)

/** How many questions are answered in a second; the first tenth warms up. */
function rate(subject: Subject, questions: readonly Question[]): number {
  for (const { id, t } of questions.slice(0, questions.length / 10)) subject.entity(id, t)
  const start = performance.now()
  for (const { id, t } of questions) subject.entity(id, t)
  return questions.length / ((performance.now() - start) / 1000)
}

/** Milliseconds in the middle of eleven runs, after two that warm up. */
function scanTime(subject: Subject, t: number | undefined): number {
  const times = Array.from({ length: 13 }, () => {
    const start = performance.now()
    subject.scan(t)
    return performance.now() - start
  })
  return times.slice(2).sort((a, b) => a - b)[5]
}

function digest(subject: Subject, questions: Questions): string {
  const hash = createHash('sha256')
  for (const { id, t } of [...questions.now, ...questions.asOf]) {
    const answer = subject.entity(id, t)
    hash.update(JSON.stringify(Object.entries(answer).sort(([a], [b]) => (a < b ? -1 : 1))))
  }
  hash.update(JSON.stringify([subject.scan(undefined), subject.scan(questions.scanAt)]))
  return hash.digest('hex')
}

const [name, file, questionsFile, folder] = process.argv.slice(2)
const { default: open }: { default: OpenSubject } = await import(`./${name}.ts`)
const questions: Questions = JSON.parse(readFileSync(questionsFile, 'utf8'))

const subject = await open(folder)
const start = performance.now()
await subject.load(file)
const seconds = (performance.now() - start) / 1000
globalThis.gc?.()
const resident = process.memoryUsage.rss()
const measured = {
  eventsASecond: questions.events / seconds,
  facts: subject.facts(),
  resident,
  nowASecond: rate(subject, questions.now),
  productsASecond: rate(subject, questions.products),
  asOfASecond: rate(subject, questions.asOf),
  scanNow: scanTime(subject, undefined),
  scanAsOf: scanTime(subject, questions.scanAt),
  answers: digest(subject, questions),
}
await subject.close()
process.stdout.write(JSON.stringify({ ...measured, disk: bytesIn(folder) } satisfies Measured))
