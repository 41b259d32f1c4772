import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ByteReader, ByteWriter, textOf, utf8 } from '../../src/base/bytes.ts'

/** Reads what was written, and proves that nothing is left over. */
function through<X>(write: (writer: ByteWriter) => void, read: (reader: ByteReader) => X): X {
  const writer = new ByteWriter(1)
  write(writer)
  const reader = new ByteReader(writer.view())
  const value = read(reader)
  expect(reader.done).toBe(true)
  return value
}

const edges = [0, 1, 127, 128, 16383, 16384, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 49 - 1, 2 ** 49, 2 ** 52, 2 ** 53 - 1]

describe('bytes', () => {
  it('keep every varint', () => {
    const natural = fc.oneof(fc.constantFrom(...edges), fc.maxSafeNat())
    fc.assert(
      fc.property(natural, value => {
        expect(
          through(
            w => w.varint(value),
            r => r.varint(),
          ),
        ).toBe(value)
      }),
    )
    expect(() => new ByteWriter().varint(-1)).toThrow('bug')
    expect(() => new ByteWriter().varint(2 ** 53)).toThrow('bug')
  })

  it('keep every integer of 128 bits, as a number where that is exact', () => {
    const wide = fc.bigInt(-(2n ** 127n), 2n ** 127n - 1n)
    const edge = fc.constantFrom(...edges.flatMap(n => [BigInt(n), -BigInt(n), BigInt(n) + 1n, -BigInt(n) - 1n]))
    fc.assert(
      fc.property(fc.oneof(wide, edge), value => {
        const safe = BigInt.asIntN(54, value) === value && value !== -(2n ** 53n)
        const back = through(
          w => w.integer(safe ? Number(value) : value),
          r => r.integer(),
        )
        expect(back).toBe(safe ? Number(value) : value)
      }),
    )
  })

  it.each([0, 1, 63, 64, 65, 128, 300])('keep a range of %i bytes', length => {
    const bytes = Uint8Array.from({ length: length + 20 }, (_, i) => i)
    const back = through(
      w => w.range(bytes, 7, 7 + length),
      r => r.block(),
    )
    expect([...back]).toEqual([...bytes.subarray(7, 7 + length)])
  })

  it('keep texts, also those that are not ASCII, with a mark at the beginning, or long', () => {
    const text = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.string({ maxLength: 200 }),
      fc.constantFrom('', '\ufeffx'),
    )
    fc.assert(
      fc.property(fc.array(text), texts => {
        const back = through(
          w => texts.forEach(text => void w.text(text)),
          r => texts.map(() => r.text()),
        )
        expect(back).toEqual(texts)
      }),
    )
  })

  it('keep numbers of fixed width in any order', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true }), fc.bigInt(0n, 2n ** 64n - 1n), fc.nat(2 ** 32 - 1), (f, u64, u32) => {
        const back = through(
          w => {
            w.f64(f)
            w.u8(u32 & 0xff)
            w.u64(u64)
            w.u16(u32 & 0xffff)
            w.u32(u32)
          },
          r => [r.f64(), r.u8(), r.u64(), r.u16(), r.u32()],
        )
        expect(back).toEqual([f, u32 & 0xff, u64, u32 & 0xffff, u32])
      }),
    )
  })

  it('are never read beyond their end', () => {
    expect(() => new ByteReader(new Uint8Array([5, 1, 2])).block()).toThrow('beyond the end')
    expect(() => new ByteReader(new Uint8Array()).u8()).toThrow('beyond the end')
  })

  it('are text only where they are valid UTF-8', () => {
    expect(textOf(utf8('grün'))).toBe('grün')
    expect(textOf(new Uint8Array([0xff]))).toBeUndefined()
  })
})
