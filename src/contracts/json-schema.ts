import type { ValueType } from '../model/type.ts'
import { type Contract, contractId, type Field } from './contract.ts'

/** JSON Schema, draft 07. */
export type JsonSchema = Readonly<Record<string, unknown>>

/**
 * The shape of a contract's events as JSON Schema, for ajv and for whoever writes events. It is as strict as JSON Schema
 * can be: exactness (digits of a decimal, real days of a calendar, the last of 64 bits) is for `convert.ts`.
 */
export function jsonSchemaOf(contract: Contract): JsonSchema {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: contractId(contract),
    description: contract.doc,
    type: 'object',
    properties: Object.fromEntries(contract.fields.map(field => [field.name, fieldSchema(field)])),
    required: contract.fields.filter(field => !field.optional).map(field => field.name),
    additionalProperties: false,
  }
}

function fieldSchema(field: Field): JsonSchema {
  const schema = typeSchema(field.type)
  const doc = field.doc === '' ? {} : { description: field.doc }
  if (!field.optional) return { ...schema, ...doc }
  if (field.type.base === 'json') return doc
  const allowed = schema['enum'] as readonly string[] | undefined
  const type = [schema['type'], 'null'].flat()
  return { ...schema, type, ...(allowed && { enum: [...allowed, null] }), ...doc }
}

/** What an unquoted or quoted decimal looks like; `convert.ts` counts its digits. */
const DECIMAL = '^-?[0-9]+(\\.[0-9]+)?([eE][+-]?[0-9]{1,4})?$'

function typeSchema(type: ValueType): JsonSchema {
  switch (type.base) {
    case 'boolean':
      return { type: 'boolean' }
    case 'long':
      // a string only beyond what a double holds; the bounds are the nearest doubles
      return {
        type: ['integer', 'string'],
        minimum: -(2 ** 63),
        maximum: 2 ** 63,
        pattern: '^-?[1-9][0-9]{15,18}$',
      }
    case 'double':
      return { type: 'number' }
    case 'decimal':
      return { type: ['number', 'string'], pattern: DECIMAL }
    case 'instant':
      return { type: [type.micros ? 'number' : 'integer', 'string'], format: 'date-time' }
    case 'date':
      return { type: 'string', format: 'date' }
    case 'uuid':
      return { type: 'string', format: 'uuid' }
    case 'enum':
      return { type: 'string', enum: type.values }
    case 'json':
      // no list of types: ajv calls a number beyond a double none
      return { not: { type: 'null' } }
    case 'list':
      return { type: 'array', items: typeSchema(type.of) }
    default:
      return { type: 'string' }
  }
}
