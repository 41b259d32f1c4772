import { FactError } from '../base/error.ts'
import type { FactView } from '../model/fact-view.ts'
import { HistoryView } from '../model/history.ts'
import type { Bound, Table } from './check/arguments.ts'
import type { Compiled } from './check/compiled.ts'
import { historyBase } from './check/log-functions.ts'
import type { Run } from './columns/relation.ts'
import type { Naming } from './functions/function.ts'
import { namingOf } from './functions/naming.ts'
import type { Computation, NestedQuery, Places, Term } from './language/ast.ts'
import { type RunNested, runNested } from './operators/nested.ts'
import type { RunOptions } from './operators/options.ts'
import { planBlock } from './plan/plan.ts'
import type { Source } from './plan/planning.ts'
import { RuleTables } from './plan/rule-table.ts'
import { Statistics } from './plan/statistics.ts'

/** What one run brings: arguments, views, and what they were made into on the way. */
interface Brought {
  readonly bound: Bound
  readonly options: RunOptions
  readonly run: Run
  readonly statistics: Map<string, Statistics>
  readonly tables: Map<Places, Table>
  readonly histories: Map<string, FactView>
  naming: Naming | undefined
  rules: RuleTables | undefined
}

/** The source of plans that outlive a run: it speaks for one run at a time. */
export interface RunSource {
  readonly source: Source
  bind(bound: Bound, options: RunOptions, run: Run): void
  /** Lets go of the views of the last run. */
  release(): void
}

export function runSource(compiled: Compiled, runQuery: RunNested): RunSource {
  let brought: Brought | undefined
  /** Which rows the plan was made for. */
  const inputs = new WeakMap<Table, number>()
  const now = (): Brought => {
    if (brought === undefined) throw new Error('bug: a plan was asked something outside of a run')
    return brought
  }
  const view = (name: string): FactView => {
    const { options, run, histories } = now()
    const base = historyBase(name)
    if (base !== null) {
      let made = histories.get(base)
      if (made === undefined)
        histories.set(base, (made = view(base).history ? view(base) : new HistoryView(view(base))))
      return made
    }
    const found = viewNamed(name, options)
    // codes and ordinals agree between views of one store, and between nothing else
    if (found.schema !== run.schema)
      throw new FactError('unsupported', `${name} is of another store, and queries over two stores are not built yet`)
    return found
  }
  const source: Source = {
    view,
    statistics(name) {
      const { statistics, run } = now()
      let known = statistics.get(name)
      if (known === undefined) statistics.set(name, (known = new Statistics(view(name), run)))
      return known
    },
    rows: name => now().options.rows?.get(name) ?? unknownSource(name),
    inputAt: table => inputs.get(table) ?? -1,
    input: place => now().bound.tables[place],
    table(clause, make) {
      const { tables } = now()
      let table = tables.get(clause)
      if (table === undefined) tables.set(clause, (table = make()))
      return table
    },
    get stated() {
      return now().options.stated ?? NOTHING_STATED
    },
    get constants() {
      return now().bound.constants
    },
    constant(term: Term) {
      if (term.term === 'constant') return term.literal
      return term.term === 'variable' ? now().bound.constants.get(term.name) : undefined
    },
    types: compiled.types,
    get shard() {
      return now().options.shard ?? null
    },
    get naming() {
      const current = now()
      current.naming ??= namingOf(view('$'))
      return current.naming
    },
    nested: (call, input, running) =>
      runNested(
        call as Computation & { nested: NestedQuery },
        input,
        compiled.query.text,
        now().options,
        term => source.constant(term)?.value,
        running,
        runQuery,
      ),
    get rules() {
      const current = now()
      current.rules ??= new RuleTables(source, planBlock)
      return current.rules
    },
    walks: new Map(),
  }
  return {
    source,
    bind(bound, options, run) {
      bound.tables.forEach((table, place) => {
        inputs.set(table, place)
      })
      brought = {
        bound,
        options,
        run,
        statistics: new Map(),
        tables: new Map(),
        histories: new Map(),
        naming: undefined,
        rules: undefined,
      }
    },
    release() {
      brought = undefined
    },
  }
}

const NOTHING_STATED: Source['stated'] = () => ({ owner: null, contracts: [] })

/** Throws `unknown-source`. */
export function viewNamed(name: string, options: RunOptions): FactView {
  const view = options.sources.get(name) ?? options.sources.get('$')
  return view ?? unknownSource(name)
}

function unknownSource(name: string): never {
  throw new FactError('unknown-source', `there is no source ${name}`)
}
