import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { FactErrors, located } from '../../src/base/error.ts'
import type { Contracts } from '../../src/contracts/contracts.ts'
import { compileJudge, type Judge, type Verdict } from '../../src/contracts/judge.ts'
import { readContracts } from '../../src/contracts/read.ts'
import type { Effect, EntityKey } from '../../src/model/effect.ts'
import { Schema } from '../../src/model/schema.ts'
import type { Value } from '../../src/model/value.ts'

/** Files of a project by path; a text, or bytes. */
export type Files = Readonly<Record<string, string | Uint8Array>>

/** Writes a project to a folder of its own for as long as `use` runs. */
export function inProject<X>(files: Files, use: (folder: string) => X): X {
  const folder = mkdtempSync(join(tmpdir(), 'heartwood-contracts-'))
  try {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), content)
    }
    return use(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

export const read = (files: Files): Contracts => inProject(files, readContracts)

/** What `readContracts` has against a project: `path:line:column: words`, paths relative to it. */
export function mistakes(files: Files): string[] {
  return inProject(files, folder => {
    try {
      readContracts(folder)
    } catch (error) {
      if (error instanceof FactErrors) return error.errors.map(e => located(e).replaceAll(`${folder}/`, ''))
      throw error
    }
    return []
  })
}

/** A contract with lines of its own after the head, which is seven lines long. */
export const contract = (rest: string, head: Readonly<Record<string, string>> = {}): string => {
  const { name = 'bank/paid', version = '1.0', topic = 'bank.paid', format = 'json' } = head
  return `name: ${name}
version: "${version}"
doc: A bill was paid.
owner: bank
format: ${format}
topic: ${topic}
# the rest begins in line 8
${rest}`
}

/** The project with one contract, bank/paid 1.0. */
export const only = (text: string): Files => ({ 'contracts/bank/paid/1.0.yaml': text })

export interface Bench {
  readonly contracts: Contracts
  readonly schema: Schema
  readonly judge: Judge
}

export function bench(contracts: Contracts): Bench {
  const schema = new Schema()
  contracts.define(schema)
  return { contracts, schema, judge: compileJudge(contracts, schema) }
}

/** Judges a value: text or bytes as they are, null as a tombstone. */
export function judged(
  judge: Judge,
  value: string | Uint8Array | null,
  { topic = 'bank.paid', headers = {} }: { topic?: string; headers?: Record<string, string> } = {},
): Verdict {
  return judge({
    origin: { topic, partition: 0, offset: 0n },
    timestamp: 0,
    key: null,
    headers,
    value: typeof value === 'string' ? Buffer.from(value) : value,
  })
}

const isKey = (value: Value | EntityKey): value is EntityKey => typeof value === 'object' && 'kind' in value
const show = (value: Value | EntityKey): string =>
  isKey(value)
    ? `${value.kind.name}:${show(value.key)}`
    : typeof value === 'bigint'
      ? `${value}n`
      : typeof value === 'object'
        ? `${value.constructor.name}(${Object.values(value).join(',')})`
        : JSON.stringify(value)

/** An effect as a line: `assert bill:"7" :bill/paid true`. */
export function line(effect: Effect): string {
  const head = `${effect.op} ${show(effect.entity)}`
  if (effect.op === 'assert') return `${head} ${effect.attribute.ident} ${show(effect.value)}`
  if (effect.op === 'retract') return `${head} ${effect.attribute.ident}`
  if (effect.op === 'replace') return `${head} ${effect.attribute.ident} [${effect.values.map(show).join(' ')}]`
  return head
}

export const lines = (verdict: Verdict): string[] => {
  if (!verdict.valid) throw new Error(verdict.refusal.detail)
  return verdict.event.effects.map(line)
}
