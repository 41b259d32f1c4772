import { utf8 } from '../../base/bytes.ts'
import { FactError } from '../../base/error.ts'
import { xxHash64 } from '../../base/xxhash64.ts'
import { ANY, BOOLEAN, LONG, STRING, showType, type ValueType } from '../../model/type.ts'
import { compareValues, EntityRef, isList, type Value, ValueMap } from '../../model/value.ts'
import { COMPARISONS, holds } from './comparison.ts'
import type { Naming, QueryFunction } from './function.ts'
import { characters } from './text-functions.ts'

const ofEntity = (doc: string, give: (entity: number, naming: Naming) => string): QueryFunction => ({
  takes: ['entity'],
  doc,
  gives: () => STRING,
  value: ([entity], naming) => give((entity as EntityRef).number, naming),
})

/** A list has the type of its elements where they agree. */
const listType = (types: readonly ValueType[]): ValueType => ({
  base: 'list',
  of: types.length > 0 && types.every(type => showType(type) === showType(types[0])) ? types[0] : ANY,
})

const listing = (doc: string): QueryFunction => ({
  takes: ['any'],
  optional: 1,
  repeats: true,
  doc,
  gives: listType,
  value: args => [...args],
})

/** As Clojure has it: everything is true but false, and nil, which is never a value. */
const truthy = (value: Value): boolean => value !== false

const truth = (doc: string, value: (a: Value) => boolean): QueryFunction => ({
  takes: ['any'],
  doc,
  gives: () => BOOLEAN,
  value: ([a]) => value(a),
})

const first = (types: readonly ValueType[]): ValueType =>
  types.every(type => showType(type) === showType(types[0])) ? (types[0] ?? ANY) : ANY

function sizeOf(value: Value): number {
  if (typeof value === 'string') return characters(value)
  if (isList(value)) return value.length
  if (value instanceof ValueMap) return value.entries.length
  throw new FactError('wrong-type', '(count …) takes a string, a list or a map')
}

/** The value at a key of a map or at a place of a list, counted from 0. */
function within(value: Value, key: Value): Value | undefined {
  if (value instanceof ValueMap) return value.entries.find(([other]) => compareValues(other, key) === 0)?.[1]
  if (isList(value)) return typeof key === 'bigint' ? value[Number(key)] : undefined
  return undefined
}

