#!/usr/bin/env node
import { CommanderError } from 'commander'
import { DONE, explain, WRONG_USE } from './exit.ts'
import { createProgram } from './program.ts'

/** The query that was typed, so that a mistake can be shown in it. */
let typed: string | undefined
const program = await createProgram(text => {
  typed = text
}, process.argv.slice(2))

// a reader that goes away, as `head` does, is no fault
process.stdout.on('error', error => {
  if ((error as NodeJS.ErrnoException).code === 'EPIPE') process.exit(DONE)
  throw error
})

try {
  await program.parseAsync()
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? DONE : WRONG_USE
  else {
    const { lines, status } = explain(error, typed)
    console.error(lines)
    process.exitCode = status
  }
}
