/** One measured thing: ours beside others doing the same in the same run. */
export interface Row {
  readonly what: string
  readonly ours: number
  readonly peers: Readonly<Record<string, number>>
  readonly unit: string
  readonly better: 'lower' | 'higher'
  /** How many times as good as every peer ours has to be. */
  readonly goal?: number
  /** What ours must not exceed, in `unit`. */
  readonly most?: number
}

/** How many times as good as the peer ours is. */
export function ratio(row: Row, peer: string): number {
  return row.better === 'higher' ? row.ours / row.peers[peer] : row.peers[peer] / row.ours
}

/** Whether a row keeps its goal against every peer, and its bound; one without does. What is no number keeps nothing. */
export const reached = (row: Row): boolean => isBetter(row) && isWithin(row)

const isBetter = (row: Row): boolean =>
  row.goal === undefined || Object.keys(row.peers).every(peer => ratio(row, peer) >= row.goal!)

const isWithin = (row: Row): boolean => row.most === undefined || row.ours <= row.most

/** In words what became of a row's goals. */
function verdict(row: Row): string {
  if (row.goal === undefined && row.most === undefined) return ''
  if (reached(row)) return 'met'
  const missed = [
    ...(isWithin(row) ? [] : [`at most ${figure(row.most as number)}`]),
    ...(isBetter(row) ? [] : [`goal ${row.goal}x`]),
  ]
  return `MISSED: ${missed.join(', ')}`
}

function figure(value: number): string {
  if (!Number.isFinite(value)) return String(value)
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : Math.abs(value) >= 1 ? 2 : 3
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}

/** Rows as aligned text: a column for each peer, with the factor by which ours is better (below 1: worse). */
export function table(rows: readonly Row[]): string {
  const peers = [...new Set(rows.flatMap(row => Object.keys(row.peers)))]
  const bounded = rows.some(row => row.most !== undefined)
  const head = ['', 'ours', ...(bounded ? ['at most'] : []), ...peers.flatMap(peer => [peer, 'better by']), 'unit', '']
  const body = rows.map(row => [
    row.what,
    figure(row.ours),
    ...(bounded ? [row.most === undefined ? '' : figure(row.most)] : []),
    ...peers.flatMap(peer =>
      peer in row.peers ? [figure(row.peers[peer]), `${ratio(row, peer).toFixed(2)}x`] : ['', ''],
    ),
    `${row.unit} (${row.better} is better)`,
    verdict(row),
  ])
  const widths = head.map((_, i) => Math.max(...[head, ...body].map(cells => cells[i].length)))
  const left = (i: number) => i === 0 || i >= head.length - 2
  return [head, ...body]
    .map(cells =>
      cells
        .map((cell, i) => (left(i) ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
