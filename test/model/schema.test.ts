import { expect, test } from 'vitest'
import { type AttributeSpec, Schema } from '../../src/model/schema.ts'
import { LONG, parseType, STRING, showType, type ValueType } from '../../src/model/type.ts'

const spec = (ident: string, type: ValueType, more: Partial<AttributeSpec> = {}): AttributeSpec => ({
  ident,
  kind: 'a',
  type,
  many: false,
  identity: false,
  index: false,
  component: false,
  restated: false,
  doc: '',
  ...more,
})

test('a type, a kind and an attribute never change', () => {
  const schema = new Schema()
  const kind = schema.addKind('a', STRING)
  expect(kind.number).toBe(1)
  expect(schema.addKind('a', STRING)).toBe(kind)
  expect(() => schema.addKind('a', LONG)).toThrow('the key of a is string for ever, and cannot become long')
  const name = schema.addAttribute(spec(':a/name', STRING))
  expect(schema.addAttribute(spec(':a/name', STRING))).toBe(name)
  expect(() => schema.addAttribute(spec(':a/name', LONG))).toThrow(':a/name is string for ever, and cannot become long')
  expect(() => schema.addAttribute(spec(':a/name', STRING, { many: true }))).toThrow('cannot become string (many)')
  const level = schema.addAttribute(spec(':a/level', parseType('enum(x|y)')))
  expect(schema.addAttribute(spec(':a/level', parseType('enum(x|y|z)')))).toBe(level)
})

test('unknown names come with the nearest known ones', () => {
  const schema = new Schema()
  schema.addKind('customer', STRING)
  schema.addAttribute(spec(':customer/country', STRING, { kind: 'customer' }))
  expect(() => schema.attribute(':customer/contry')).toThrow('Did you mean :customer/country?')
  expect(() => schema.kind('custmer')).toThrow('Did you mean customer?')
  expect(schema.attribute(':db/txInstant').ident).toBe(':tx/instant')
})

test('types are read as they are shown, and what is none says which there are', () => {
  for (const text of [
    'string',
    'decimal(3)',
    'instant',
    'instant(6)',
    'enum(a|b|c)',
    'list(decimal(2))',
    'ref(customer)',
    'json',
  ])
    expect(showType(parseType(text))).toBe(text)
  for (const text of ['int', 'decimal', 'decimal(39)', 'enum()', 'enum(a|a)', 'list(int)', 'constructor'])
    expect(() => parseType(text), text).toThrow(/is not a type|an enum needs/)
})
