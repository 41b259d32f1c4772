import { afterAll, test } from 'vitest'
import { removeFolders } from '../service.ts'
import { standsAbuse } from './abuse.ts'

afterAll(removeFolders)

test('a service stands a thousand explosive queries, a hundred at once, and ten thousand idle connections', async () => {
  const sizes = { inARow: 1000, atOnce: 100, vanishing: 500, half: 500, bodies: 50, idle: 10_000 }
  console.log(await standsAbuse(sizes))
})
