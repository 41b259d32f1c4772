const DIGIT = 11
const BUCKETS = 1 << DIGIT

/** The rows in ascending order of their keys, equal ones as they stand; null where they are so already. A radix sort. */
export function orderOf(keys: Uint32Array): Uint32Array | null {
  let sorted = true
  let most = 0
  for (let i = 0; i < keys.length; i++) {
    if (i > 0 && keys[i] < keys[i - 1]) sorted = false
    if (keys[i] > most) most = keys[i]
  }
  if (sorted) return null
  let order = new Uint32Array(keys.length)
  for (let i = 0; i < order.length; i++) order[i] = i
  let other = new Uint32Array(keys.length)
  const places = new Uint32Array(BUCKETS)
  for (let shift = 0; shift < 32 && most >>> shift > 0; shift += DIGIT) {
    places.fill(0)
    for (let i = 0; i < keys.length; i++) places[(keys[i] >>> shift) & (BUCKETS - 1)]++
    let before = 0
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      const count = places[bucket]
      places[bucket] = before
      before += count
    }
    for (let i = 0; i < order.length; i++) other[places[(keys[order[i]] >>> shift) & (BUCKETS - 1)]++] = order[i]
    ;[order, other] = [other, order]
  }
  return order
}
