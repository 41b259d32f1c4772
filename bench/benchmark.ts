import type { Row } from './table.ts'

export interface Options {
  /** A small part of the work: proves that the benchmark runs, and measures nothing worth telling. */
  readonly smoke: boolean
  /** An empty folder, gone afterwards. */
  readonly folder: string
}

/** What a file `bench/<name>.bench.ts` exports as default. */
export interface Benchmark {
  readonly description: string
  /** The rows, or in words what it needs and this machine lacks. Throws where a side fails, or two sides disagree. */
  run(options: Options): Promise<readonly Row[] | { readonly needs: string }>
}
