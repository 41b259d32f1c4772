import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import express from 'express'

/** As little as Express can do: one body, always the same, on any path. */
const body = readFileSync(process.argv[2])
const app = express()
app.disable('x-powered-by')
app.disable('etag')
app.get('/{*any}', (_, response) => {
  response.setHeader('Content-Type', 'application/json')
  response.end(body)
})
const server = app.listen(0, '127.0.0.1', () =>
  console.log(`serves http://127.0.0.1:${(server.address() as AddressInfo).port}`),
)
process.once('SIGTERM', () => process.exit(0))
