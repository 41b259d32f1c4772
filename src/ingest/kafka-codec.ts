import { promisify } from 'node:util'
import { zstdCompress, zstdDecompress } from 'node:zlib'
// @ts-expect-error: the package comes without types
import snappyCodec from 'kafkajs-snappy'
import { compressFrame, decompressFrame } from 'lz4-napi'

/** What a Kafka client needs to write and read one compression: whole buffers in, whole buffers out. */
export interface Codec {
  compress(encoder: { readonly buffer: Buffer }): Promise<Buffer>
  decompress(buffer: Buffer): Promise<Buffer>
}

const pack = promisify(zstdCompress)
const unpack = promisify(zstdDecompress)

export const snappy: () => Codec = snappyCodec

export const lz4 = (): Codec => ({
  compress: encoder => compressFrame(encoder.buffer),
  decompress: buffer => decompressFrame(buffer),
})

export const zstd = (): Codec => ({
  compress: encoder => pack(encoder.buffer),
  decompress: buffer => unpack(buffer),
})
