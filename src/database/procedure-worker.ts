/** The thread in which procedures run: it imports their files, calls them, and can be ended where one loops. */
import { registerHooks, stripTypeScriptTypes } from 'node:module'
import { type MessagePort, workerData } from 'node:worker_threads'
import { parseType, type ValueType } from '../model/type.ts'
import type { DeclaredProcedure } from './authoring.ts'
import { fromAuthor, toAuthor, type Wire } from './procedure-values.ts'

/** What a thread is asked: to read a file, or to call one of its procedures for some rows. */
export type Asked =
  | { readonly do: 'load'; readonly key: string; readonly text: string }
  | { readonly do: 'call'; readonly key: string; readonly name: string; readonly rows: readonly (readonly Wire[])[] }

/** What it answers; `line` and `column` are those of the file. */
export type Told =
  | {
      readonly procedures: readonly {
        readonly name: string
        readonly args: readonly string[]
        readonly returns: string
      }[]
    }
  | { readonly values: readonly Wire[] }
  | { readonly fault: string; readonly line: number | null; readonly column: number | null }

interface Callable {
  readonly fn: DeclaredProcedure['fn']
  readonly args: readonly ValueType[]
  readonly returns: ValueType
}

const { port, signal } = workerData as { port: MessagePort; signal: Int32Array }
const AUTHORING = new URL('./authoring.ts', import.meta.url).href
const modules = new Map<string, Map<string, Callable>>()

registerHooks({
  resolve(specifier, context, next) {
    if (!context.parentURL?.startsWith('data:')) return next(specifier, context)
    if (specifier === 'heartwood') return next(AUTHORING, { ...context, parentURL: import.meta.url })
    throw new Error(`a procedure may import 'heartwood' and nothing else, not '${specifier}'`)
  },
})

async function load({ key, text }: Extract<Asked, { do: 'load' }>): Promise<Told> {
  const code = stripTypeScriptTypes(text)
  const exported: Record<string, unknown> = await import(`data:text/javascript;base64,${Buffer64(code)}`)
  const found = new Map<string, Callable>()
  for (const [name, value] of Object.entries(exported)) {
    const { args, returns, fn } = (value ?? {}) as Partial<DeclaredProcedure>
    if (!Array.isArray(args) || typeof returns !== 'string' || typeof fn !== 'function')
      throw new Error(`${name} is no procedure: export const ${name} = procedure({ args: […], returns: … }, …)`)
    found.set(name, { fn, args: args.map(arg => typeIn(name, arg)), returns: typeIn(name, returns) })
  }
  modules.set(key, found)
  return {
    procedures: Object.entries(exported as Record<string, DeclaredProcedure>).map(([name, { args, returns }]) => ({
      name,
      args,
      returns,
    })),
  }
}

function typeIn(name: string, text: string): ValueType {
  try {
    return parseType(text)
  } catch (error) {
    throw new Error(`${name}: ${(error as Error).message}`)
  }
}

function call({ key, name, rows }: Extract<Asked, { do: 'call' }>): Told {
  const { fn, args, returns } = modules.get(key)!.get(name)!
  const values = rows.map(row => {
    const given = fn(...row.map((wire, i) => toAuthor(wire, args[i])))
    if (given === null || given === undefined) return null
    const wire = fromAuthor(given, returns)
    if (wire === undefined) throw new Error(`it gave ${show(given)}, which is nothing of the type that it declares`)
    return wire
  })
  return { values }
}

const show = (value: unknown): string => {
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value)
  return text.length > 60 ? `${text.slice(0, 57)}...` : text
}

function faultOf(error: unknown): Told {
  const { message = String(error), stack = '' } = (error ?? {}) as Partial<Error>
  const place = /data:text\/javascript;base64,[^\s:)]*:(\d+)(?::(\d+))?/.exec(stack)
  return {
    fault: message,
    line: place === null ? null : Number(place[1]),
    column: place?.[2] === undefined ? null : Number(place[2]),
  }
}

const Buffer64 = (text: string): string => Buffer.from(text).toString('base64')

port.on('message', async (asked: Asked) => {
  let told: Told
  try {
    told = asked.do === 'load' ? await load(asked) : call(asked)
  } catch (error) {
    told = faultOf(error)
  }
  port.postMessage(told)
  Atomics.add(signal, 0, 1)
  Atomics.notify(signal, 0)
})

/** The same arguments must give the same result: no clock, no chance, nothing outside. */
function purify(): void {
  const none = (what: string) => () => {
    throw new Error(`a procedure has no ${what}: the same arguments must give the same result for ever`)
  }
  const Timed = globalThis.Date
  class Timeless extends Timed {
    constructor(...given: unknown[]) {
      if (given.length === 0) none('clock')()
      super(...(given as []))
    }
  }
  Timeless.now = none('clock')
  Math.random = none('chance')
  const outside = globalThis as Record<string, unknown>
  outside['Date'] = Timeless
  const names =
    'process fetch performance crypto setTimeout setInterval setImmediate WebSocket EventSource require navigator'
  for (const name of names.split(' ')) delete outside[name]
}
purify()
