/** Numbers in ascending order, each once. The given array stays as it is. */
export function ascendingSet<A extends Int32Array | Float64Array>(numbers: A): A {
  if (numbers.length < 2) return numbers
  const sorted = numbers.slice().sort() as A
  let count = 0
  for (let i = 0; i < sorted.length; i++) if (i === 0 || sorted[i] !== sorted[i - 1]) sorted[count++] = sorted[i]
  return sorted.subarray(0, count) as A
}
