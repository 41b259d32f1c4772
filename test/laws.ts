import { packageOf, resolveImport, type SourceFile } from './imports.ts'

/** Each room of the house, with the rooms that it may import. Whoever is missing from a list is above, or beside. */
export const ROOMS: Readonly<Record<string, readonly string[]>> = {
  base: [],
  model: ['base'],
  store: ['model', 'base'],
  query: ['model', 'base'],
  contracts: ['model', 'base'],
  sample: ['model', 'base'],
  /** `heartwood/client`, which runs elsewhere and speaks HTTP. */
  client: ['base'],
  database: ['store', 'query', 'contracts', 'model', 'base'],
  ingest: ['database', 'store', 'query', 'contracts', 'model', 'base'],
  extract: ['database', 'store', 'query', 'contracts', 'model', 'base'],
  serve: ['ingest', 'extract', 'sample', 'database', 'store', 'query', 'contracts', 'model', 'base'],
  cli: ['serve', 'client', 'ingest', 'extract', 'sample', 'database', 'store', 'query', 'contracts', 'model', 'base'],
  /** `src/index.ts`, the public entrance, which nobody inside uses. */
  entrance: ['serve', 'ingest', 'extract', 'sample', 'database', 'store', 'query', 'contracts', 'model', 'base'],
}

/** The rooms within a room, each with those beside it that it may import: the ones before it. */
export const INNER: Readonly<Record<string, readonly string[]>> = {
  query: ['language', 'functions', 'columns', 'aggregates', 'pull', 'operators', 'check', 'plan'],
}

const LINES = 500
const WORDLESS = /(?:^|[-.])(?:utils?|common|helpers?|types|managers?|processors?)(?:[-.]|$)/

export const roomOf = (path: string): string =>
  path === 'src/index.ts' ? 'entrance' : (/^src\/([^/]+)\//.exec(path)?.[1] ?? 'nowhere')

/** Arrows between rooms that go up, sideways or out of the house. */
export function wrongArrows(files: readonly SourceFile[]): string[] {
  const wrong: string[] = []
  for (const { path, imports } of files) {
    const room = roomOf(path)
    if (!Object.hasOwn(ROOMS, room)) {
      wrong.push(`${path}: ${room} is no room of the house`)
      continue
    }
    for (const name of imports) {
      const target = resolveImport(path, name)
      if (target === null) continue
      if (!target.startsWith('src/')) wrong.push(`${path}: imports ${name}, which is outside src`)
      else if (roomOf(target) !== room && !ROOMS[room].includes(roomOf(target)))
        wrong.push(`${path}: ${room} must not import ${roomOf(target)} (${name})`)
    }
  }
  return wrong
}

/** Arrows within a room from an inner room to a later one, or to the files that put the inner rooms together. */
export function wrongInnerArrows(files: readonly SourceFile[]): string[] {
  const rankOf = (path: string): number => {
    const [, room, inner, rest] = path.split('/')
    return rest === undefined ? INNER[room].length : INNER[room].indexOf(inner)
  }
  return files
    .filter(({ path }) => Object.hasOwn(INNER, roomOf(path)))
    .flatMap(({ path, imports }) => {
      const rank = rankOf(path)
      if (rank < 0) return [`${path}: no inner room has this name`]
      return imports
        .map(name => resolveImport(path, name))
        .filter(target => target !== null && roomOf(target) === roomOf(path) && rankOf(target) > rank)
        .map(target => `${path}: must not import ${target}, which is above it`)
    })
}

/** Rings of files that import each other, each once, as `a -> b -> a`. */
export function rings(files: readonly SourceFile[]): string[] {
  const byPath = new Map(files.map(file => [file.path, file]))
  const done = new Set<string>()
  const found: string[] = []
  const visit = (path: string, way: readonly string[]) => {
    const seen = way.indexOf(path)
    if (seen >= 0) found.push([...way.slice(seen), path].join(' -> '))
    if (seen >= 0 || done.has(path)) return
    for (const name of byPath.get(path)?.imports ?? []) {
      const target = resolveImport(path, name)
      if (target !== null) visit(target, [...way, path])
    }
    done.add(path)
  }
  for (const { path } of files) visit(path, [])
  return found
}

/**
 * Packages used outside their homes, and packages without one. A home is a file, or a folder where it ends in a slash;
 * one list serves npm packages and Node's own modules.
 */
export function homeless(files: readonly SourceFile[], homes: Readonly<Record<string, readonly string[]>>): string[] {
  const wrong: string[] = []
  for (const { path, imports } of files)
    for (const name of imports) {
      if (name.startsWith('.')) continue
      const known = homes[packageOf(name)]
      if (known === undefined) wrong.push(`${path}: ${name} has no home in test/architecture.test.ts`)
      else if (!known.some(home => (home.endsWith('/') ? path.startsWith(home) : path === home)))
        wrong.push(`${path}: ${name} belongs to ${known.join(', ')}`)
    }
  return wrong
}

/** What a pure room must not have: any module of Node, the time of day, chance. */
export function impure(files: readonly SourceFile[]): string[] {
  return files.flatMap(({ path, text, imports }) => [
    ...imports.filter(name => name.startsWith('node:')).map(name => `${path}: imports ${name}`),
    ...[...text.matchAll(/\bDate\.now\(|\bMath\.random\(|\bnew Date\(\)|\bperformance\.|\bfetch\(/g)].map(
      ([what]) => `${path}: uses ${what}`,
    ),
  ])
}

/** Uses of the process's arguments, environment and exit, by file and line. */
export function processUses(files: readonly SourceFile[]): string[] {
  return files.flatMap(({ path, text }) =>
    text
      .split('\n')
      .map((line, i) => ({ line, place: `${path}:${i + 1}` }))
      .filter(({ line }) => /\bprocess\.(?:argv|env|exit|exitCode)\b/.test(line) && !/^\s*(?:\/\/|\*|\/\*)/.test(line))
      .map(({ line, place }) => `${place}: ${line.trim()}`),
  )
}

/** Files whose name says nothing, and files that hold two concepts. */
export function badFiles(files: readonly SourceFile[]): string[] {
  return files.flatMap(({ path, text }) => {
    const lines = text.split('\n').length - 1
    const name = path.slice(path.lastIndexOf('/') + 1, -3)
    return [
      ...(WORDLESS.test(name) ? [`${path}: name it after what is in it`] : []),
      ...(lines > LINES ? [`${path}: ${lines} lines are two concepts`] : []),
    ]
  })
}

/** The picture as it is: each room with those that it does import, top first. */
export function picture(files: readonly SourceFile[]): string {
  const rooms = Object.keys(ROOMS).reverse()
  return rooms
    .map(room => {
      const below = new Set(
        files
          .filter(file => roomOf(file.path) === room)
          .flatMap(file => file.imports.map(name => resolveImport(file.path, name)))
          .filter(target => target !== null)
          .map(roomOf),
      )
      return `${room.padEnd(10)} -> ${rooms.filter(other => other !== room && below.has(other)).join(', ')}`.trimEnd()
    })
    .join('\n')
}
