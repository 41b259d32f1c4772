import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ROOT } from './given.ts'

interface Locked {
  readonly resolved?: string
  readonly hasInstallScript?: boolean
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')
const json = (path: string) => JSON.parse(read(path))

/** Every file that is tracked, or would be. */
const files = execFileSync(
  'git',
  ['-c', 'safe.directory=*', 'ls-files', '--cached', '--others', '--exclude-standard'],
  {
    cwd: ROOT,
    encoding: 'utf8',
  },
)
  .split('\n')
  .filter(path => path !== '' && existsSync(join(ROOT, path)))

/** Hosts of registries, which are for a machine's own settings to choose, and paths that exist on one machine only. */
const FOREIGN = new RegExp(
  [
    ['registry', 'npmjs'],
    ['repo1?', 'maven'],
    ['maven-central', 'storage'],
    ['pypi', 'org'],
    ['files', 'pythonhosted'],
    ['registry', 'yarnpkg'],
  ]
    .map(words => words.join('\\.'))
    .concat(
      [['work'], ['root'], ['home', '\\w+'], ['opt', '\\w+'], ['Users', '\\w+']].map(
        words => `(?<![\\w.)}])/${words.join('/')}/`,
      ),
    )
    .join('|'),
)

const foreign = (text: string): string[] =>
  text
    .split('\n')
    .filter(line => FOREIGN.test(line))
    .map(line => line.trim().slice(0, 120))

describe('the repository', () => {
  it('names no registry and no path of one machine', () => {
    expect(files.length).toBeGreaterThan(20)
    const found = files.flatMap(path => {
      const bytes = readFileSync(join(ROOT, path))
      return bytes.includes(0) ? [] : foreign(bytes.toString('utf8')).map(line => `${path}: ${line}`)
    })
    expect(found).toEqual([])
  })

  it('would notice one', () => {
    const bad = [`https://registry${'.'}npmjs.org/x`, `see /${'root'}/x`, `cd /${'work'}/main`, `'/${'home'}/me/x'`]
    expect(bad.map(foreign).filter(lines => lines.length === 0)).toEqual([])
    expect(foreign('../work/x and src/root/a and GET /home')).toEqual([])
  })
})

describe('a README', () => {
  const readmes = files.filter(path => path.endsWith('README.md'))

  it('names files and tests that exist', () => {
    const named = readmes.flatMap(path =>
      [...read(path).matchAll(/`((?:src|test|bench|bin)\/[\w/.-]*\w)`/g)].map(([, name]) => ({ path, name })),
    )
    expect(named.filter(({ name }) => !existsSync(join(ROOT, name)))).toEqual([])
  })

  it('links to what exists', () => {
    const links = readmes.flatMap(path =>
      [...read(path).matchAll(/\]\((?!\w+:|#)([^)#\s]+)/g)].map(([, link]) => join(dirname(path), link)),
    )
    expect(links.filter(link => !existsSync(join(ROOT, link)))).toEqual([])
  })
})

describe('package-lock.json', () => {
  const packages: Readonly<Record<string, Locked>> = json('package-lock.json').packages

  it('names no host', () => {
    expect(Object.entries(packages).filter(([, locked]) => locked.resolved !== undefined)).toEqual([])
  })

  it('agrees with package.json', () => {
    const { name, version, dependencies, devDependencies } = json('package.json')
    expect(packages['']).toMatchObject({ name, version, dependencies, devDependencies })
  })

  it('holds every optional package, without which npm ci refuses it', () => {
    const absent = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies)
        .filter(name => !packages[`node_modules/${name}`] && !packages[`${path}/node_modules/${name}`])
        .map(name => `${path} wants ${name}`),
    )
    expect(absent).toEqual([])
  })

  it('has install scripts only where they are allowed', () => {
    const { allowScripts } = json('package.json')
    const scripted = Object.entries(packages)
      .filter(([, locked]) => locked.hasInstallScript)
      .map(([path]) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length))
    expect(scripted.filter(name => !allowScripts[name])).toEqual([])
  })
})

describe('package.json', () => {
  const { scripts, dependencies, devDependencies, bin } = json('package.json')

  it('has the scripts that people are told of', () => {
    expect(Object.keys(scripts)).toEqual(
      expect.arrayContaining(['start', 'test', 'test:long', 'test:kafka', 'soak', 'check', 'bench', 'build', 'kafka']),
    )
  })

  it('runs files that exist', () => {
    const named = Object.values<string>({ ...scripts, ...bin }).flatMap(
      text => text.match(/[\w./-]+\.(?:ts|mjs)\b/g) ?? [],
    )
    expect(named.filter(path => !existsSync(join(ROOT, path)))).toEqual([])
  })

  it('names exact versions', () => {
    const loose = Object.entries<string>({ ...dependencies, ...devDependencies })
    expect(loose.filter(([, version]) => !/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version))).toEqual([])
  })
})

describe('the runtime', () => {
  it('is the bundled Node, whatever the machine has', () => {
    expect(process.version).toBe(`v${json('package.json').devDependencies.node}`)
  })

  it('belongs to .ts files as they are', () => {
    expect(process.features.typescript).toBe('strip')
  })
})
