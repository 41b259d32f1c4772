import { Command, type Option } from 'commander'

/** What the environment says for "no" of an option that takes no value. */
const NO = ['', '0', 'false', 'no']

/** A command whose every option also has a variable: `HEARTWOOD_MAX_AGE` for `--max-age`. The command line comes first. */
export class EnvCommand extends Command {
  override addOption(option: Option): this {
    if (option.envVar === undefined) option.env(`HEARTWOOD_${option.name().replaceAll('-', '_').toUpperCase()}`)
    const flag = !option.required && !option.optional
    const said = process.env[option.envVar!]
    if (flag && said !== undefined && NO.includes(said.toLowerCase())) delete process.env[option.envVar!]
    return super.addOption(option)
  }
}
