import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { Pauses } from '../../src/cli/writer/pauses.ts'

/** Reads until it is told to stop, and says what it does. */
function reading(said: string[]) {
  return async (signal: AbortSignal): Promise<void> => {
    said.push('begins')
    while (!signal.aborted) await turn()
    await turn()
    said.push('ends')
  }
}

const work = (said: string[], name: string) => async () => {
  said.push(`${name} begins`)
  await turn()
  said.push(`${name} ends`)
  return name
}

describe('pauses', () => {
  test('what must not be beside reading is done between its end and its next beginning, one after the other', async () => {
    const [pauses, said, stop] = [new Pauses(), [] as string[], new AbortController()]
    const over = pauses.whileRead(stop.signal, reading(said))
    expect(await Promise.all([pauses.run(work(said, 'a')), pauses.run(work(said, 'b'))])).toEqual(['a', 'b'])
    expect(await pauses.run(work(said, 'c'))).toBe('c')
    stop.abort()
    await over
    const [a, b, c] = ['a', 'b', 'c'].map(name => [`${name} begins`, `${name} ends`])
    expect(said).toEqual(['begins', 'ends', ...a, ...b, 'begins', 'ends', ...c, 'begins', 'ends'])
  })

  test('where nothing is read it is done at once; where it fails, reading goes on', async () => {
    const [pauses, said, stop] = [new Pauses(), [] as string[], new AbortController()]
    expect(await pauses.run(work(said, 'a'))).toBe('a')
    const over = pauses.whileRead(stop.signal, reading(said))
    await expect(pauses.run(() => Promise.reject(new Error('no brokers')))).rejects.toThrow('no brokers')
    expect(await pauses.run(work(said, 'b'))).toBe('b')
    stop.abort()
    await over
    expect(said.filter(words => words === 'begins').length).toBe(3)
    expect(await pauses.run(work(said, 'c'))).toBe('c')
  })

  test('where reading fails, or ends by itself, whoever waits is answered, and nothing is read anew', async () => {
    const pauses = new Pauses()
    let asked: Promise<string> | undefined
    const failing = pauses.whileRead(new AbortController().signal, async () => {
      asked = pauses.run(async () => 'done')
      throw new Error('the disk is gone')
    })
    await expect(failing).rejects.toThrow('the disk is gone')
    expect(await asked).toBe('done')
    let begun = 0
    await pauses.whileRead(new AbortController().signal, async () => void begun++)
    expect(begun).toBe(1)
  })
})
