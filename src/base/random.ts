/** Numbers that look like chance but follow from a seed. */
export interface Random {
  /** In [0, 1). */
  next(): number
  /** A whole number in [0, bound). */
  below(bound: number): number
  /** One element of a list that is not empty. */
  pick<X>(list: readonly X[]): X
}

/** sfc32 by Chris Doty-Humphrey (PractRand), seeded through splitmix32. */
export function seeded(seed: number): Random {
  let s = seed | 0
  const split = () => {
    s = (s + 0x9e3779b9) | 0
    let z = s ^ (s >>> 16)
    z = Math.imul(z, 0x21f0aaad)
    z ^= z >>> 15
    z = Math.imul(z, 0x735a2d97)
    return (z ^ (z >>> 15)) | 0
  }
  let a = split()
  let b = split()
  let c = split()
  let d = 1
  const step = () => {
    const t = (((a + b) | 0) + d) | 0
    d = (d + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (c << 21) | (c >>> 11)
    c = (c + t) | 0
    return t >>> 0
  }
  for (let i = 0; i < 12; i++) step()
  const next = () => step() / 4294967296
  const below = (bound: number) => Math.floor(next() * bound)
  return { next, below, pick: list => list[below(list.length)] }
}
