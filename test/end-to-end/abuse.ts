import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { expect } from 'vitest'
import { newFolder, type Service, startService } from '../service.ts'

/** How much of everything. */
export interface Abuse {
  readonly inARow: number
  readonly atOnce: number
  readonly vanishing: number
  readonly half: number
  readonly bodies: number
  readonly idle: number
}

const TIMEOUT_MS = 250
const QUEUE = 40
/** MB by which memory may have grown: each of two readers may keep 96 of what it read lately; a query has 64, of which none is left. */
const GROWTH = 250
const BODY = 100 << 20

/**
 * Each would take minutes, or all memory: 200 million rows, a long search in every text, all pairs of two kinds. No letter that must be
 * there is missing, or the search would end at once; and it is another one each time, since what was found out about a text before the time
 * was over is known the next time.
 */
const explosive = (i: number): string =>
  [
    '[:find ?a ?b :where [?a :purchase/category ?c] [?b :purchase/category ?c]]',
    '[:find (count ?a) . :where [?a :purchase/category ?c] [?b :purchase/category ?c] [?d :purchase/category ?c]]',
    `[:find (count ?p) . :where [?p :purchase/id ?id] [(str ?id " " ?id ?id ?id ?id ?id) ?a] [(str ?a ?a ?a ?a ?a ?a ?a ?a) ?long] [(re-find "^([0-9A-Z -]*[0-9-]*){100}[A-Z]{${2 + (i % 900)}}$" ?long)]]`,
    '[:find (pull ?a [*]) ?b :where [?a :view/session ?s] [?b :click/session ?t]]',
  ][i % 4]
const STREAM = '[:find ?a ?b ?c :where [?a :bill/id ?c] [?b :plan/id]]'

const kindOf = async (response: Response): Promise<string> => {
  const body = await response.text()
  if (!response.headers.get('content-type')?.includes('problem+json')) return `${response.status}`
  return (JSON.parse(body) as { kind: string }).kind
}

const ask = (url: string, query: string): Promise<Response> =>
  fetch(`${url}/query`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  })

const metric = async (url: string, name: string): Promise<number> =>
  Number(new RegExp(`^${name} (\\S+)`, 'm').exec(await (await fetch(`${url}/metrics`)).text())![1])

const rest = async (url: string): Promise<void> => {
  for (let tries = 0; ; tries++) {
    const [busy, waiting] = [
      await metric(url, 'heartwood_readers_busy'),
      await metric(url, 'heartwood_queries_waiting'),
    ]
    if (busy + waiting === 0) return
    if (tries > 300) throw new Error(`${busy} readers are still at work, and ${waiting} requests wait`)
    await setTimeout(100)
  }
}

/** Asks for one entity again and again; gives how long each answer took, in milliseconds. */
function watch(url: string): () => Promise<number[]> {
  const times: number[] = []
  let over = false
  const watching = (async () => {
    while (!over) {
      const started = performance.now()
      const response = await fetch(`${url}/entity/plan:basic`).catch(() => null)
      // the test itself is over, and its service gone
      if (response === null) return
      if (!response.ok) throw new Error(`an entity was answered with ${response.status}`)
      await response.arrayBuffer()
      times.push(performance.now() - started)
      await setTimeout(5)
    }
  })()
  return async () => {
    if (over) return times
    over = true
    await watching
    return times.sort((a, b) => a - b)
  }
}

const socketTo = (url: string): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => resolve(socket))
    socket.once('error', reject)
    socket.on('error', () => {})
  })

const firstLine = (socket: Socket): Promise<string> =>
  new Promise(resolve => {
    socket.once('data', data => resolve(data.toString('latin1').split('\r\n')[0]))
    socket.once('close', () => resolve('closed'))
  })

/** Clients that go away in the middle of an answer. */
async function vanish(url: string, count: number): Promise<void> {
  // where others have the machine, the time may be over before the answer begins; then it is asked again
  for (let i = 0, late = 0; i < count; i++) {
    const socket = await socketTo(url)
    const accept = ['text/csv', 'application/x-ndjson', 'application/json', 'application/vnd.apache.arrow.stream'][
      i % 4
    ]
    socket.write(`GET /query?q=${encodeURIComponent(STREAM)} HTTP/1.1\r\nHost: x\r\nAccept: ${accept}\r\n\r\n`)
    const line = await firstLine(socket)
    socket.destroy()
    if (line !== 'HTTP/1.1 504 Gateway Timeout' || late > count) expect(line).toBe('HTTP/1.1 200 OK')
    else {
      late++
      i--
    }
  }
}

/** Requests that end in the middle of their head, or of their body. */
async function half(url: string, count: number): Promise<Socket[]> {
  const sockets: Socket[] = []
  for (let i = 0; i < count; i++) {
    const socket = await socketTo(url)
    const head = `POST /query HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n`
    socket.write(i % 2 === 0 ? head : `${head}Content-Length: 1000\r\n\r\n{"query": "[:find`)
    sockets.push(socket)
  }
  return sockets
}

/** A body that is far too large; what the server says of it, or that it no longer listens. */
async function largeBody(url: string): Promise<string> {
  const socket = await socketTo(url)
  const said = firstLine(socket)
  socket.write(
    `POST /query HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: ${BODY}\r\n\r\n`,
  )
  const piece = Buffer.alloc(1 << 20, 32)
  for (let sent = 0; sent < BODY && !socket.destroyed; sent += piece.length)
    if (!socket.write(piece))
      await Promise.race([new Promise(resolve => socket.once('drain', resolve)), setTimeout(200)])
  const line = await said
  socket.destroy()
  return line
}

