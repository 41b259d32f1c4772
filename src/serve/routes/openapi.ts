import { openApi } from '../openapi/document.ts'
import { anything, mapOf } from '../openapi/schema.ts'
import { JSON_TYPE, jsonReply, type Route } from '../route.ts'

/** `GET /openapi.json`: what `routes` are, itself among them. */
export const openApiRoute = (routes: () => readonly Route[]): Route => ({
  ...{ method: 'GET', path: '/openapi.json', summary: 'This document.' },
  ...{ parameters: [], gives: { [JSON_TYPE]: mapOf(anything) }, refuses: [] },
  handle: (_, { about }) => jsonReply(openApi(routes(), about())),
})
