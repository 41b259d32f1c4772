/** When the first process of this run began; those that it starts inherit it. */
const BEGAN = (process.env['HEARTWOOD_BENCH_BEGAN'] ??= String(Date.now()))

/** Says on standard error what is measured now: a table comes only when everything was. */
export function progress(words: string): void {
  const seconds = Math.round((Date.now() - Number(BEGAN)) / 1000)
  process.stderr.write(`${String(seconds).padStart(5)} s  ${words}\n`)
}
