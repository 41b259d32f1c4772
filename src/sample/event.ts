/** An event as a producer sends it. Values are JSON; a `bigint` is a whole number of 64 bits. */
export interface SampleEvent {
  readonly topic: string
  readonly key: string
  /** Milliseconds since 1970. */
  readonly timestamp: number
  readonly headers?: Readonly<Record<string, string>>
  readonly value: object
}

/** Stands where a value should, but is no JSON: the bytes of a producer that broke off. */
export class BrokenText {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

/** JSON of the value: what the record holds on Kafka. */
export const sampleValue = (event: SampleEvent): string => json(event.value)

/** The event as a line of an event file, without newline. */
export function sampleLine(event: SampleEvent): string {
  const { topic, key, timestamp, headers, value } = event
  const head = `{"topic":${JSON.stringify(topic)},"key":${JSON.stringify(key)},"timestamp":"${new Date(timestamp).toISOString()}"`
  return `${head}${headers ? `,"headers":${JSON.stringify(headers)}` : ''},"value":${json(value)}}`
}

/** `JSON.stringify` that writes a bigint as the number it is. */
function json(value: unknown): string {
  if (typeof value === 'bigint') return String(value)
  if (value instanceof BrokenText) return value.text
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(json).join(',')}]`
  const members: string[] = []
  for (const [name, member] of Object.entries(value))
    if (member !== undefined) members.push(`${JSON.stringify(name)}:${json(member)}`)
  return `{${members.join(',')}}`
}
