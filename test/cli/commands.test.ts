/** What all commands share: help, usage errors, the version. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { fountain, scratch } from './run-cli.ts'

const commands = [
  'demo',
  'run',
  'check',
  'convert',
  'picture',
  'validate',
  'send',
  'listen',
  'status',
  'deliveries',
  'drafts',
  'retract',
  'user',
  'group',
  'addresses',
  'bounce',
  'dead',
  'archive',
  'webhook-key',
  'simulate',
]

describe('every command', () => {
  it.each(commands)('%s --help says what it is for, with examples', async (command) => {
    const { code, stdout, stderr } = await fountain([command, '--help'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const [usage, , description] = stdout.split('\n')
    expect(usage).toMatch(new RegExp(`^Usage: fountain ${command} `))
    expect(description).toMatch(/^[A-Z][\s\S]{20,}/)
    expect(stdout).toMatch(new RegExp(`Examples:\\n( {2}.+\\n)* {2}(\\S+=\\S+ )?fountain ${command} ?`))
  })

  const asked = commands.map(
    (command) =>
      ({ picture: 'picture -o x x', retract: 'retract --reason x x', 'webhook-key': 'webhook-key x' })[command] ??
      command,
  )
  it.each([...asked, 'dead list'])('%s refuses an option that it does not have', async (command) => {
    const { code, stdout, stderr } = await fountain([...command.split(' '), '--no-such-option'])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain("unknown option '--no-such-option'")
    expect(stderr).toContain('--help')
  })
})

describe('fountain', () => {
  it('lists every command', async () => {
    const { code, stdout } = await fountain(['--help'])
    expect(code).toBe(0)
    for (const command of commands) expect(stdout).toMatch(new RegExp(`^  ${command} `, 'm'))
  })

  it('alone is no command: help to standard error', async () => {
    const { code, stdout, stderr } = await fountain([])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(/^Usage: fountain/)
  })

  it('refuses an unknown command and proposes the near one', async () => {
    const { code, stderr } = await fountain(['lissten'])
    expect(code).toBe(2)
    expect(stderr).toContain("unknown command 'lissten'")
    expect(stderr).toContain('(Did you mean listen?)')
  })

  it('says its version', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
    expect(await fountain(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' })
  })

  it.each([
    ['send', '--port', 'eighty', 'x.xml'],
    ['send', '--port', '70000', 'x.xml'],
    ['send', '--timeout', '-1', 'x.xml'],
    ['listen', '127.0.0.1', '--count', 'many'],
    ['listen', '127.0.0.1:99999'],
    ['listen', 'no host'],
    ['demo', '--factor', '0'],
    ['demo', '--factor', 'fast'],
    ['demo', '--seed', '1.5'],
    ['demo', '--for', 'ever'],
    ['simulate', '--out', 'x', '--visits', '0'],
    ['simulate', '--out', 'x', '--alerts', 'lots'],
    ['simulate', '--out', 'x', '--seed', '-1'],
    ['simulate'],
    ['convert', '--to', 'votable', 'x.avro'],
    ['convert', '--from', 'sdss', 'x.avro'],
    ['convert', '--authority', 'a b', 'x.avro'],
    ['validate', '--version', '1.1', 'x.xml'],
    ['dead', 'show', 'three'],
    ['dead', 'retry'],
    ['dead', 'retry', '1.5'],
    ['dead', 'list', '--limit', '0'],
    ['dead', 'list', '--state', 'undead'],
  ])('%s %s %s %s: a value that cannot be is USAGE, exit code 2, at once', async (...args) => {
    const { code, stdout, stderr } = await fountain(
      args.filter((arg) => arg !== undefined),
      { cwd: scratch() },
    )
    expect(stderr).toMatch(/^fountain: USAGE: /)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  })
})
