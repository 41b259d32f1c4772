import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { newProject, removeProjects } from '../database/given.ts'
import { ROOT } from '../given.ts'
import { heartwood, newFolder, removeFolders } from '../service.ts'

const SAVED = `{:doc "Dear products." :params [{:name ?least :type "decimal(2)" :default "0.00"}] :shard-by ?p
  :query [:find ?p ?name ?price :where [?p :product/id ?name] [?p :product/price ?price] [(>= ?price ?least)]]}`

/** 30 sales of 3 products, and one that breaks its contract. */
export function eventFile(): string {
  const lines = Array.from({ length: 30 }, (_, i) => ({
    topic: 'shop.sale',
    timestamp: new Date(Date.UTC(2024, 4, 1, i)).toISOString(),
    value: { sale_id: `s${i}`, sold_at: '2024-04-30T00:00:00Z', product: `p${i % 3}`, price: `${i}.50` },
  }))
  const broken = { topic: 'shop.sale', timestamp: '2024-06-01T00:00:00Z', value: { sale_id: 7 } }
  return `${[...lines, broken].map(line => JSON.stringify(line)).join('\n')}\n`
}

// as the installed command does it; each of some sixty starts takes a third of the time
process.env['NODE_COMPILE_CACHE'] ??= join(ROOT, 'node_modules/.cache/heartwood')

/** Folders, and what runs a command on them. */
export interface Shop {
  readonly data: string
  readonly project: string
  readonly events: string
  readonly run: (...args: string[]) => ReturnType<typeof heartwood>
}

/** A store of these sales, loaded by the command; every file that uses it removes it with `removeShop`. */
export function loadShop(): Shop {
  const data = join(newFolder(), 'store')
  const project = newProject({
    'queries/dear.edn': SAVED,
    'queries/broken.edn': '{:query [:find ?x :where [?x :nothing/here]]}',
  })
  const events = join(project, 'events.ndjson')
  writeFileSync(events, eventFile())
  const run = (...args: string[]) => heartwood([...args, '--data', data, '--project', project])
  const { status, stdout, stderr } = run('load', events)
  expect(stderr).toBe('')
  expect(stdout).toMatch(/^loaded 30 events in /)
  expect(stdout).toContain('1 event was refused')
  expect(status).toBe(0)
  return { data, project, events, run }
}

export function removeShop(): void {
  removeFolders()
  removeProjects()
}
