import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads'
import { assert } from '../base/assert.ts'
import { FactError } from '../base/error.ts'
import type { Raw } from '../model/column.ts'
import { type Form, rawOver, widthOf } from './raw-array.ts'

/** Where a piece of memory begins, in units of 64 bytes over all slabs; 0 is nowhere. */
export type Address = number

const UNIT = 64
const FIRST_SLAB = 1 << 16
const LARGEST_SLAB = 1 << 25
/** Pieces that grow are at least so large, bytes. */
const SMALLEST = 1024
/** A piece that is free serves one that is smaller by at most this. */
const SLACK = 1.25

// cells of the first piece
const VERSION = 0
const SLOTS = 1
const MOST_READERS = 255

interface Slab {
  readonly buffer: SharedArrayBuffer
  /** The unit with which it begins. */
  readonly first: number
  readonly words: Uint32Array
}

/** What another thread needs to read the same memory. It goes there once, with `port` in the list of what is transferred. */
export interface SharedMemory {
  readonly slabs: readonly SharedArrayBuffer[]
  readonly slot: number
  readonly port: MessagePort
}

/**
 * The memory of one store: a few large shared buffers of fixed length (slabs), and pieces of them that are given out, taken back and given
 * out again. A piece is known by its address, a number that fits into a cell of shared memory: so what refers to what can be followed by
 * other threads too.
 *
 *   unit 0                nothing
 *   unit before a piece   how many units the piece has
 *   the first piece       cells: the version, and of each reader the version in use, 0 for none
 *
 * The one thread that made it writes: allocates, fills, and releases. A reader of another thread notes the version while it reads. What is
 * released belongs to the version before; it is used again when no reader notes that or an older one (store rule 20).
 */
export class Memory {
  readonly #slabs: Slab[] = []
  /** Units of all slabs. */
  #units = 0
  readonly #control: Uint32Array

  // of the writer
  #next = 0
  readonly #free = new Map<number, Address[]>()
  readonly #retired: { readonly address: Address; readonly version: number }[] = []
  #idle = 0
  readonly #ports = new Map<number, MessagePort>()

  // of a reader
  readonly #port: MessagePort | undefined
  readonly #slot: number = -1
  #depth = 0

  /** New memory, or what another thread shares. */
  constructor(shared?: SharedMemory) {
    if (shared) {
      for (const slab of shared.slabs) this.#add(slab)
      this.#slot = shared.slot
      this.#port = shared.port
      this.#port.unref()
      this.#control = this.u32(2)
    } else {
      this.#add(new SharedArrayBuffer(FIRST_SLAB))
      this.#next = 1
      this.#control = this.u32(this.allocate(4 * (SLOTS + MOST_READERS)))
      this.#control[VERSION] = 1
    }
  }

  /** Whether this thread writes. */
  get writable(): boolean {
    return this.#port === undefined
  }

  /** Bytes that were ever given out; those that wait to be given out again count. */
  get bytes(): number {
    return (this.#next - 1) * UNIT
  }

  /** Of these, bytes that wait for a reader to end, or for somebody who needs them. */
  get idle(): number {
    return this.#idle * UNIT
  }

  #add(buffer: SharedArrayBuffer): void {
    this.#slabs.push({ buffer, first: this.#units, words: new Uint32Array(buffer) })
    this.#units += buffer.byteLength / UNIT
  }

  #slab(address: Address): Slab {
    // whoever published the address had sent the slab before
    while (address >= this.#units) {
      const message = this.#port && receiveMessageOnPort(this.#port)
      if (!message) assert(false, `no memory has the address ${address}`)
      this.#add(message.message)
    }
    let number = this.#slabs.length - 1
    while (this.#slabs[number].first > address) number--
    return this.#slabs[number]
  }

  /** The buffer of a piece, the byte at which it begins there, and its length in bytes. */
  place(address: Address): { readonly buffer: SharedArrayBuffer; readonly offset: number; readonly bytes: number } {
    const { buffer, first, words } = this.#slab(address)
    const offset = (address - first) * UNIT
    return { buffer, offset, bytes: words[(offset - UNIT) >>> 2] * UNIT }
  }

  u16(address: Address): Uint16Array {
    const { buffer, offset, bytes } = this.place(address)
    return new Uint16Array(buffer, offset, bytes >>> 1)
  }

  u32(address: Address): Uint32Array {
    const { buffer, offset, bytes } = this.place(address)
    return new Uint32Array(buffer, offset, bytes >>> 2)
  }

  i32(address: Address): Int32Array {
    const { buffer, offset, bytes } = this.place(address)
    return new Int32Array(buffer, offset, bytes >>> 2)
  }

  /** Of a length that is a power of two, at least that which was asked for. */
  table(address: Address): Int32Array {
    const all = this.i32(address)
    return all.subarray(0, 2 ** Math.floor(Math.log2(all.length)))
  }

  f64(address: Address): Float64Array {
    const { buffer, offset, bytes } = this.place(address)
    return new Float64Array(buffer, offset, bytes >>> 3)
  }

  raw(form: Form, address: Address): Raw {
    const { buffer, offset, bytes } = this.place(address)
    return rawOver(form, buffer, offset, Math.floor(bytes / widthOf(form)))
  }

