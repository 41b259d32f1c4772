/** One side of the retail benchmark: a store that is asked to do the work, in a process of its own. */
export interface Subject {
  /** Applies every event of the file; each 4,096 of them are durable before the next begin. */
  load(file: string): Promise<void>
  /** All facts ever stated, those that ended included. */
  facts(): number
  /** All attributes of `product:85123A` as of `t`, or now: `{":product/price": "2.550", …}`, a reference as its id. */
  entity(id: string, t: number | undefined): Readonly<Record<string, unknown>>
  /** The sum of `:line/quantity` as of `t`, or now. */
  scan(t: number | undefined): number
  close(): Promise<void>
}

/** Opens a store in an empty folder. */
export type OpenSubject = (folder: string) => Promise<Subject>

/** How many events one fsync makes durable, on either side. */
export const BATCH = 4096
