import { parseDecimal } from '../model/decimal.ts'
import { ExactNumber } from './event-json.ts'

/** JSON text in which equal values look equal: keys sorted, no blanks, every number in one exact form. */
export function canonicalJson(value: unknown): string {
  if (typeof value === 'number') return canonicalNumber(String(value))
  if (value instanceof ExactNumber) return canonicalNumber(value.text)
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  const members = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`).join(',')}}`
}

/** Plain digits without needless zeros; beyond 38 digits all figures as a whole number with an exponent. */
function canonicalNumber(text: string): string {
  const decimal = text.length <= 100 ? parseDecimal(text) : undefined
  if (decimal) {
    const plain = decimal.toString()
    return plain.includes('.') ? plain.replace(/\.?0+$/, '') : plain
  }
  const [, sign, whole, fraction = '', exponent = '0'] = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text)!
  const figures = (whole + fraction).replace(/^0+/, '')
  const short = figures.replace(/0+$/, '')
  if (short === '') return '0'
  const power = BigInt(exponent) - BigInt(fraction.length) + BigInt(figures.length - short.length)
  return `${sign}${short}e${power}`
}
