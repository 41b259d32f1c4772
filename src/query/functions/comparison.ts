export type Comparison = '<' | '<=' | '>' | '>=' | '=' | '!='

/** The comparisons by the names that queries use. */
export const COMPARISONS: Readonly<Record<string, Comparison>> = {
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
  '=': '=',
  '==': '=',
  '!=': '!=',
  'not=': '!=',
}

/** The same comparison with its sides exchanged. */
export const FLIPPED: Readonly<Record<Comparison, Comparison>> = {
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
  '=': '=',
  '!=': '!=',
}

/** Whether a comparison holds between two values whose order has this sign. */
export function holds(comparison: Comparison, sign: number): boolean {
  switch (comparison) {
    case '<':
      return sign < 0
    case '<=':
      return sign <= 0
    case '>':
      return sign > 0
    case '>=':
      return sign >= 0
    case '=':
      return sign === 0
    case '!=':
      return sign !== 0
  }
}
