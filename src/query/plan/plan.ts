import type { Table } from '../check/arguments.ts'
import { binds } from '../check/scope.ts'
import { FLIPPED } from '../functions/comparison.ts'
import { comparisonOf } from '../functions/functions.ts'
import type { Clause, Computation, Predicate, Variable } from '../language/ast.ts'
import { variablesOf } from '../language/clause-terms.ts'
import type { Growing } from '../operators/asked.ts'
import type { Block, Step } from '../operators/step.ts'
import { candidateFor } from './candidate.ts'
import type { FusedPredicate } from './fact-pattern.ts'
import { withCuts } from './mod-cut.ts'
import type { Candidate, Seed, Source, State } from './planning.ts'
import { askable, growingCandidate } from './rule-call.ts'
import { computationStep, predicateStep, projectStep, shardStep } from './small-steps.ts'
import { tableCandidate } from './table-candidate.ts'

/**
 * Orders clauses by cost: what is certain and cheap at once, and otherwise always the clause after which the fewest rows are expected.
 * The order in which they were written plays no part but to break ties. `needed` are the variables wanted at the end. `memo` is the
 * `order` of an earlier block of the same clauses, to be taken without looking for a better one.
 */
export function planBlock(
  clauses: readonly Clause[],
  tables: readonly (Table | Growing)[],
  seed: Seed,
  needed: ReadonlySet<string>,
  given: Source,
  memo?: readonly number[],
): Block {
  const source = withCuts(given, clauses)
  const steps: Step[] = []
  const items: readonly (Clause | Table | Growing)[] = [...tables, ...clauses]
  const order: number[] = []
  let waiting = [...items]
  let state: State = { rows: seed.rows, bound: seed.bound }
  let cost = 0
  const crosses: Step[] = []
  let sharded = false

  const isBound = (name: string): boolean => state.bound.has(name) || source.constants.has(name)
  const boundNames = (): Set<string> => new Set([...state.bound.keys(), ...source.constants.keys()])

  const emit = (step: Step, after: State) => {
    steps.push(step)
    state = after
    const variable = source.shard?.variable
    if (variable !== undefined && !sharded && state.bound.has(variable)) {
      sharded = true
      if (!seed.bound.has(variable)) steps.push(shardStep(source, state.rows))
    }
    const later = new Set([...needed, ...waiting.flatMap(namesOf)])
    const dropped = [...state.bound.keys()].filter(name => !later.has(name))
    if (dropped.length > 0) {
      steps.push(projectStep(later, state))
      state = { rows: state.rows, bound: new Map([...state.bound].filter(([name]) => later.has(name))) }
    }
  }

  /** Predicates and computations whose arguments are bound: they cost next to nothing. */
  const takeReady = (): boolean => {
    const ready = waiting.find(
      (clause): clause is Predicate | Computation =>
        'clause' in clause &&
        (clause.clause === 'predicate' || clause.clause === 'computation') &&
        clause.args.every(arg => arg.term !== 'variable' || isBound(arg.name)),
    )
    if (ready === undefined) return false
    waiting = waiting.filter(clause => clause !== ready)
    if (ready.clause === 'predicate') {
      const rows = state.rows * (comparisonOf(ready) === '=' ? 0.1 : 0.4)
      emit(predicateStep(ready, source, rows), { ...state, rows })
    } else {
      const made = ready.to.variables.filter(v => v.term === 'variable' && !isBound(v.name)) as Variable[]
      const several = ready.to.bind === 'collection' || ready.to.bind === 'relation'
      const rows = (made.length < ready.to.variables.length ? state.rows * 0.1 : state.rows) * (several ? 3 : 1)
      const bound = new Map([...state.bound, ...made.map((v): [string, number] => [v.name, rows])])
      emit(computationStep(ready, source, rows), { rows, bound })
    }
    return true
  }

  const candidates = (
    only?: Clause | Table | Growing,
  ): { clause: Clause | Table | Growing; candidate: Candidate }[] => {
    const found: { clause: Clause | Table | Growing; candidate: Candidate }[] = []
    for (const clause of only === undefined ? waiting : [only]) {
      if ('set' in clause) {
        found.push({ clause, candidate: growingCandidate(clause, state) })
        continue
      }
      if (!('clause' in clause)) {
        found.push({ clause, candidate: tableCandidate(clause, state, source) })
        continue
      }
      if (clause.clause === 'predicate' || clause.clause === 'computation') continue
      if (clause.clause === 'call' ? !askable(clause, state, source) : binds(clause, boundNames()) === undefined)
        continue
      const fused = clause.clause === 'pattern' ? conditionsOn(clause.value, waiting, source, isBound) : []
      found.push({ clause, candidate: candidateFor(clause, fused, state, source, planBlock) })
    }
    return found
  }

  while (waiting.length > 0) {
    if (takeReady()) continue
    // an order that was found before needs no candidates beside it
    const next = memo?.[order.length]
    const known = next !== undefined && waiting.includes(items[next]) ? candidates(items[next]) : []
    const all = known.length > 0 ? known : candidates()
    const connected = all.filter(({ candidate }) => !candidate.cross)
    const best = (connected.length > 0 ? connected : all).reduce((a, b) =>
      score(b.candidate) < score(a.candidate) ? b : a,
    )
    const { candidate, clause } = best
    order.push(items.indexOf(clause))
    waiting = waiting.filter(other => other !== clause && !candidate.fused.includes(other as Predicate))
    if (candidate.shards) sharded = true
    cost += candidate.cost
    if (candidate.cross && state.rows > 1 && candidate.after.rows > state.rows) crosses.push(candidate.step)
    emit(candidate.step, candidate.after)
  }
  return { steps, rows: state.rows, cost, crosses, order }
}

/** Fewest rows first; looking at a row costs less than carrying one on. */
const score = (candidate: Candidate): number => candidate.after.rows + 0.2 * candidate.cost

const namesOf = (clause: Clause | Table | Growing): readonly string[] =>
  'clause' in clause ? variablesOf(clause).map(variable => variable.name) : clause.variables

/** Comparisons of a variable with a constant that wait for this very variable, so that a scan can make them on the way. */
function conditionsOn(
  value: { readonly term: string },
  waiting: readonly (Clause | Table | Growing)[],
  source: Source,
  isBound: (name: string) => boolean,
): FusedPredicate[] {
  const name = value.term === 'variable' ? (value as Variable).name : undefined
  if (name === undefined || isBound(name)) return []
  return waiting.flatMap(clause => {
    if (!('clause' in clause) || clause.clause !== 'predicate' || clause.args.length !== 2) return []
    const [a, b] = clause.args
    const comparison = comparisonOf(clause)
    if (comparison === undefined) return []
    const left = source.constant(a)
    const right = source.constant(b)
    if (a.term === 'variable' && a.name === name && right) return [{ clause, comparison, term: b }]
    if (b.term === 'variable' && b.name === name && left) return [{ clause, comparison: FLIPPED[comparison], term: a }]
    return []
  })
}
