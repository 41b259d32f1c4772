import { request } from 'node:http'

export interface Streamed {
  readonly bytes: number
  readonly seconds: number
  readonly rows: number
}

/** Reads an answer to its end, and throws its bytes away. */
export function streamed(url: string, accept: string): Promise<Streamed> {
  const started = performance.now()
  return new Promise((resolve, reject) => {
    const asked = request(url, { headers: { accept } }, response => {
      if (response.statusCode !== 200) return reject(new Error(`status ${response.statusCode}`))
      let bytes = 0
      response.on('data', chunk => {
        bytes += chunk.length
      })
      response.once('error', reject)
      response.once('end', () =>
        resolve({
          bytes,
          seconds: (performance.now() - started) / 1000,
          rows: Number(response.trailers['heartwood-rows'] ?? 0),
        }),
      )
    })
    asked.once('error', reject)
    asked.end()
  })
}
