const P1 = 0x9e3779b185ebca87n
const P2 = 0xc2b2ae3d27d4eb4fn
const P3 = 0x165667b19e3779f9n
const P4 = 0x85ebca77c2b2ae63n
const P5 = 0x27d4eb2f165667c5n

const u64 = (x: bigint): bigint => BigInt.asUintN(64, x)
const rotate = (x: bigint, by: bigint): bigint => u64((x << by) | (x >> (64n - by)))
const round = (lane: bigint, input: bigint): bigint => u64(rotate(u64(lane + input * P2), 31n) * P1)
const merge = (hash: bigint, lane: bigint): bigint => u64((hash ^ round(0n, lane)) * P1 + P4)

/** xxHash64 of bytes, unsigned (Yann Collet, github.com/Cyan4973/xxHash, doc/xxhash_spec.md). `seed` has 64 bits. */
export function xxHash64(bytes: Uint8Array, seed: bigint): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const { length } = bytes
  let at = 0
  let hash: bigint
  if (length >= 32) {
    let [a, b, c, d] = [u64(seed + P1 + P2), u64(seed + P2), u64(seed), u64(seed - P1)]
    for (; at + 32 <= length; at += 32) {
      a = round(a, view.getBigUint64(at, true))
      b = round(b, view.getBigUint64(at + 8, true))
      c = round(c, view.getBigUint64(at + 16, true))
      d = round(d, view.getBigUint64(at + 24, true))
    }
    hash = u64(rotate(a, 1n) + rotate(b, 7n) + rotate(c, 12n) + rotate(d, 18n))
    for (const lane of [a, b, c, d]) hash = merge(hash, lane)
  } else hash = u64(seed + P5)
  hash = u64(hash + BigInt(length))
  for (; at + 8 <= length; at += 8) hash = u64(rotate(hash ^ round(0n, view.getBigUint64(at, true)), 27n) * P1 + P4)
  if (at + 4 <= length) {
    hash = u64(rotate(hash ^ u64(BigInt(view.getUint32(at, true)) * P1), 23n) * P2 + P3)
    at += 4
  }
  for (; at < length; at++) hash = u64(rotate(hash ^ u64(BigInt(bytes[at]) * P5), 11n) * P1)
  hash = u64((hash ^ (hash >> 33n)) * P2)
  hash = u64((hash ^ (hash >> 29n)) * P3)
  return hash ^ (hash >> 32n)
}
