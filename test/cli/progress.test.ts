import { PassThrough } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { loadingWords, progressLine } from '../../src/cli/progress.ts'

describe('words of a load that goes on', () => {
  test('tell how much is done, how fast, and how long it will take', () => {
    expect(loadingWords(123_456, 0, 0.5, 2)).toBe(
      '[============            ] 50%  123,456 events, 61,728 a second, 2 s left',
    )
    expect(loadingWords(10, 3, 0.25, 60)).toContain(', 3 min left, 3 refused')
    expect(loadingWords(10, 0, 0.25, 3600)).toContain('3 h 0 min left')
  })

  test('leave out what nobody knows yet', () => {
    expect(loadingWords(10, 0, 0.01, 0.2)).toBe('[                        ] 1%  10 events')
    expect(loadingWords(10, 0, null, 2)).toBe('10 events, 5 a second')
    expect(loadingWords(10, 0, 1, 2)).not.toContain('left')
  })
})

test('a line is drawn on a terminal, within its width, and nowhere else', () => {
  const drawnOn = (terminal: object) => {
    const out = Object.assign(new PassThrough(), terminal) as unknown as NodeJS.WriteStream & PassThrough
    const line = progressLine(out)
    line.show('x'.repeat(100))
    line.clear()
    return String(out.read() ?? '')
  }
  expect(drawnOn({ isTTY: true, columns: 20 })).toBe(`\r${'x'.repeat(19)}\u001b[K\r\u001b[K`)
  expect(drawnOn({ isTTY: false })).toBe('')
})
