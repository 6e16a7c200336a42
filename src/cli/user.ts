import { type Command, InvalidArgumentError, Option } from 'commander'
import { exitCodes } from '../errors.ts'
import type { Scope, TokenLine, UserLine } from '../record/people-port.ts'
import { newToken, scopes } from '../serve/tokens.ts'
import { systemClock } from '../system-clock.ts'
import { peopleCall } from './people-call.ts'
import { action } from './terminal.ts'
import { whole } from './values.ts'

interface Options {
  readonly config?: string
  readonly data?: string
  readonly json?: boolean
}
interface AddOptions extends Options {
  readonly admin?: boolean
  readonly email?: string
}
interface TokenOptions extends Options {
  readonly name: string
  readonly scope?: readonly Scope[]
  readonly expires?: number
}

const dayMs = 86_400_000
const common = (command: Command): Command =>
  command
    .option('-c, --config <file>', 'the configuration of the gateway', 'fountain.yaml')
    .option('--data <directory>', 'its data directory, instead of the configuration')
    .option('--json', 'machine output')

export function registerUser(program: Command): void {
  const user = program
    .command('user')
    .description('Users and the tokens that stand for them.')
    .addHelpText(
      'after',
      `
Examples:
  fountain user add ada --email ada@example.org
  fountain user token ada --name laptop --expires 90d
  fountain user token ada --name monitor --scope read
  fountain user tokens ada
  fountain user revoke 3
  fountain user disable ada

A token is shown once. Scopes: ${scopes.join(', ')}.
The commands work beside a running gateway and without one.`,
    )
  common(user.command('add'))
    .argument('<name>')
    .description('add a user')
    .option('--admin', 'who may do everything')
    .option('--email <address>', 'where to reach them')
    .action(action(add))
  common(user.command('list')).description('list users and their groups').action(action(list))
  common(user.command('disable'))
    .argument('<name>')
    .description('their tokens stop working, their filters and subscriptions rest')
    .action(action((name: string, options: Options) => say(options, 'user.disable', { name }, `${name} is disabled`)))
  common(user.command('enable'))
    .argument('<name>')
    .description('the other way round')
    .action(action((name: string, options: Options) => say(options, 'user.enable', { name }, `${name} is enabled`)))
  common(user.command('token'))
    .argument('<user>')
    .description('make a token; it is shown once')
    .option('--name <name>', 'what it is for', 'token')
    .addOption(
      new Option('--scope <scope...>', 'what it allows; by default all that its user may do').choices([...scopes]),
    )
    .option('--expires <time>', 'after so long (90d, 12h), or on a date (2027-01-31); never by default', expiry)
    .action(action(token))
  common(user.command('tokens'))
    .argument('[user]')
    .description('list tokens, never the tokens themselves')
    .action(action(tokens))
  common(user.command('revoke'))
    .argument('<number>', 'as `user tokens` gives it', whole(1))
    .description('a token ends at once')
    .action(action((id: number, options: Options) => say(options, 'user.revoke', { id }, `token ${id} is revoked`)))
}

export function registerGroup(program: Command): void {
  const group = program
    .command('group')
    .description('Groups: their members see and change what is shared with them.')
    .addHelpText(
      'after',
      `
Examples:
  fountain group add supernovae
  fountain group join supernovae ada`,
    )
  common(group.command('add'))
    .argument('<name>')
    .description('add a group')
    .action(action((name: string, options: Options) => say(options, 'group.add', { name }, `group ${name} is added`)))
  for (const verb of ['join', 'leave'] as const) {
    common(group.command(verb))
      .argument('<group>')
      .argument('<user>')
      .description(verb === 'join' ? 'a user becomes a member' : 'a user is a member no longer')
      .action(
        action((group: string, user: string, options: Options) =>
          say(options, `group.${verb}`, { group, user }, `${user} ${verb === 'join' ? 'joined' : 'left'} ${group}`),
        ),
      )
  }
  common(group.command('list'))
    .description('list groups and their members')
    .action(
      action(async (options: Options) => {
        const groups = (await peopleCall(options, 'group.list')) as { name: string; members: string[] }[]
        print(options, groups, ({ name, members }) => `${name.padEnd(20)} ${members.join(', ')}`, 'no groups')
        return exitCodes.done
      }),
    )
}

