import { plainText } from '../../model/entity-text.ts'
import type { Schema } from '../../model/schema.ts'
import { ANY, LONG, PULL, type PullType, type ValueType } from '../../model/type.ts'
import { Keyword, type Value } from '../../model/value.ts'
import type { PullPattern, PullSpec } from '../language/ast.ts'
import { DB_ID } from '../language/pull-pattern.ts'

/** What a plain reference gives. */
const ID: PullType = { base: 'pull', fields: [{ key: DB_ID, type: { base: 'ref', kind: null } }] }

/**
 * The type of what a pattern gives, which is the same for ever: `*` has no fields, since tomorrow's contracts may add attributes, and neither
 * has a pattern with one key twice. Where only running it can tell (`:xform`, a default of another type, a recursion) a field is `any`.
 */
export function pullType({ wildcard, specs }: PullPattern, schema: Schema): PullType {
  const keys = specs.map(({ key }) => (key instanceof Keyword ? key.name : plainText(key)))
  if (wildcard || specs.length === 0 || new Set(keys).size < keys.length) return PULL
  return { base: 'pull', fields: specs.map((spec, i) => ({ key: keys[i], type: fieldType(spec, schema) })) }
}

function fieldType(spec: PullSpec, schema: Schema): ValueType {
  const { ident, reverse, follow, xform } = spec
  const attribute = schema.find(ident)
  if (xform !== null) return ANY
  if (ident === DB_ID) return { base: 'ref', kind: null }
  if (attribute === undefined) return ANY
  // as the puller has it: components are followed to their end, and have one owner
  const many = reverse ? !attribute.component : attribute.many
  let one = attribute.type
  if (one.base === 'ref') {
    if (follow !== null) one = 'times' in follow ? PULL : pullType(follow, schema)
    else one = attribute.component && !reverse ? PULL : ID
    if (one.base === 'pull' && one.fields === null) return ANY
  }
  if (spec.default !== null && (many || !fits(spec.default, one))) return ANY
  return many ? { base: 'list', of: one } : one
}

const fits = (value: Value, { base }: ValueType): boolean =>
  (base === 'string' && typeof value === 'string') ||
  (base === LONG.base && typeof value === 'bigint') ||
  (base === 'double' && typeof value === 'number') ||
  (base === 'boolean' && typeof value === 'boolean')