export const VALUE_FUNCTIONS: Readonly<Record<string, QueryFunction>> = {
  id: ofEntity('The id of an entity, such as "customer:17850".', (entity, naming) => naming.entityId(entity)),
  kind: ofEntity('The kind of an entity, such as "customer".', (entity, naming) => naming.entityKind(entity)),
  hash: {
    takes: ['any', 'long'],
    optional: 1,
    doc: 'The xxHash64 of the id of an entity, or of a string, with a seed (0 unless given), as a signed long: the same in every store.',
    gives: ([type], _, at) => {
      if (!['ref', 'any', 'string', 'enum', 'uuid'].includes(type.base))
        throw new FactError('wrong-type', `(hash …) takes an entity or its id, not ${showType(type)}`, at)
      return LONG
    },
    value: ([value, seed = 0n], naming) => {
      const text = value instanceof EntityRef ? naming.entityId(value.number) : value
      if (typeof text !== 'string') throw new FactError('wrong-type', '(hash …) takes an entity or its id')
      return BigInt.asIntN(64, xxHash64(utf8(text), BigInt.asUintN(64, seed as bigint)))
    },
  },
  identity: { takes: ['any'], doc: 'The value itself.', gives: ([type]) => type, value: ([a]) => a },
  ground: {
    takes: ['any'],
    doc: 'The value itself; of values in the text, rows to begin with.',
    gives: ([type]) => type,
    value: ([a]) => a,
  },
  tuple: listing('A list of the values.'),
  vector: listing('The same as tuple.'),
  list: listing('The same as tuple.'),
  untuple: {
    takes: ['list'],
    doc: 'The elements of a list, for a binding such as [?a ?b].',
    gives: ([type]) => type,
    value: ([a]) => a,
  },
  'hash-map': {
    takes: ['any'],
    optional: 1,
    repeats: true,
    doc: 'A map of keys and values in turn.',
    gives: (types, _, at) => {
      if (types.length % 2 === 1) throw new FactError('arity', '(hash-map …) takes keys and values in turn', at)
      return ANY
    },
    value: args => new ValueMap(args.flatMap((key, i) => (i % 2 === 0 ? [[key, args[i + 1]] as const] : []))),
  },
  get: {
    takes: ['any', 'any', 'any'],
    optional: 1,
    doc: 'The value at a key of a map or a place of a list; where there is none the third argument, or no row.',
    gives: ([type]) => (type.base === 'list' ? type.of : ANY),
    value: ([a, key, otherwise]) => within(a, key) ?? otherwise ?? null,
    partial: true,
  },
  'contains?': {
    takes: ['any', 'any'],
    doc: 'Whether a map has a key, or a list an element.',
    gives: () => BOOLEAN,
    value: ([a, key]) =>
      isList(a) ? a.some(element => compareValues(element, key) === 0) : within(a, key) !== undefined,
  },
  count: {
    takes: ['any'],
    doc: 'How many characters a string, elements a list or keys a map has.',
    gives: ([type], _, at) => {
      if (!['string', 'enum', 'json', 'uuid', 'list', 'any'].includes(type.base))
        throw new FactError('wrong-type', `(count …) takes a string, a list or a map, not ${showType(type)}`, at)
      return LONG
    },
    value: ([a]) => BigInt(sizeOf(a)),
  },
  'empty?': truth('Whether a string, list or map has nothing in it.', a => sizeOf(a) === 0),
  'not-empty': {
    takes: ['any'],
    doc: 'The value itself; no row where it is an empty string, list or map.',
    gives: ([type]) => type,
    value: ([a]) => (sizeOf(a) === 0 ? null : a),
    partial: true,
  },
  compare: {
    takes: ['any', 'any'],
    doc: '-1, 0 or 1: the order of two values.',
    gives: () => LONG,
    value: ([a, b]) => BigInt(Math.sign(compareValues(a, b))),
  },
  'true?': truth('Whether it is true.', a => a === true),
  'false?': truth('Whether it is false.', a => a === false),
  'nil?': truth('Never: nil is no value.', () => false),
  'some?': truth('Always: nil is no value.', () => true),
  not: truth('Whether it is false.', a => !truthy(a)),
  and: {
    takes: ['any'],
    repeats: true,
    doc: 'The first value that is false, otherwise the last.',
    gives: first,
    value: args => args.find(a => !truthy(a)) ?? args[args.length - 1],
  },
  or: {
    takes: ['any'],
    repeats: true,
    doc: 'The first value that is not false, otherwise the last.',
    gives: first,
    value: args => args.find(truthy) ?? args[args.length - 1],
  },
  ...Object.fromEntries(Object.keys(COMPARISONS).map(name => [name, comparing(name)])),
}

/** A comparison as a value; of more than two, each with the next, and `!=` that not all are equal. */
function comparing(name: string): QueryFunction {
  const comparison = COMPARISONS[name]
  const pairs = (args: readonly Value[], test: (sign: number) => boolean): boolean =>
    args.every((arg, i) => i === 0 || test(compareValues(args[i - 1], arg)))
  return {
    takes: ['any', 'any'],
    repeats: true,
    doc:
      comparison === '!='
        ? 'Whether not all values are equal; numbers by exact value.'
        : 'Whether each value stands so to the next; numbers by exact value.',
    gives: () => BOOLEAN,
    value: args =>
      comparison === '!=' ? !pairs(args, sign => sign === 0) : pairs(args, sign => holds(comparison, sign)),
  }
}
