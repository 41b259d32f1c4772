import { constants, crc32, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ByteWriter } from '../../src/base/bytes.ts'
import {
  brokenCommitments,
  FIRST_CHAIN,
  FrameBuilder,
  HEADER_SIZE,
  NOBODY,
  type OpenFrame,
  openFrame,
  readHeader,
} from '../../src/store/frame.ts'

const PLACE = { storeId: '0123456789abcdef0123456789abcdef', branch: 3, sequence: 7, before: 40, count: 2 }

const open = (bytes: Uint8Array): OpenFrame | undefined => {
  const header = readHeader(bytes)
  return header && openFrame(header, bytes)
}

const personal = fc.uniqueArray(
  fc.tuple(
    fc.integer({ min: NOBODY, max: 20 }),
    fc.oneof(fc.uint8Array(), fc.uint8Array({ minLength: 900, maxLength: 2000 })),
  ),
  { maxLength: 6, selector: ([subject]) => subject },
)

describe('a frame (store rule 13)', () => {
  test('gives back what was written, apart for each subject, frame after frame from one builder', async () => {
    const builder = new FrameBuilder()
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 3000 }), personal, async (records, blocks) => {
        builder.records.bytes(records)
        for (const [subject, content] of blocks) builder.personal(subject).bytes(content)
        const { bytes, chain } = await builder.seal({ ...PLACE, previous: FIRST_CHAIN })
        expect(builder.empty).toBe(true)
        const frame = open(bytes)!
        expect(frame.header).toMatchObject({ ...PLACE, previous: FIRST_CHAIN, version: 1 })
        expect(frame.header.storedLength).toBe(bytes.length - HEADER_SIZE)
        expect(frame.chain).toBe(chain)
        expect([...frame.records.bytes(records.length)]).toEqual([...records])
        expect(frame.records.done).toBe(true)
        for (const [subject, content] of blocks) {
          expect([...frame.personal(subject).bytes(content.length)]).toEqual([...content])
          expect(frame.personal(subject).done).toBe(true)
        }
        expect(frame.blocks.length).toBe(blocks.length)
        expect(brokenCommitments(frame)).toEqual([])
      }),
    )
  })

  test.each([
    ['small', 20],
    ['compressed', 9000],
  ])('of a %s body is refused with any bit flipped', async (_, length) => {
    const builder = new FrameBuilder()
    builder.records.bytes(Buffer.from('record '.repeat(length / 10)))
    builder.personal(5).bytes(Buffer.from('personal '.repeat(length / 10)))
    const { bytes } = await builder.seal({ ...PLACE, previous: FIRST_CHAIN })
    expect(readHeader(bytes)!.compressed).toBe(length > 1000)
    expect(open(bytes)).toBeDefined()
    for (let at = 0; at < bytes.length; at++) {
      bytes[at] ^= 1 << (at % 8)
      expect(open(bytes)).toBeUndefined()
      bytes[at] ^= 1 << (at % 8)
    }
    for (const cut of [0, 1, HEADER_SIZE, bytes.length - 1]) expect(open(bytes.subarray(0, cut))).toBeUndefined()
  })

  test('keeps its chain value when the bytes of one person are erased, and says whose are gone', async () => {
    const builder = new FrameBuilder()
    builder.records.bytes(Buffer.from('public '.repeat(300)))
    for (const subject of [NOBODY, 4, 9]) builder.personal(subject).bytes(Buffer.from(`of ${subject} `.repeat(200)))
    const { bytes, chain } = await builder.seal({ ...PLACE, previous: FIRST_CHAIN })
    const { header, blocks } = open(bytes)!
    expect(header.compressed).toBe(true)

    const body = zstdDecompressSync(bytes.subarray(HEADER_SIZE))
    const gone = blocks.find(({ subject }) => subject === 4)!
    const at = body.indexOf(gone.bytes, header.publicLength)
    body.fill(0, at, at + gone.bytes.length)
    const stored = zstdCompressSync(body, { params: { [constants.ZSTD_c_compressionLevel]: 3 } })
    const places = new ByteWriter()
    places.bytes(bytes.subarray(0, 84))
    places.u32(stored.length)
    places.u32(crc32(stored))
    places.u32(crc32(places.view()))
    const erased = open(Buffer.concat([places.view(), stored]))!

    expect(erased.chain).toBe(chain)
    expect(brokenCommitments(erased)).toEqual([4])
    expect(erased.personal(9).bytes(4).toString()).toBe('of 9')
  })

  test('takes another chain value with the commitment to other personal bytes', async () => {
    const sealed = ['one', 'two', 'two'].map(content => {
      const builder = new FrameBuilder()
      builder.records.u8(1)
      builder.personal(1).text(content)
      return builder.seal({ ...PLACE, previous: FIRST_CHAIN })
    })
    const chains = (await Promise.all(sealed)).map(({ chain }) => chain)
    // salted, so that equal bytes do not show
    expect(new Set(chains).size).toBe(3)
  })
})
