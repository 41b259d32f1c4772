import type { FactView } from '../src/model/fact-view.ts'
import { Schema } from '../src/model/schema.ts'
import { TestStrings } from './answers.ts'

/** A view that holds nothing but its moment. */
export function momentView(t: number, instant: number, settled: boolean, at = instant): FactView {
  const nothing = () => {
    throw new Error('this view holds no facts')
  }
  return {
    ...{ t, instant, at, settled, schema: new Schema(), strings: new TestStrings() },
    ...{
      facts: nothing,
      count: () => 0,
      intervals: nothing,
      intervalsOf: nothing,
      extent: () => 0,
      ordinal: () => -1,
      key: nothing,
    },
    ...{ known: () => false, values: () => [], firstKnown: () => undefined, instantOf: nothing },
  }
}
