import { FactError } from '../base/error.ts'

interface Range {
  readonly type: string
  readonly quality: number
}

/** The media types of an `Accept` header (RFC 9110, 12.5.1); parameters other than `q` are passed over. */
function rangesOf(header: string): Range[] {
  return header.split(',').map(part => {
    const [type, ...parameters] = part.split(';').map(text => text.trim().toLowerCase())
    const q = parameters.find(parameter => parameter.startsWith('q='))
    const quality = q === undefined ? 1 : Number(q.slice(2))
    return { type, quality: quality >= 0 && quality <= 1 ? quality : 0 }
  })
}

const matches = (range: string, type: string): boolean =>
  range === '*/*' || range === type || (range.endsWith('/*') && type.startsWith(range.slice(0, -1)))

/** How exactly a range names its types: a type before `text/*` before `*`+`/*`. */
const exactness = (range: string): number => (range === '*/*' ? 0 : range.endsWith('/*') ? 1 : 2)

/**
 * The type that a client likes best among those that a route can give, the first of them where it has no preference.
 * Throws `not-acceptable` where it wants none of them.
 */
export function chooseType(accept: string | undefined, produces: readonly string[]): string {
  if (accept === undefined || accept.trim() === '' || accept === '*/*') return produces[0]
  const ranges = rangesOf(accept)
  let best: { readonly type: string; readonly quality: number } | null = null
  for (const type of produces) {
    const fitting = ranges
      .filter(range => matches(range.type, type))
      .sort((a, b) => exactness(b.type) - exactness(a.type))
    const quality = fitting[0]?.quality ?? 0
    if (quality > (best?.quality ?? 0)) best = { type, quality }
  }
  if (best === null)
    throw new FactError(
      'not-acceptable',
      `Accept: ${accept} leaves nothing that this route can answer; it has ${produces.join(', ')}`,
    )
  return best.type
}
