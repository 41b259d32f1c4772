import { FactError } from '../../base/error.ts'
import { JSON_TYPE, jsonReply, type Route } from '../route.ts'

const list: Route = {
  ...{ method: 'GET', path: '/contracts', parameters: [], produces: [JSON_TYPE] },
  handle: async (_, { database }) => jsonReply(await database.contractList()),
}

const one: Route = {
  ...{ method: 'GET', path: '/contracts/:namespace/:name/:version', parameters: ['format'], produces: [JSON_TYPE] },
  async handle({ request, parameters }, { database }) {
    const { namespace, name, version } = request.params
    const format = parameters.text('format') ?? 'json'
    if (format !== 'json' && format !== 'jsonschema')
      throw new FactError('argument', `format is json or jsonschema, and ${JSON.stringify(format)} is neither`)
    return jsonReply(await database.contract(`${namespace}/${name}`, version, format))
  },
}

export const contractRoutes: readonly Route[] = [list, one]
