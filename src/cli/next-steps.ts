import type { WritableDatabase } from '../database/database.ts'
import { entityText } from '../model/entity-text.ts'
import type { FactView } from '../model/fact-view.ts'
import { MS_PER_DAY, showDate } from '../model/instant.ts'
import type { Kind } from '../model/schema.ts'
import { count, counted } from './output.ts'

/** A few lines for whoever has just started the service: what it has, and three commands that work on it as they stand. */
export function nextSteps(database: WritableDatabase, url: string): string {
  const { t, facts, deadLetters, kinds } = database.stats()
  const view = database.view()
  if (t === 0) return 'The store is empty: events come with --load FILE or --kafka HOST:PORT.'
  const all = Object.entries(kinds).map(([kind, number]) => counted(number, kind))
  const first = database.view(1).instant
  const lines = [
    `${counted(t, 'event')} made ${counted(facts, 'fact')}: ${all.join(', ')}.`,
    `They became known from ${day(first)} to ${day(view.instant)}${deadLetters === 0 ? '' : `; ${counted(deadLetters, 'event was', 'events were')} refused (${url}/dead-letters)`}.`,
    'Try next:',
    ...suggestions(database, view, url, first).map(command => `  ${command}`),
  ]
  return lines.join('\n')
}

const day = (ms: number): string => showDate(Math.floor(ms / MS_PER_DAY))

function suggestions(database: WritableDatabase, view: FactView, url: string, first: number): string[] {
  const kind = tellingKind(view)
  if (kind === undefined) return []
  const middle = day((first + view.instant) / 2)
  const path = encodeURIComponent(entityText(view, kind, firstKnownAt(database.view(middle), kind))).replaceAll(
    '%3A',
    ':',
  )
  const commands = [`curl '${url}/entity/${path}?asOf=${middle}'`]
  const saved = database
    .savedQueries()
    .find(({ error, params }) => error === null && params.every(param => param.default !== null))
  if (saved) commands.push(`curl '${url}/queries/${saved.name}'`)
  const attribute = view.schema.ofKind(kind).find(({ index }) => index) ?? view.schema.identity(kind)
  commands.push(`npx heartwood query '[:find ?value (count ?e) :where [?e ${attribute.ident} ?value]]'`)
  return commands
}

/** The kind with the most attributes has the most to tell. */
function tellingKind(view: FactView): Kind | undefined {
  const kinds = view.schema.kinds.filter(kind => kind.number !== 0 && view.extent(kind) > 0)
  return kinds.sort((a, b) => view.schema.ofKind(b).length - view.schema.ofKind(a).length)[0]
}

/** An entity that is known at the moment, or else the first one. */
function firstKnownAt(view: FactView, kind: Kind): number {
  for (let ordinal = 0; ordinal < view.extent(kind); ordinal++) if (view.known(kind, ordinal)) return ordinal
  return 0
}

/** What a load of files says of itself. */
export const loadedWords = (applied: number, refused: number): string =>
  `loaded ${counted(applied, 'event')}${refused > 0 ? `, ${count(refused)} refused` : ''}`
