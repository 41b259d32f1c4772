import { isFixed } from '../check/expand.ts'
import type { Clause, RuleBranch, RuleRelation, Variable } from '../language/ast.ts'
import { mapVariables, variablesOf } from '../language/clause-terms.ts'

/**
 * The shape `p(s, u) <- base(s, u)` and `p(s, u) <- step(s, t), p(t, u)`, to which most rules that reach themselves come down, mirrored or
 * not. Such a rule is a walk over a graph: steps are found once for each node, and walks visit each node once for each origin.
 */
export interface ClosureShape {
  /** Places of s and u in the head. */
  readonly from: number
  readonly to: number
  readonly bases: readonly RuleBranch[]
  readonly steps: readonly {
    readonly branch: RuleBranch
    readonly clauses: readonly Clause[]
    readonly via: Variable
  }[]
  /** `p(s, u) <- p(s, t), p(t, u)`: a step is a base. */
  readonly stepIsBase: boolean
}

/** The shape of a rule, or undefined where it has another one. */
export function closureShape(relation: RuleRelation): ClosureShape | undefined {
  if (relation.head.length !== 2) return undefined
  const bases: RuleBranch[] = []
  const steps: { branch: RuleBranch; clauses: readonly Clause[]; via: Variable; from: number }[] = []
  let both = false
  for (const branch of relation.branches) {
    const calls = branch.clauses.filter(
      clause => clause.clause === 'call' && clause.relation.component === relation.component,
    )
    if (calls.length === 0) bases.push(branch)
    else if (calls.length === 1) {
      const [call] = calls
      if (call.clause !== 'call' || call.relation !== relation) return undefined
      const clauses = branch.clauses.filter(clause => clause !== call)
      const used = new Set(clauses.flatMap(variablesOf).map(({ name }) => name))
      const from = [0, 1].find(place => {
        const kept = relation.head[1 - place].name
        const via = call.args[place].name
        return call.args[1 - place].name === kept && !used.has(kept) && used.has(via) && !isHead(relation, via)
      })
      if (from === undefined) return undefined
      steps.push({ branch, clauses, via: call.args[from], from })
    } else if (calls.length === 2 && branch.clauses.length === 2 && isChain(relation, branch.clauses)) both = true
    else return undefined
  }
  if (both ? steps.length > 0 : steps.length === 0 || steps.some(({ from }) => from !== steps[0].from)) return undefined
  const from = both ? 0 : steps[0].from
  const stepIsBase =
    both || (bases.length === 1 && steps.length === 1 && isSame(relation, bases[0], steps[0], 1 - from))
  return { from, to: 1 - from, bases, steps: stepIsBase ? [] : steps, stepIsBase }
}

/** Whether a step is the base with the node on the way in place of the end. */
function isSame(
  relation: RuleRelation,
  base: RuleBranch,
  step: { readonly clauses: readonly Clause[]; readonly via: Variable },
  to: number,
): boolean {
  const numbered = (clauses: readonly Clause[], end: string): string => {
    const names = new Map([
      [end, 'end'],
      ...relation.head.filter((_, i) => i !== to).map(({ name }): [string, string] => [name, 'start']),
    ])
    const renamed = clauses.map(clause =>
      mapVariables(clause, variable => {
        if (!isFixed(variable.name) && !names.has(variable.name)) names.set(variable.name, String(names.size))
        return { ...variable, name: names.get(variable.name) ?? variable.name }
      }),
    )
    return JSON.stringify(renamed, (key, value) =>
      key === 'at' || key === 'identAt'
        ? undefined
        : typeof value === 'bigint'
          ? `${value}n`
          : key === 'relation'
            ? [...others(value)]
            : value,
    )
  }
  return numbered(base.clauses, relation.head[to].name) === numbered(step.clauses, step.via.name)
}

/** Calls of other relations are the same only where that is. */
const others = ({ name, source }: RuleRelation): string[] => [name, source]

const isHead = (relation: RuleRelation, name: string): boolean => relation.head.some(variable => variable.name === name)

function isChain(relation: RuleRelation, clauses: readonly Clause[]): boolean {
  const [x, y] = relation.head.map(variable => variable.name)
  return [clauses, [...clauses].reverse()].some(([a, b]) => {
    if (a.clause !== 'call' || b.clause !== 'call' || a.relation !== relation || b.relation !== relation) return false
    const via = a.args[1].name
    return a.args[0].name === x && b.args[1].name === y && b.args[0].name === via && !isHead(relation, via)
  })
}
