/** How long one thing is measured, seconds. */
export interface Pace {
  /** With so many choices of constants the answers are compared before. */
  readonly compared: number
  readonly warm: number
  /** For each of five samples. */
  readonly sample: number
}

/** After this time, milliseconds, three samples are enough: a run that takes so long varies little. */
const ENOUGH = 1500

/** Milliseconds of one run: the median of samples, each the mean of as many runs as fit. */
export async function milliseconds(run: (i: number) => unknown, { warm, sample }: Pace): Promise<number> {
  await mean(run, warm)
  const begin = performance.now()
  const samples: number[] = []
  while (samples.length < 5 && (samples.length < 3 || performance.now() - begin < ENOUGH))
    samples.push(await mean(run, sample))
  return samples.sort((a, b) => a - b)[samples.length >> 1]
}

/** The mean of runs for so many seconds, at least one; `run` is told which it is, and may give a promise. */
async function mean(run: (i: number) => unknown, seconds: number): Promise<number> {
  const start = performance.now()
  let count = 0
  for (; count === 0 || performance.now() - start < 1000 * seconds; count++) {
    const found = run(count)
    if (found instanceof Promise) await found
  }
  return (performance.now() - start) / count
}
