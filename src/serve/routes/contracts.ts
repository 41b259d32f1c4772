import { FactError } from '../../base/error.ts'
import { anything, list as listOf, mapOf, named, oneOf } from '../openapi/schema.ts'
import { JSON_TYPE, jsonReply, type Route } from '../route.ts'

const list: Route = {
  ...{ method: 'GET', path: '/contracts', summary: 'The contracts, and what was seen of each.' },
  ...{ parameters: [], gives: { [JSON_TYPE]: listOf(named('Contract')) }, refuses: [] },
  handle: async (_, { database }) => jsonReply(await database.contractList()),
}

const one: Route = {
  ...{
    method: 'GET',
    path: '/contracts/:namespace/:name/:version',
    summary: 'One contract, or the shape of its events.',
  },
  parameters: [
    { name: 'format', doc: '`jsonschema` is the JSON Schema of its events.', schema: oneOf('json', 'jsonschema') },
  ],
  ...{ gives: { [JSON_TYPE]: mapOf(anything) }, refuses: ['not-found'] },
  async handle({ request, parameters }, { database }) {
    const { namespace, name, version } = request.params
    const format = parameters.text('format') ?? 'json'
    if (format !== 'json' && format !== 'jsonschema')
      throw new FactError('argument', `format is json or jsonschema, and ${JSON.stringify(format)} is neither`)
    return jsonReply(await database.contract(`${namespace}/${name}`, version, format))
  },
}

export const contractRoutes: readonly Route[] = [list, one]
