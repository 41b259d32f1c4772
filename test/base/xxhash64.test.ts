import { expect, test } from 'vitest'
import { utf8 } from '../../src/base/bytes.ts'
import { xxHash64 } from '../../src/base/xxhash64.ts'

test.each([
  ['', 0n, 0xef46db3751d8e999n],
  ['a', 0n, 0xd24ec4f1a98c6e5bn],
  ['abc', 0n, 0x44bc2cf5ad770999n],
  ['xxhash', 20141025n, 0xb559b98d844e0635n],
  // more than one stripe of 32 bytes, and a rest of 7
  ['Nobody inspects the spammish repetition', 0n, 0xfbcea83c8a378bf1n],
])('the hash of %j with seed %s is what other implementations have', (text, seed, expected) => {
  expect(xxHash64(utf8(text), seed)).toBe(expected)
})

test('bytes in the middle of a buffer', () => {
  expect(xxHash64(utf8('xxabc').subarray(2), 0n)).toBe(0x44bc2cf5ad770999n)
})
