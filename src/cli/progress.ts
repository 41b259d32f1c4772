import { count } from './output.ts'

/** One line of a terminal that is drawn again and again. */
export interface ProgressLine {
  show(words: string): void
  clear(): void
}

/** Milliseconds between two drawings. */
const PAUSE = 100
const WIDTH = 24

/** Draws on `out` where it is a terminal; elsewhere it says nothing. */
export function progressLine(out: NodeJS.WriteStream): ProgressLine {
  let last = -PAUSE
  let drawn = false
  return {
    show(words) {
      const now = performance.now()
      if (!out.isTTY || now - last < PAUSE) return
      last = now
      drawn = true
      out.write(`\r${words.slice(0, (out.columns || 80) - 1)}\u001b[K`)
    },
    clear() {
      if (drawn) out.write('\r\u001b[K')
      drawn = false
    },
  }
}

/** `[======      ] 50%  ` */
export function bar(share: number): string {
  const full = Math.round(share * WIDTH)
  return `[${'='.repeat(full)}${' '.repeat(WIDTH - full)}] ${Math.floor(share * 100)}%  `
}

/** `[======      ] 50%  123,456 events, 98,000 a second, 12 s left, 3 refused`; neither bar nor time left where the `share` is unknown. */
export function loadingWords(applied: number, refused: number, share: number | null, seconds: number): string {
  const rate = seconds > 0.5 ? `, ${count(Math.round((applied + refused) / seconds))} a second` : ''
  const left =
    share !== null && share > 0.02 && share < 1 && seconds > 0.5
      ? `, ${timeLeft((seconds / share) * (1 - share))} left`
      : ''
  return `${share === null ? '' : bar(share)}${count(applied)} events${rate}${left}${refused > 0 ? `, ${count(refused)} refused` : ''}`
}

function timeLeft(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`
  const minutes = Math.ceil(seconds / 60)
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
