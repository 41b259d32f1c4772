import { procedure } from 'heartwood'

/** So many numbers in [0, 1) that look random and are the same for the same seed and `t`, by SplitMix64 (Steele, Lea and Flood, 2014). */
const randomNumbers = procedure(
  { args: ['long', 'long', 'long'], returns: 'list(double)' },
  (seed: bigint, t: bigint, count: bigint) => {
    const word = (value: bigint) => BigInt.asUintN(64, value)
    let state = word(seed * 0x9e3779b97f4a7c15n + t)
    return Array.from({ length: Number(count) }, () => {
      state = word(state + 0x9e3779b97f4a7c15n)
      let mixed = word((state ^ (state >> 30n)) * 0xbf58476d1ce4e5b9n)
      mixed = word((mixed ^ (mixed >> 27n)) * 0x94d049bb133111ebn)
      return Number((mixed ^ (mixed >> 31n)) >> 11n) / 2 ** 53
    })
  },
)

export { randomNumbers as 'random-numbers' }
