/** Edit distance in which a swap of neighbours counts as one edit (optimal string alignment). */
function distance(a: string, b: string): number {
  let before: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      row[j] = Math.min(previous[j] + 1, row[j - 1] + 1, previous[j - 1] + (same ? 0 : 1))
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) row[j] = Math.min(row[j], before[j - 2] + 1)
    }
    before = previous
    previous = row
  }
  return previous[b.length]
}

/** At most three of `known` that a person may have meant by `name`, nearest first. */
export function nearest(name: string, known: Iterable<string>): string[] {
  // of a name of three letters, two edits leave too little to recognise, and of a single letter nothing
  const limit = name.length < 2 ? 0 : name.length < 4 ? 1 : Math.max(2, Math.floor(name.length / 3))
  const near = [...known]
    .map(other => ({ other, cost: distance(name.toLowerCase(), other.toLowerCase()) }))
    .filter(({ cost }) => cost <= limit)
    .sort((x, y) => x.cost - y.cost || (x.other < y.other ? -1 : 1))
  // beside a good guess, a poor one only confuses
  return near
    .filter(({ cost }) => cost <= near[0].cost + 1)
    .slice(0, 3)
    .map(({ other }) => other)
}

/** ` Did you mean a or b?`, or nothing. */
export function hint(names: readonly string[]): string {
  return names.length === 0 ? '' : ` Did you mean ${names.join(' or ')}?`
}