/** Does something, and says that it was done. */
async function say(options: Options, command: string, args: object, done: string): Promise<number> {
  await peopleCall(options, command, args)
  if (!options.json) console.log(done)
  return exitCodes.done
}

function print<Row>(options: Options, rows: readonly Row[], text: (row: Row) => string, none: string): void {
  if (rows.length === 0 && !options.json) console.log(none)
  for (const row of rows) console.log(options.json ? JSON.stringify(row) : text(row))
}

const add = (name: string, options: AddOptions): Promise<number> =>
  say(
    options,
    'user.add',
    { name, role: options.admin ? 'admin' : 'user', email: options.email ?? null },
    `${name} is added; \`fountain user token ${name}\` makes a token`,
  )

async function list(options: Options): Promise<number> {
  const users = (await peopleCall(options, 'user.list')) as UserLine[]
  const text = ({ name, role, groups, email, disabledMs }: UserLine): string =>
    `${name.padEnd(20)} ${(disabledMs === null ? role : 'disabled').padEnd(8)} ${groups.join(', ').padEnd(20)} ${email ?? ''}`.trimEnd()
  print(options, users, text, 'no users')
  return exitCodes.done
}

async function token(user: string, options: TokenOptions): Promise<number> {
  const { token, hash } = newToken()
  const granted = options.scope ?? (await defaultScopes(user, options))
  const made = { user, name: options.name, scopes: [...new Set(granted)], expiresMs: options.expires ?? null }
  const { id } = (await peopleCall(options, 'user.token', { ...made, hash: hash.toString('hex') })) as { id: number }
  if (options.json) console.log(JSON.stringify({ id, ...made, token }))
  else {
    console.error(`token ${id} of ${user} (${made.scopes.join(', ')}), shown once:`)
    console.log(token)
  }
  return exitCodes.done
}

async function defaultScopes(name: string, options: Options): Promise<readonly Scope[]> {
  const users = (await peopleCall(options, 'user.list')) as UserLine[]
  const isAdmin = users.find((user) => user.name === name)?.role === 'admin'
  return scopes.filter((scope) => scope !== 'admin' || isAdmin)
}

async function tokens(user: string | undefined, options: Options): Promise<number> {
  const lines = (await peopleCall(options, 'user.tokens', user === undefined ? {} : { user })) as TokenLine[]
  const nowMs = systemClock.now()
  print(options, lines, (line) => tokenText(line, nowMs), 'no tokens')
  return exitCodes.done
}

function tokenText({ id, user, name, scopes, expiresMs, revokedMs, usedMs }: TokenLine, nowMs: number): string {
  const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10)
  const state =
    revokedMs !== null
      ? `revoked ${day(revokedMs)}`
      : expiresMs === null
        ? 'holds'
        : `${expiresMs <= nowMs ? 'expired' : 'until'} ${day(expiresMs)}`
  const used = usedMs === null ? 'never used' : `used ${day(usedMs)}`
  return `${String(id).padStart(5)} ${user.padEnd(16)} ${name.padEnd(16)} ${state.padEnd(18)} ${used.padEnd(15)} ${scopes.join(', ')}`
}

/** '90d', '12h' or a date to milliseconds since the epoch. */
function expiry(text: string): number {
  const [, count, unit] = /^(\d{1,5})([hd])$/.exec(text) ?? []
  const atMs =
    count === undefined
      ? /^\d{4}-\d{2}-\d{2}$/.test(text)
        ? Date.parse(text)
        : Number.NaN
      : systemClock.now() + Number(count) * (unit === 'd' ? dayMs : dayMs / 24)
  if (Number.isNaN(atMs)) throw new InvalidArgumentError('It must be like 90d, 12h or 2027-01-31.')
  if (atMs <= systemClock.now()) throw new InvalidArgumentError('That is past.')
  return Math.trunc(atMs)
}
