import { add, type Decimal, decimal, divide, multiply, procedure, round, subtract } from 'heartwood'

/**
 * What a bill owes beside its amount after so many days: `rate` per cent a year, compounded daily over 365 days, to the cent. Every factor is
 * rounded to 18 digits, by repeated squaring, so the result is the same everywhere.
 */
export const interest = procedure(
  { args: ['decimal(2)', 'decimal(4)', 'long'], returns: 'decimal(2)' },
  (amount: Decimal, rate: Decimal, days: bigint) => {
    const daily = divide(rate, 36_500n, 18)
    let factor = decimal(1n)
    let step = add(decimal(1n), daily)
    for (let left = days; left > 0n; left >>= 1n) {
      if (left & 1n) factor = round(multiply(factor, step), 18)
      step = round(multiply(step, step), 18)
    }
    return round(multiply(amount, subtract(factor, decimal(1n))), 2)
  },
)
