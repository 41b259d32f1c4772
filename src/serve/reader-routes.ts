import type { ReaderContext, Route } from './route.ts'
import { explainRoutes } from './routes/explain.ts'
import { extractRoutes } from './routes/extract.ts'
import { extractEntityRoutes } from './routes/extract-entities.ts'
import { pullRoutes } from './routes/pull.ts'
import { queryRoutes } from './routes/query.ts'
import { queryRowsRoutes } from './routes/query-rows.ts'
import { logRoutes } from './routes/transaction-log.ts'

/** What takes long, or may: it is answered by reader threads, where there are any. Where two paths fit, the earlier is meant. */
export const READER_ROUTES: readonly Route<ReaderContext>[] = [
  ...logRoutes,
  ...pullRoutes,
  ...queryRoutes,
  ...queryRowsRoutes,
  ...explainRoutes,
  ...extractEntityRoutes,
  ...extractRoutes,
]
