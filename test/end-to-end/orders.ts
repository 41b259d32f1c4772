import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { newFolder, type Service } from '../service.ts'

/** A project whose orders arrive on `topics`; `fix` adds a version in which they need no amount. */
export function ordersProject(...topics: string[]): { project: string; fix(topic: string): void } {
  const project = newFolder()
  const write = (topic: string, version: string, amount: string) => {
    const folder = join(project, 'contracts', 'shop', topic.replace('.', '_'))
    mkdirSync(folder, { recursive: true })
    writeFileSync(
      join(folder, `${version}.yaml`),
      `name: shop/${topic.replace('.', '_')}
version: "${version}"
doc: An order.
owner: tests
format: json
topic: ${topic}
fields:
  - { name: id, type: string, doc: "Of the order." }
  - { name: state, type: enum(new|paid), doc: "How far it is." }
  - { name: amount, type: decimal(2), doc: "Pounds."${amount} }
  - { name: at, type: instant, doc: "When.", optional: true }
facts:
  - entity: order
    key: id
    set: { state: state, amount: amount }
`,
    )
  }
  for (const topic of topics) write(topic, '1.0', '')
  return { project, fix: topic => write(topic, '1.1', ', optional: true') }
}

export const order = (id: string, state = 'new', amount = '1.50') => ({
  key: id,
  value: JSON.stringify({ id, state, amount }),
})

/** Looks again and again until something is there; throws after `ms`. */
export async function until<X>(look: () => Promise<X | false | undefined | null>, ms = 60_000): Promise<X> {
  for (const end = performance.now() + ms; ; await sleep(50)) {
    const found = await look()
    if (found) return found
    if (performance.now() > end) throw new Error(`${look} gave nothing in ${ms} ms`)
  }
}

export const reachedT = (service: Service, t: number, ms?: number) =>
  until(async () => Number((await service.json('/t'))['t']) >= t, ms)

export interface StatusBody {
  readonly ready: boolean
  readonly sources: readonly {
    readonly name: string
    readonly next: number
    readonly end: number
    readonly lag: number
  }[]
  readonly kafka: {
    readonly topics: readonly { readonly topic: string; readonly state: string; readonly reason: string }[]
  }
  readonly gaps: readonly {
    readonly source: string
    readonly from: number
    readonly to: number
    readonly reason: string
  }[]
  readonly warnings: readonly string[]
}

export const statusOf = async (service: Service): Promise<StatusBody> =>
  (await service.json('/status')) as unknown as StatusBody

export const stateOf = async (service: Service, topic: string): Promise<string | undefined> => {
  const { kafka } = await statusOf(service)
  const found = kafka?.topics.find(each => each.topic === topic)
  return found && (found.reason ?? found.state)
}
