/** Arrays over shared memory that are replaced by larger ones; whoever holds an older one keeps reading what it held. */

const room = (length: number): number => Math.max(1024, 2 ** Math.ceil(Math.log2(length)))

export function grownU32(old: Uint32Array, length: number): Uint32Array {
  if (length <= old.length) return old
  const larger = new Uint32Array(new SharedArrayBuffer(4 * room(length)))
  larger.set(old)
  return larger
}

export function grownI32(old: Int32Array, length: number): Int32Array {
  if (length <= old.length) return old
  const larger = new Int32Array(new SharedArrayBuffer(4 * room(length)))
  larger.set(old)
  return larger
}

export function grownF64(old: Float64Array, length: number): Float64Array {
  if (length <= old.length) return old
  const larger = new Float64Array(new SharedArrayBuffer(8 * room(length)))
  larger.set(old)
  return larger
}

export function grownI64(old: BigInt64Array, length: number): BigInt64Array {
  if (length <= old.length) return old
  const larger = new BigInt64Array(new SharedArrayBuffer(8 * room(length)))
  larger.set(old)
  return larger
}

export function grownU16(old: Uint16Array, length: number): Uint16Array {
  if (length <= old.length) return old
  const larger = new Uint16Array(new SharedArrayBuffer(2 * room(length)))
  larger.set(old)
  return larger
}
