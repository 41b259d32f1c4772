import { ManualClock } from '../../src/base/clock.ts'
import type { Effect } from '../../src/model/effect.ts'
import { LONG, refTo, STRING, type ValueType } from '../../src/model/type.ts'
import type { Value } from '../../src/model/value.ts'
import type { Disk } from '../../src/store/disk.ts'
import { MemoryDisk } from '../../src/store/memory-disk.ts'
import { nodeDisk } from '../../src/store/node-disk.ts'
import { Store } from '../../src/store/store.ts'
import type { Person } from './world.ts'

const ATTRIBUTES: readonly (readonly [string, ValueType, boolean])[] = [
  ['id', LONG, false],
  ['name', STRING, false],
  ['last-name', STRING, false],
  ['sex', STRING, false],
  ['age', LONG, false],
  ['salary', LONG, false],
  ['follows', refTo('p'), true],
]
const NOW = Date.parse('2024-01-01T00:00:00Z')

/** What is stated of one person or node; a number is a long, or the node that is followed. */
export interface Said {
  readonly id: number
  readonly set: Readonly<Record<string, Value | number>>
}

export const saidOf = ({ id, name, lastName, sex, age, salary }: Person): Said => ({
  id,
  set: { name, 'last-name': lastName, sex, age, salary },
})

/** A store with the attributes of the questions, in memory or with its log in a folder; `index` names those that get an order of values. */
export class World {
  readonly store: Store
  readonly #contract: number
  #offset = 0n

  private constructor(store: Store, contract: number) {
    this.store = store
    this.#contract = contract
  }

  static async open(folder: string | null, index: readonly string[] = []): Promise<World> {
    const disk: Disk = folder === null ? new MemoryDisk() : nodeDisk
    const store = await Store.open({ disk, data: folder ?? 'data', clock: new ManualClock(NOW), readOnly: false })
    const { schema } = store
    schema.addKind('p', LONG)
    for (const [name, type, many] of ATTRIBUTES) {
      const plain = { kind: 'p', index: index.includes(name), component: false, restated: false, doc: '' }
      schema.addAttribute({ ...plain, ident: `:p/${name}`, type, many, identity: name === 'id' })
    }
    return new World(store, store.contract('bench/person/1.0', 'f'.repeat(64), '{}'))
  }

  /** One transaction for everything that is said. */
  say(said: readonly Said[]): void {
    const { store } = this
    const { schema } = store
    const kind = schema.kind('p')
    const effects = said.flatMap(({ id, set }) =>
      Object.entries(set).map(([name, value]): Effect => {
        const attribute = schema.attribute(`:p/${name}`)
        const target = attribute.type.base === 'ref' ? { kind, key: BigInt(value as number) } : null
        const plain = typeof value === 'number' ? BigInt(value) : value
        return { op: 'assert', entity: { kind, key: BigInt(id) }, attribute, value: target ?? plain }
      }),
    )
    const record = {
      origin: { topic: 'people', partition: 0, offset: this.#offset++ },
      timestamp: NOW,
      key: null,
      headers: {},
      value: Buffer.from('{}'),
    }
    const t = store.apply({ record, effects, contract: this.#contract, eventTime: null, eventId: null, subject: null })
    if (typeof t !== 'number') throw new Error('two facts of one transaction contradict each other')
  }
}

/** A store with one transaction for each. */
export async function worldOf(
  said: Iterable<Said>,
  folder: string | null = null,
  index: readonly string[] = [],
): Promise<World> {
  const world = await World.open(folder, index)
  let waiting = 0
  for (const each of said) {
    world.say([each])
    if (++waiting % 4096 === 0) await world.store.commit()
  }
  await world.store.commit()
  return world
}
