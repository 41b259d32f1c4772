/** The first of `count` ascending moments that lies after `t`. */
export function firstAfter(moments: Uint32Array, count: number, t: number): number {
  let low = 0
  let high = count
  while (low < high) {
    const middle = (low + high) >>> 1
    if (moments[middle] > t) high = middle
    else low = middle + 1
  }
  return low
}

/** How many of `count` ascending moments lie at or before `t`, where those that are not written yet are 0, and stand last. */
export function visibleBy(moments: Uint32Array, count: number, t: number): number {
  let low = 0
  let high = count
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((moments[middle] - 1) >>> 0 >= t) high = middle
    else low = middle + 1
  }
  return low
}
