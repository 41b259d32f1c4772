import { FactError } from '../../base/error.ts'
import { hint, nearest } from '../../base/nearest.ts'
import type { Schema } from '../../model/schema.ts'
import type { Clause, ParsedQuery } from '../language/ast.ts'
import { SCHEMA_SOURCE } from '../language/schema-source.ts'

const refuse = (words: string): never => {
  throw new FactError('cannot-shard', words)
}

/**
 * The entity variable by which an extract of this query is cut: the declared one (with its question mark), else the only one in `:find`.
 * Throws `cannot-shard` with the reason and what to do.
 */
export function shardVariable(query: ParsedQuery, schema: Schema, declared?: string | null): string {
  if (query.shape !== 'relation') refuse(`a ${query.shape} cannot be cut into shards; find a relation: [:find ?e ?x …]`)
  if (query.limit !== null || query.offset !== null)
    refuse('a query with :limit or :offset cannot be cut into shards: each shard would be limited by itself')
  const chance = query.find.find(
    element => element.find === 'aggregate' && (element.name === 'rand' || element.name === 'sample'),
  )
  if (chance !== undefined)
    refuse(`${chance.text} cannot be cut into shards: chance would depend on how many there are`)
  const entities = entityVariables(query.where, schema)
  const plain = query.find.filter(element => element.find === 'variable').map(element => element.variable.name)
  if (declared !== undefined && declared !== null) return checkDeclared(declared, query, entities, plain)
  const [only, ...others] = [...new Set(plain)].filter(name => entities.has(name))
  if (only === undefined) {
    return refuse(
      'no entity variable stands in :find, and so nothing tells to which shard a row belongs; add the entity to :find, or name it by :shard-by',
    )
  }
  if (others.length > 0)
    refuse(
      `several entity variables stand in :find (${[only, ...others].join(', ')}); say by :shard-by which one cuts the shards`,
    )
  return only
}

function checkDeclared(
  declared: string,
  query: ParsedQuery,
  entities: ReadonlySet<string>,
  plain: readonly string[],
): string {
  if (!entities.has(declared)) {
    refuse(
      `:shard-by ${declared} is no entity variable that a data pattern of the query binds.${hint(nearest(declared, entities))}`,
    )
  }
  if (plain.includes(declared)) return declared
  if (query.find.some(element => element.find === 'aggregate')) {
    refuse(
      `with aggregates, :shard-by ${declared} must itself stand in :find, or else a group would be spread over shards`,
    )
  }
  if (query.with.some(variable => variable.name === declared))
    refuse(`:shard-by ${declared} stands in :with only; put it in :find`)
  return declared
}

/** Variables that some data pattern binds to an entity, those of nested lists with variables of their own left out. */
function entityVariables(clauses: readonly Clause[], schema: Schema): Set<string> {
  const found = new Set<string>()
  for (const clause of clauses) {
    if (clause.clause === 'pattern') {
      if (clause.entity.term === 'variable') found.add(clause.entity.name)
      if (clause.value.term === 'variable' && schema.find(clause.ident)?.type.base === 'ref')
        found.add(clause.value.name)
    } else if (clause.clause === 'places' && clause.source !== SCHEMA_SOURCE) {
      const [entity] = clause.terms
      if (entity.term === 'variable') found.add(entity.name)
    } else if (clause.clause === 'or') {
      const join = clause.join === null ? null : new Set(clause.join.map(variable => variable.name))
      for (const branch of clause.branches)
        for (const name of entityVariables(branch, schema)) if (join === null || join.has(name)) found.add(name)
    }
  }
  return found
}
