import { Writable } from 'node:stream'
import { setTimeout } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { sendChunks } from '../../src/serve/send.ts'

/** A reader that takes nothing until it is told to. */
class Stalled extends Writable {
  readonly taken: string[] = []
  #pending: (() => void) | null = null
  #open = false

  constructor() {
    super({ highWaterMark: 10 })
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.taken.push(chunk.toString())
    if (this.#open) done()
    else this.#pending = done
  }

  go(): void {
    this.#open = true
    this.#pending?.()
  }
}

describe('sending chunks', () => {
  it('makes none before there is room for it', async () => {
    const out = new Stalled()
    let made = 0
    const chunks = (function* () {
      for (; made < 100; made++) yield made % 2 === 0 ? 'twelve bytes' : [Buffer.from('twelve'), Buffer.from(' bytes')]
    })()
    const sent = sendChunks(out, chunks)
    await setTimeout(20)
    expect(made).toBe(0)
    out.go()
    expect(await sent).toBe(true)
    expect(made).toBe(100)
    expect(out.taken.join('')).toBe('twelve bytes'.repeat(100))
  })

  it('stops making them when the reader goes away, and lets the maker clean up', async () => {
    const out = new Stalled()
    let cleaned = false
    const chunks = (function* () {
      try {
        for (;;) yield 'for ever and ever'
      } finally {
        cleaned = true
      }
    })()
    const sent = sendChunks(out, chunks)
    await setTimeout(5)
    out.destroy()
    expect(await sent).toBe(false)
    expect(cleaned).toBe(true)
    expect(out.listenerCount('drain') + out.listenerCount('close')).toBe(0)
  })

  it('throws what the maker throws', async () => {
    const out = new Stalled()
    out.go()
    const chunks = (function* () {
      yield 'one'
      throw new Error('no more')
    })()
    await expect(sendChunks(out, chunks)).rejects.toThrow('no more')
  })
})
