import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** What built code needs of Node: zstd in node:zlib, and node:sqlite without a flag. */
const NODE = '>=22.15'
const CARRIED = ['bin/heartwood.mjs', 'contracts', 'handlers', 'procedures', 'queries', 'docs']
const PAPERS = ['README.md', 'CHANGELOG.md', 'LICENSE']

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))
const WORKER = /(new URL\(\s*['"]\.{1,2}\/[^'"]*)\.ts(['"],\s*import\.meta\.url\))/g

/** TypeScript to JavaScript and declarations, with `.js` in imports, folder by folder as it is. */
function compile(out: string): void {
  const compiler = join(ROOT, 'node_modules/typescript/bin/tsc')
  const config = join(out, 'tsconfig.json')
  const options = {
    noEmit: false,
    outDir: out,
    rootDir: ROOT,
    declaration: true,
    rewriteRelativeImportExtensions: true,
  }
  writeFileSync(
    config,
    JSON.stringify({
      extends: join(ROOT, 'tsconfig.json'),
      compilerOptions: { ...options, typeRoots: [join(ROOT, 'node_modules/@types')] },
      include: [join(ROOT, 'src')],
    }),
  )
  const { status } = spawnSync(process.execPath, [compiler, '--project', config], { cwd: ROOT, stdio: 'inherit' })
  rmSync(config)
  if (status !== 0) throw new Error('the compiler found mistakes; nothing was built')
}

/** The compiler leaves the files that workers are started from as they are written. */
function pointWorkersAtJavaScript(out: string): void {
  for (const entry of readdirSync(join(out, 'src'), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.js')) continue
    const file = join(entry.parentPath, entry.name)
    const text = readFileSync(file, 'utf8')
    const changed = text.replace(WORKER, '$1.js$2')
    if (changed !== text) writeFileSync(file, changed)
  }
}

/** The package as others install it: no scripts, nothing that only development needs. */
function manifest(): string {
  const { name, version, description, license, type, bin, dependencies, allowScripts } = JSON.parse(
    readFileSync(join(ROOT, 'package.json'), 'utf8'),
  )
  const scripted = Object.fromEntries(Object.entries(allowScripts).filter(([name]) => name in dependencies))
  const exports = {
    '.': { types: './src/index.d.ts', default: './src/index.js' },
    './client': { types: './src/client/client.d.ts', default: './src/client/client.js' },
  }
  const published = { name, version, description, license, type, bin, exports, engines: { node: NODE }, dependencies }
  return `${JSON.stringify({ ...published, allowScripts: scripted }, null, 2)}\n`
}

/** Writes a complete package of plain JavaScript into `out`, ready for `npm publish`. Throws where the compiler complains. */
export function build(out: string): void {
  rmSync(out, { recursive: true, force: true })
  mkdirSync(out, { recursive: true })
  compile(out)
  pointWorkersAtJavaScript(out)
  for (const path of [...CARRIED, ...PAPERS])
    if (existsSync(join(ROOT, path))) cpSync(join(ROOT, path), join(out, path), { recursive: true })
  writeFileSync(join(out, 'package.json'), manifest())
}

if (import.meta.main) {
  const out = resolve(process.argv[2] ?? join(ROOT, 'dist'))
  try {
    build(out)
    console.log(`built ${out}`)
  } catch (error) {
    console.error((error as Error).message)
    process.exitCode = 1
  }
}
