import { afterAll, test } from 'vitest'
import { removeFolders } from '../service.ts'
import { standsAbuse } from './abuse.ts'

afterAll(removeFolders)

test('a service stands explosive queries, clients that vanish, half requests, huge bodies and idle connections', async () => {
  const sizes = { inARow: 100, atOnce: 100, vanishing: 40, half: 40, bodies: 4, idle: 500 }
  console.log(await standsAbuse(sizes))
})
