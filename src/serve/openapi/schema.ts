/** JSON Schema, 2020-12, as OpenAPI 3.1 has it. */
export type Schema = Readonly<Record<string, unknown>>

/** Anything that JSON can say. */
export const anything: Schema = {}
export const text: Schema = { type: 'string' }
export const flag: Schema = { type: 'boolean' }
export const whole: Schema = { type: 'integer', minimum: 0 }
export const instant: Schema = { type: 'string', format: 'date-time' }

/** A whole number; digits where JSON numbers would not be exact. */
export const exactWhole: Schema = { type: ['integer', 'string'], pattern: '^-?\\d+$' }

export const wholeFrom = (minimum: number, maximum: number): Schema => ({ type: 'integer', minimum, maximum })
export const oneOf = (...values: readonly (string | null)[]): Schema => ({ enum: values })
export const list = (items: Schema, more: Schema = {}): Schema => ({ type: 'array', items, ...more })
export const mapOf = (values: Schema): Schema => ({ type: 'object', additionalProperties: values })
export const either = (...schemas: readonly Schema[]): Schema => ({ anyOf: schemas })
export const orNull = (schema: Schema): Schema => either(schema, { type: 'null' })
export const described = (schema: Schema, description: string): Schema => ({ ...schema, description })

/** An object with these members and no others; all are there but the optional ones. */
export const object = (members: Readonly<Record<string, Schema>>, optional: readonly string[] = []): Schema => ({
  type: 'object',
  properties: members,
  required: Object.keys(members).filter(name => !optional.includes(name)),
  additionalProperties: false,
})

/** The shape that `components.ts` has under this name. */
export const named = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` })
