import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The repository's own folder. */
export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))

/** The folder of real data, whether it exists or not. */
export const SHARED = resolve(ROOT, process.env['HEARTWOOD_SHARED'] ?? '../shared')

/** A file of real data, or null. A test that needs it says `needs HEARTWOOD_SHARED` in its name and skips without. */
export function shared(...path: string[]): string | null {
  const file = join(SHARED, ...path)
  return existsSync(file) ? file : null
}

let python: string | null | undefined

/** A Python that has pyarrow, or null: `HEARTWOOD_PYTHON`, else `.venv`. A test that needs it says so in its name. */
export function pythonWithArrow(): string | null {
  if (python !== undefined) return python
  const command = process.env['HEARTWOOD_PYTHON'] ?? join(ROOT, '.venv/bin/python')
  python = spawnSync(command, ['-c', 'import pyarrow']).status === 0 ? command : null
  return python
}
