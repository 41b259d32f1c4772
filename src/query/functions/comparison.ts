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
