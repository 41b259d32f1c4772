import { afterEach, expect, test } from 'vitest'
import { createProgram } from '../../src/cli/program.ts'

const before = { ...process.env }
const forget = () => {
  for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name]
}
afterEach(forget)

test('every option of every command has a variable of its own name', async () => {
  const program = await createProgram(() => {})
  const variables = program.commands.flatMap(command =>
    command.options.map(option => [`${command.name()} ${option.long}`, option.envVar]),
  )
  expect(variables.length).toBeGreaterThan(40)
  for (const [option, variable] of variables) expect(variable, option).toMatch(/^HEARTWOOD_[A-Z_]+$/)
  expect(variables).toContainEqual(['entity --max-age', 'HEARTWOOD_MAX_AGE'])
  expect(variables).toContainEqual(['serve --kafka', 'HEARTWOOD_KAFKA'])
})

test('a command that is named is alone, and the version needs none', async () => {
  const all = (await createProgram(() => {})).commands.map(command => command.name())
  for (const name of all.filter(name => name !== 'rebuild')) {
    const { commands } = await createProgram(() => {}, [name, '--help'])
    expect(commands.map(command => command.name())).toEqual([name])
  }
  for (const typed of [['--help'], ['help', 'load'], ['lod'], ['constructor'], ['rebuild']])
    expect((await createProgram(() => {}, typed)).commands.map(command => command.name())).toEqual(all)
  expect((await createProgram(() => {}, ['--version'])).commands).toEqual([])
})

test('the environment says what the command line does not, and can say no', async () => {
  const parsed = async (env: Record<string, string>, ...args: string[]) => {
    forget()
    Object.assign(process.env, env)
    const program = await createProgram(() => {}, ['entity'])
    const entity = program.commands.find(command => command.name() === 'entity')!
    entity.action(() => {})
    await program.parseAsync(['entity', 'a:b', ...args], { from: 'user' })
    return entity.opts()
  }
  expect(await parsed({ HEARTWOOD_DATA: 'there', HEARTWOOD_JSON: '1' })).toMatchObject({ data: 'there', json: true })
  expect(await parsed({ HEARTWOOD_DATA: 'there' }, '--data', 'here')).toMatchObject({ data: 'here' })
  expect((await parsed({ HEARTWOOD_JSON: 'false' }))['json']).toBeUndefined()
})
