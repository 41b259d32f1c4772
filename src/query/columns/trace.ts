/** What the steps of a plan did in one run. */
export type Trace = Map<object, { rows: number; ms: number }>
