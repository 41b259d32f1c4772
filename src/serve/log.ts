import type { Writable } from 'node:stream'
import { pino } from 'pino'

/** Lines of JSON for whoever runs the service. */
export interface Log {
  info(about: object, words: string): void
  warn(about: object, words: string): void
  error(about: object, words: string): void
}

export type LogLevel = 'info' | 'warn' | 'error' | 'silent'

/** A log that writes to `out`, errors with their stacks. */
export const createLog = (level: LogLevel, out: Writable): Log =>
  pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, out)