  bytesOf(address: Address): number {
    return address === 0 ? 0 : this.place(address).bytes
  }

  /** A piece of at least so many bytes, all of them 0. */
  allocate(bytes: number): Address {
    assert(this.writable, 'only the thread that made it allocates memory')
    const units = Math.max(1, Math.ceil(bytes / UNIT))
    if (this.#retired.length > 0) this.#sweep()
    const again = this.#takeFree(units)
    if (again !== 0) return again
    const end = this.#next + 1 + units
    if (end > this.#units) this.#extend(units + 1)
    const address = this.#next + 1
    this.#next = address + units
    this.#setUnits(address, units)
    return address
  }

  #setUnits(address: Address, units: number): void {
    const { first, words } = this.#slab(address)
    words[((address - 1 - first) * UNIT) >>> 2] = units
  }

  #takeFree(units: number): Address {
    let best = 0
    for (const [size, addresses] of this.#free)
      if (size >= units && size <= units * SLACK && addresses.length > 0 && (best === 0 || size < best)) best = size
    if (best === 0) return 0
    const address = this.#free.get(best)!.pop()!
    this.#idle -= best
    const { buffer, offset, bytes } = this.place(address)
    new Uint8Array(buffer, offset, bytes).fill(0)
    return address
  }

  /** A slab more, with room for so many units. */
  #extend(units: number): void {
    const rest = this.#units - this.#next - 1
    if (rest > 0) {
      this.#setUnits(this.#next + 1, rest)
      this.#put(this.#next + 1, rest)
    }
    const total = this.#units * UNIT
    const bytes = Math.max(units * UNIT, Math.min(total, Math.max(LARGEST_SLAB, Math.ceil(total / 8 / UNIT) * UNIT)))
    let slab: SharedArrayBuffer
    try {
      slab = new SharedArrayBuffer(bytes)
    } catch {
      throw new FactError('store-full', `the machine has no ${bytes} bytes of memory more for the store`)
    }
    this.#next = this.#units
    this.#add(slab)
    for (const port of this.#ports.values()) port.postMessage(slab)
  }

  /** The contents of a piece in a larger one, which others cannot see yet; the old one is to be released when they can. */
  larger(address: Address, bytes: number): Address {
    const larger = this.allocate(Math.max(SMALLEST, 2 ** Math.ceil(Math.log2(bytes))))
    if (address !== 0) this.#bytes(larger).set(this.#bytes(address))
    return larger
  }

  #bytes(address: Address): Uint8Array {
    const { buffer, offset, bytes } = this.place(address)
    return new Uint8Array(buffer, offset, bytes)
  }

  /** Takes back a piece that nobody can find any more who begins to read now. */
  release(address: Address): void {
    if (address === 0) return
    const version = Atomics.add(this.#control, VERSION, 1) + 1
    this.#retired.push({ address, version })
    this.#idle += this.bytesOf(address) / UNIT
  }

  #sweep(): void {
    const oldest = this.#oldestInUse()
    let free = 0
    for (; free < this.#retired.length && this.#retired[free].version <= oldest; free++) {
      const { address } = this.#retired[free]
      this.#idle -= this.bytesOf(address) / UNIT
      this.#put(address, this.bytesOf(address) / UNIT)
    }
    this.#retired.splice(0, free)
  }

  #put(address: Address, units: number): void {
    this.#idle += units
    const same = this.#free.get(units)
    if (same) same.push(address)
    else this.#free.set(units, [address])
  }

  #oldestInUse(): number {
    let oldest = Number.POSITIVE_INFINITY
    for (const slot of this.#ports.keys()) {
      const version = Atomics.load(this.#control, SLOTS + slot)
      if (version !== 0 && version < oldest) oldest = version
    }
    return oldest
  }

  /** For one reader more, on another thread; its place is free again when its port is closed, or the thread ends. */
  share(): SharedMemory {
    let slot = 0
    while (this.#ports.has(slot)) slot++
    if (slot === MOST_READERS)
      throw new FactError('unavailable', `${MOST_READERS} threads read the store; end one first`)
    const { port1, port2 } = new MessageChannel()
    this.#ports.set(slot, port1)
    port1.on('close', () => {
      Atomics.store(this.#control, SLOTS + slot, 0)
      this.#ports.delete(slot)
    })
    port1.unref()
    return { slabs: this.#slabs.map(({ buffer }) => buffer), slot, port: port2 }
  }

  /** How many readers there are on other threads. */
  get readers(): number {
    return this.#ports.size
  }

  /** A reader begins: what it finds from now on stays until it ends. Beginnings may be nested. */
  begin(): void {
    if (this.#depth++ === 0) this.renew()
  }

  /** A reader has nothing in hand, and goes on: what was replaced until now may be used again. */
  renew(): void {
    assert(!this.writable, 'who writes needs no place among the readers')
    Atomics.store(this.#control, SLOTS + this.#slot, Atomics.load(this.#control, VERSION))
  }

  end(): void {
    if (--this.#depth === 0) Atomics.store(this.#control, SLOTS + this.#slot, 0)
  }

  /** A reader ends for good. */
  leave(): void {
    Atomics.store(this.#control, SLOTS + this.#slot, 0)
    this.#port?.close()
  }
}
