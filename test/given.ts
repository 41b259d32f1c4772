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

const pythons = new Map<string, string | null>()

/** A Python that has these modules, or null: `HEARTWOOD_PYTHON`, else `.venv`. A test that needs it says so in its name. */
export function pythonWith(...modules: readonly string[]): string | null {
  const needed = modules.join(', ')
  let python = pythons.get(needed)
  if (python === undefined) {
    const command = process.env['HEARTWOOD_PYTHON'] ?? join(ROOT, '.venv/bin/python')
    python = spawnSync(command, ['-c', `import ${needed}`]).status === 0 ? command : null
    pythons.set(needed, python)
  }
  return python
}

export const pythonWithArrow = (): string | null => pythonWith('pyarrow')
