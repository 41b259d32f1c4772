import { type ErrorKind, FactError } from '../../base/error.ts'
import { type Column, HeartwoodClient, RequestError } from '../../client/client.ts'
import { counted } from '../output.ts'
import { batchesAnswer } from './batches-answer.ts'
import { choiceOf, type ExtractOptions } from './extract-to.ts'
import { beginFolder, fillFolder, type Watching } from './fill-folder.ts'
import { shardFile, writeBody } from './shard-file.ts'
import { shardBody } from './shard-format.ts'

/**
 * As `extractTo`, from a server. The shards that are fetched at a time are held in memory, so that many are better than few; one that breaks off
 * is asked again. Throws what the server refuses, and `unavailable`.
 */
export async function extractFrom(url: string, name: string, options: ExtractOptions): Promise<void> {
  const { out, shards: of, format, threads } = options
  const { columns, filters } = choiceOf(options)
  const { before, reference, asOf } = beginFolder(name, options)
  const client = new HeartwoodClient(url)
  const extract = await told(url, () =>
    client.extract(reference, options.arg, {
      shards: of,
      filters: filters.map(({ column, op, value }) => (value === undefined ? [column, op] : [column, op, value])),
      ...(asOf === undefined ? {} : { asOf }),
      ...(columns === null ? {} : { columns }),
    }),
  )
  const { plan } = extract
  const { query, args, t, instant } = plan
  if (format === 'csv') checkCsv(plan.columns)
  // a moment that is named by its t is, as the links name it
  const settled = true
  const version = plan.version!
  const store = new URL(plan.shards[0].uri, url).searchParams.get('store')!
  const about = {
    ...{ query, version, args, store, t, instant, settled, format, of },
    columns: plan.columns.map(({ name: column, type, nullable }) => ({ name: column, type, nullable })),
    filters,
  }
  const provenance = {
    ...{ query, version, args: JSON.stringify(args) },
    view: { t, instant: Date.parse(instant), settled },
  }
  const write = async (shard: number, { onRows, onShard }: Watching): Promise<void> => {
    const answer = await told(url, () => batchesAnswer(extract.shard(shard), plan.columns, extract.schema))
    const { rows } = answer
    const source = { columns: answer.columns, parts: () => [answer] }
    const body = shardBody(source, format, { ...provenance, shard: `${shard}/${of}` })
    const file = shardFile({ query, of, format }, shard)
    const written = { shard, ...writeBody(out, file, body, onRows) }
    // all of them came, since the client counts
    if (written.rows !== rows) throw new Error(`bug: ${counted(rows, 'row')} came, and ${written.rows} were written`)
    onShard(written)
  }
  await fillFolder(out, before, about, async (missing, watching) => {
    const waiting = [...missing]
    const lane = async () => {
      for (let shard = waiting.shift(); shard !== undefined; shard = waiting.shift()) await write(shard, watching)
    }
    await Promise.all(Array.from({ length: Math.min(threads, missing.length) }, lane))
  })
}

/** Throws `unsupported` for a column that Arrow has as the text of its EDN, while CSV has JSON. */
function checkCsv(columns: readonly Column[]): void {
  const column = columns.find(({ type }) => type === 'any' || type.includes('pull'))
  if (column !== undefined)
    throw new FactError(
      'unsupported',
      `${column.name} is ${column.type}, of which a server gives no CSV: choose --format parquet or arrow, other --columns, or leave out --url`,
    )
}

/** What the client throws in the words of commands. */
async function told<X>(url: string, ask: () => Promise<X>): Promise<X> {
  try {
    return await ask()
  } catch (error) {
    if (error instanceof RequestError) throw new FactError(error.kind as ErrorKind, error.message)
    if (error instanceof FactError) throw error
    const { cause, message } = error as Error & { cause?: Error }
    throw new FactError('unavailable', `no whole answer came from ${url}: ${cause?.message ?? message}`)
  }
}
