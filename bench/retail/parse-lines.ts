import { createReadStream } from 'node:fs'
import { createGunzip } from 'node:zlib'

/*
 * The least that a program does which makes an object of every event: unpacks a file, cuts it into lines, gives each to JSON.parse, and
 * forgets what comes out. One thread; prints how many there were.
 */

const CHUNK = 1 << 18
const NEWLINE = 10

let lines = 0
let rest: Buffer[] = []
const input = createReadStream(process.argv[2], { highWaterMark: CHUNK }).pipe(createGunzip({ chunkSize: CHUNK }))
for await (const chunk of input as AsyncIterable<Buffer>) {
  let from = 0
  for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
    if (rest.length > 0) {
      JSON.parse(Buffer.concat([...rest, chunk.subarray(from, end)]).toString())
      rest = []
    } else JSON.parse(chunk.toString('utf8', from, end))
    lines++
    from = end + 1
  }
  if (from < chunk.length) rest.push(chunk.subarray(from))
}
process.stdout.write(JSON.stringify({ events: lines }))