function tally(kinds: readonly string[]): string {
  const counts = new Map<string, number>()
  for (const kind of kinds) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  return [...counts]
    .sort()
    .map(([kind, count]) => `${count} ${kind}`)
    .join(', ')
}

const at = (sorted: readonly number[], share: number): number => sorted[Math.floor(share * (sorted.length - 1))]

/** MB resident once what is garbage was collected: V8 does that while a thread works, so entities are asked for meanwhile. */
async function calmed(url: string, before: number): Promise<number> {
  const working = watch(url)
  try {
    for (let tries = 1; ; tries++) {
      await setTimeout(1000)
      const now = (await metric(url, 'process_resident_memory_bytes')) / 2 ** 20
      if (now - before < GROWTH || tries === 30) return now
    }
  } finally {
    await working()
  }
}

async function abuse(service: Service, sizes: Abuse): Promise<string> {
  const { url } = service
  const words: string[] = []
  let asked = 0
  const inARow = async (count: number): Promise<string[]> => {
    const kinds: string[] = []
    for (let i = 0; i < count; i++) kinds.push(await kindOf(await ask(url, explosive(asked++))))
    return kinds
  }
  // what was compiled and allocated by then stays
  await inARow(16)
  await Promise.all(Array.from({ length: sizes.atOnce }, () => ask(url, explosive(asked++)).then(kindOf)))
  await vanish(url, 4)
  await largeBody(url)
  await rest(url)
  const before = (await metric(url, 'process_resident_memory_bytes')) / 2 ** 20
  const calm = watch(url)
  await setTimeout(1000)
  const quiet = await calm()

  const watching = watch(url)
  const row = await inARow(sizes.inARow)
  words.push(`${sizes.inARow} explosive queries in a row: ${tally(row)}`)
  expect(
    row.every(kind => kind === 'timeout' || kind === 'memory'),
    tally(row),
  ).toBe(true)

  const crowd = await Promise.all(Array.from({ length: sizes.atOnce }, () => ask(url, explosive(asked++))))
  const refused = crowd.filter(({ status }) => status === 503)
  const kinds = await Promise.all(crowd.map(kindOf))
  words.push(`${sizes.atOnce} at once: ${tally(kinds)}`)
  expect(
    kinds.every(kind => ['timeout', 'memory', 'busy'].includes(kind)),
    tally(kinds),
  ).toBe(true)
  // some may have ended before the last came
  expect(refused.length > 0, tally(kinds)).toBe(sizes.atOnce > 2 * QUEUE)
  for (const { headers } of refused) expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(1)

  await vanish(url, sizes.vanishing)
  await rest(url)
  const halves = await half(url, sizes.half)
  const large = await Promise.all(Array.from({ length: sizes.bodies }, () => largeBody(url)))
  words.push(`${sizes.bodies} bodies of 100 MB: ${tally(large)}`)
  expect(
    large.every(line => line.includes('413') || line === 'closed'),
    tally(large),
  ).toBe(true)
  const idle: Socket[] = []
  for (let i = 0; i < sizes.idle; i += 100)
    idle.push(...(await Promise.all(Array.from({ length: Math.min(100, sizes.idle - i) }, () => socketTo(url)))))
  // with all of them there it answers as ever
  expect(await service.query({ query: '[:find (count ?p) . :where [?p :plan/id]]' })).toBe(3)
  await setTimeout(500)
  const times = await watching()
  for (const socket of [...halves, ...idle]) socket.destroy()

  await rest(url)
  const after = await calmed(url, before)
  const replaced = await metric(url, 'heartwood_readers_replaced')
  words.push(
    `${sizes.vanishing} clients that vanished, ${sizes.half} half requests, ${sizes.idle} idle connections`,
    `/entity meanwhile: ${times.length} answers, median ${at(times, 0.5).toFixed(2)} ms, p99 ${at(times, 0.99).toFixed(2)} ms, worst ${at(times, 1).toFixed(1)} ms (before: ${at(quiet, 0.5).toFixed(2)}, ${at(quiet, 0.99).toFixed(2)}, ${at(quiet, 1).toFixed(1)})`,
    `resident: ${before.toFixed(0)} MB before, ${after.toFixed(0)} MB after; ${replaced} readers replaced`,
  )
  expect(after - before, words.join('\n')).toBeLessThan(GROWTH)
  // others use the machine too; the figures are for people
  expect(at(times, 0.99), words.join('\n')).toBeLessThan(Math.max(100, 20 * at(quiet, 0.99)))
  return words.join('\n')
}

/** Does all that to a service of its own; gives the figures. Throws where it did not stand that. */
export async function standsAbuse(sizes: Abuse): Promise<string> {
  const limits = ['--timeout-ms', String(TIMEOUT_MS), '--memory-mb', '64', '--queue', String(QUEUE), '--readers', '2']
  const service = await startService(['--data', join(newFolder(), 'data'), '--log-level', 'silent', ...limits])
  try {
    while (!(await fetch(`${service.url}/ready`)).ok) await setTimeout(100)
    const figures = await abuse(service, sizes)
    expect(await service.end('SIGTERM'), service.output()).toBe(0)
    return figures
  } finally {
    await service.end('SIGKILL')
  }
}
