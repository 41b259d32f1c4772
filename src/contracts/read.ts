import { readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join, sep } from 'node:path'
import { textOf } from '../base/bytes.ts'
import type { Contract } from './contract.ts'
import { Contracts } from './contracts.ts'
import { parseContract } from './parse.ts'
import { Faults } from './place.ts'

/**
 * Reads `contracts/<namespace>/<name>/<version>.yaml` below a project's folder. Throws `FactErrors` with every mistake
 * found, each with file, line, column and words.
 */
export function readContracts(folder: string): Contracts {
  const faults = new Faults()
  const root = join(folder, 'contracts')
  const contracts: Contract[] = []
  if (!isFolder(root))
    faults.add(top(root), 'there is no such folder: a project keeps contracts/<namespace>/<name>/<version>.yaml')
  else {
    const files = filesBelow(root, /\.ya?ml$/i)
    if (files.length === 0) faults.add(top(root), 'there is no contract here: write <namespace>/<name>/<version>.yaml')
    for (const file of files) {
      const contract = readContract(root, file, faults)
      if (contract) contracts.push(contract)
    }
  }
  const handlers = join(folder, 'handlers')
  for (const file of isFolder(handlers) ? filesBelow(handlers, /(?<!\.(test|d))\.[cm]?[jt]s$/) : [])
    faults.notBuilt(top(join(handlers, file)), 'a handler')
  const result = new Contracts(contracts, faults)
  faults.throwAny()
  return result
}

const isFolder = (path: string) => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false

const top = (file: string) => ({ file, line: 1, column: 1 })

/** Paths relative to the folder, sorted; hidden files and folders do not count. */
function filesBelow(folder: string, shape: RegExp): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && shape.test(entry.name))
    .map(entry => join(entry.parentPath, entry.name).slice(join(folder, sep).length))
    .filter(file => !file.split(sep).some(part => part.startsWith('.')))
    .sort()
}

function readContract(root: string, relative: string, faults: Faults): Contract | undefined {
  const file = join(root, relative)
  const parts = relative.split(sep)
  if (parts.length !== 3 || !relative.endsWith('.yaml')) {
    faults.add(top(file), 'a contract lies in contracts/<namespace>/<name>/<version>.yaml')
    return undefined
  }
  const text = textOf(readFileSync(file))
  if (text === undefined) {
    faults.add(top(file), 'the file is not UTF-8')
    return undefined
  }
  const home = { name: `${parts[0]}/${parts[1]}`, version: basename(relative, '.yaml') }
  return parseContract(file, text, home, faults)
}
