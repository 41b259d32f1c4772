/** The work of the thread that writes: it holds the store, takes in events, and tells what only it knows. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { machineClock } from '../../base/clock.ts'
import { FactError } from '../../base/error.ts'
import { toFailure } from '../../base/failure.ts'
import { standBack } from '../../base/stand-back.ts'
import { openDatabase, type WritableDatabase } from '../../database/database.ts'
import type { LetterChoice } from '../../database/letters.ts'
import { nextSteps } from '../next-steps.ts'
import { gapsAccepted } from './gap-work.ts'
import { discarded, replayed } from './letter-work.ts'
import { Pauses } from './pauses.ts'
import { lasting, type Says, takeIn } from './taking-in.ts'
import type { FromWriter, ToWriter, Wanted, WriterStart } from './wire.ts'

/** How often files of queries and rules are looked at for changes. */
const LOOK_MS = 1000

const { place, limits, letterBytes, takings, nice } = workerData as WriterStart
const port = parentPort!
const tell = (message: FromWriter, transfer: readonly MessagePort[] = []): void => port.postMessage(message, transfer)
const log: Says['log'] = (level, words) => tell({ logged: { level, words, about: { source: 'kafka' } } })
const warn = (words: string, err?: unknown): void =>
  tell({ logged: { level: 'warn', words, about: err === undefined ? {} : { err: toFailure(err) } } })

const stopping = new AbortController()
let taking: Promise<void> = Promise.resolve()
const pauses = new Pauses()
/** Work on dead letters and gaps, one after the other. */
let working: Promise<unknown> = Promise.resolve()

function answer(database: WritableDatabase, id: number, method: Wanted, args: readonly unknown[]): void {
  try {
    if (method === 'share') {
      const { shared, transfer } = database.share()
      return tell({ answer: id, value: { shared, transfer } }, transfer)
    }
    if (method === 'replay' || method === 'discard' || method === 'acceptGap')
      return later(id, () => workOf(database, method, args))
    const named = database[method].bind(database) as (...args: readonly unknown[]) => unknown
    tell({ answer: id, value: named(...args) })
  } catch (error) {
    tell({ answer: id, failed: toFailure(error) })
  }
}

/** Dead letters are worked on while events are taken in, gaps while nothing is read of Kafka. */
async function workOf(
  database: WritableDatabase,
  method: 'replay' | 'discard' | 'acceptGap',
  args: readonly unknown[],
): Promise<unknown> {
  const connection = takings.kafka?.connection ?? null
  if (method !== 'acceptGap') {
    const [choice, why] = args as [LetterChoice, string]
    return method === 'replay' ? replayed(database, choice, connection) : discarded(database, choice, why)
  }
  if (connection === null)
    throw new FactError('argument', 'this server reads no Kafka; start it with --kafka HOST:PORT')
  return pauses.run(() => gapsAccepted(database, args[0] as string, connection))
}

function later(id: number, work: () => Promise<unknown>): void {
  working = working.then(work).then(
    value => tell({ answer: id, value }),
    error => tell({ answer: id, failed: toFailure(error) }),
  )
}

/** Reads what changed in the project, and keeps it and what was counted meanwhile. What goes wrong there stops nothing. */
function look(database: WritableDatabase): void {
  try {
    const before = database.sharedQueries()
    for (const words of database.reloadQueries()) warn(`what was in force stays so: ${words}`)
    const queries = database.sharedQueries()
    if (queries !== before) tell({ queries })
  } catch (err) {
    warn('the files of the project cannot be read; what was in force stays so', err)
  }
  database.flush().catch(err => warn('versions of queries and counts of runs could not be kept; tried again', err))
}

/** Takes in events until there are no more, or it is told to stop. */
async function take(database: WritableDatabase, url: string): Promise<void> {
  const says: Says = {
    ...{ log, tell: words => tell({ told: words }), warn: words => tell({ warned: words }) },
    report: report => tell({ report }),
    line: { show: words => tell({ line: words }), clear: () => tell({ line: null }) },
  }
  try {
    const ready = () => {
      tell({ ready: true })
      if (!stopping.signal.aborted) says.tell(nextSteps(database, url))
    }
    await takeIn(database, takings, place.project, stopping.signal, says, ready, pauses)
  } catch (error) {
    if (!lasting(error)) return tell({ failed: toFailure(error) })
    says.warn(
      `taking in events has stopped: ${error.message}. What is known stays readable; start anew once this is mended.`,
    )
  }
}

async function stop(database: WritableDatabase, looking: ReturnType<typeof setInterval>): Promise<void> {
  stopping.abort()
  clearInterval(looking)
  try {
    await taking
    await working
    await database.flush(true).catch(err => warn('counts of runs could not be kept', err))
    await database.close()
    tell({ closed: true })
  } catch (error) {
    tell({ failed: toFailure(error) })
  }
  port.close()
}

async function work(): Promise<void> {
  const database = await openDatabase({
    ...{ ...place, clock: machineClock, readOnly: false, limits, letterBytes },
    onVisible: visible => tell({ visible }),
  })
  // not before, since whoever starts it waits for the opening
  standBack(nice)
  const looking = setInterval(() => look(database), LOOK_MS)
  port.on('message', (message: ToWriter) => {
    if ('ask' in message) answer(database, message.ask, message.method, message.args)
    else if ('runs' in message) for (const run of message.runs) database.noteRun(...run)
    else if ('served' in message) {
      database.announce(message.served, message.collect)
      taking = take(database, message.served)
    } else void stop(database, looking)
  })
  const { shared, transfer } = database.share()
  const faults = database.projectFaults().map(({ message }) => message)
  tell({ opened: { shared, visible: database.visible(), recovered: database.recovered, faults } }, transfer)
}

await work().catch(error => tell({ failed: toFailure(error) }))
