import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { heartwood, newFolder, startService } from '../service.ts'
import { eventFile, loadShop, removeShop } from './shop.ts'

const { data, project, events, run } = loadShop()
afterAll(removeShop)

describe('load', () => {
  it('rule 5: settles moments with --settle, and says which files begin before', () => {
    const own = join(newFolder(), 'store')
    const load = (...args: string[]) => heartwood(['load', '--data', own, '--project', project, ...args])
    const settledAt = (asOf: string) =>
      JSON.parse(
        heartwood(['entity', 'product:p1', '--data', own, '--project', project, '--as-of', asOf, '--json']).stdout,
      ).settled
    expect(load(events).stderr).toBe('')
    expect([settledAt('2024-05-02T04:00:00Z'), settledAt('2024-05-20')]).toEqual([true, false])
    expect(load(events, '--settle', '2024-06-01').stdout).toContain(
      'all moments before 2024-06-01T00:00:00.000Z are settled',
    )
    expect([settledAt('2024-05-20'), settledAt('2024-06-01')]).toEqual([true, false])
    // a second time it is so already
    expect(load(events, '--settle', '2024-05-25T00:00:00Z').stdout).toContain('before 2024-06-01T00:00:00.000Z')
    const again = load(events, '--again', '--as', 'again')
    expect(again.stderr).toBe(
      'again begins at 2024-05-01T00:00:00.000Z, but all moments before 2024-06-01T00:00:00.000Z are settled: 30 events before that become known only then, as late\n',
    )
    expect(heartwood(['stats', '--data', own, '--project', project]).stdout).toMatch(/late events +30\n/)
    const piped = heartwood(
      ['load', '-', '--as', 'piped', '--data', own, '--project', project],
      eventFile().split('\n').slice(0, 2).join('\n'),
    )
    expect(piped.stderr).toContain('its events before that become known only then')
    for (const [moment, words] of [
      ['2999-01-01', 'has not come yet'],
      ['12', '12 is a t'],
      ['yesterday', 'is no moment'],
    ]) {
      const refused = load(events, '--settle', moment)
      expect([refused.status, refused.stderr]).toEqual([2, expect.stringContaining(words)])
    }
  })
})

describe('backup and restore', () => {
  it('bring a store back as a branch, which answers the same and goes on', () => {
    const folder = newFolder()
    const [backup, restored] = [join(folder, 'backup'), join(folder, 'restored')]
    const { store } = JSON.parse(run('stats', '--json').stdout)
    expect(run2('backup', '--out', backup, '--data', data)).toEqual([
      0,
      expect.stringMatching(/^copied .* up to t 30: /),
    ])
    expect(run2('restore', backup, '--data', restored)).toEqual([0, expect.stringContaining(store.replace(/0$/, ''))])
    const at = (place: string) => heartwood(['log', '--data', place, '--project', project, '--json']).stdout
    expect(at(restored)).toBe(at(data))
    expect(at(backup)).toBe(at(data))
    const load = heartwood(['load', events, '--as', 'again', '--again', '--data', restored, '--project', project])
    expect([load.status, load.stdout]).toEqual([0, expect.stringContaining('up to t 60')])
    const into = heartwood(['load', events, '--data', backup, '--project', project])
    expect([into.status, into.stderr]).toEqual([4, expect.stringContaining('is a backup: it can be read')])
    const twice = heartwood(['backup', '--out', backup, '--data', data])
    expect([twice.status, twice.stderr]).toEqual([2, expect.stringContaining('is not empty')])
    const none = heartwood(['restore', folder, '--data', join(folder, 'x')])
    expect([none.status, none.stderr]).toEqual([4, expect.stringContaining('there is no backup in')])
  })
})

const run2 = (...args: string[]) => {
  const { status, stdout } = heartwood(args)
  return [status, stdout]
}

describe('a server and the store itself', () => {
  it('say the same, to the byte, of every route that a command prints', async () => {
    const service = await startService(['--data', data, '--project', project])
    const commands = [
      ['entity', 'product:p1', '--as-of', '20', '--ages'],
      ['entity', 'sale:s3', '--as-of', '2024-05-02', '--attributes', 'product{price}'],
      ['history', 'product:p1', '--attribute', 'price', '--as-of', '20'],
      ['log', '--from', '3', '--to', '9', '--limit', '4'],
      ['dead-letters', '--reason', 'invalid-event'],
    ]
    for (const command of commands) {
      const asked = heartwood([...command, '--json', '--url', service.url])
      expect([asked.status, asked.stderr], command.join(' ')).toEqual([0, ''])
      // a server writes to the store meanwhile
      expect(run(...command, '--json').stdout, command.join(' ')).toBe(asked.stdout)
    }
    expect(run('status').stdout).toContain(
      `written by      process ${service.process.pid}, which serves ${service.url}`,
    )
    const stranger = heartwood(['entity', 'product:p9', '--url', service.url])
    expect([stranger.status, stranger.stderr]).toEqual([1, 'product:p9 was never mentioned by any event\n'])
    expect(await service.end('SIGTERM')).toBe(0)
  })
})
