import type { Command } from 'commander'
import { exitCodes } from '../errors.ts'
import type { SubscriptionLine } from '../record/port.ts'
import { peopleCall } from './people-call.ts'
import { action } from './terminal.ts'

interface Options {
  readonly config?: string
  readonly data?: string
  readonly json?: boolean
}

export function registerSubscriptions(program: Command): void {
  const subscriptions = program
    .command('subscriptions')
    .description('Subscriptions: which are active, which are paused, and which somebody has ended.')
    .addHelpText(
      'after',
      `
Examples:
  fountain subscriptions list
  fountain subscriptions pause bright-email-3f2a91c0
  fountain subscriptions resume bright-email-3f2a91c0

What comes while one is paused is left out, and counted. One of the configuration that somebody ended by the link in a
message stays ended until it is resumed: do so when they asked for it. A user's own that was ended stays ended.
The commands work beside a running gateway and without one.`,
    )
  const common = (command: Command): Command =>
    command
      .option('-c, --config <file>', 'the configuration of the gateway', 'fountain.yaml')
      .option('--data <directory>', 'its data directory, instead of the configuration')
      .option('--json', 'machine output')
  common(subscriptions.command('list')).description('list them, with their state').action(action(list))
  for (const [verb, what, done] of [
    ['pause', 'nothing new is sent until it is resumed', 'is paused'],
    ['resume', 'goes on; also one of the configuration that was ended', 'goes on'],
  ] as const) {
    common(subscriptions.command(verb))
      .argument('<name>', 'as `list` gives it')
      .description(what)
      .action(
        action(async (name: string, options: Options) => {
          await peopleCall(options, `subscriptions.${verb}`, { name })
          console.log(
            options.json ? JSON.stringify({ name, state: verb === 'pause' ? 'paused' : 'active' }) : `${name} ${done}`,
          )
          return exitCodes.done
        }),
      )
  }
}

async function list(options: Options): Promise<number> {
  const lines = (await peopleCall(options, 'subscriptions.list')) as readonly SubscriptionLine[]
  if (lines.length === 0 && !options.json) console.log('no subscriptions')
  for (const line of lines) console.log(options.json ? JSON.stringify(line) : text(line))
  return exitCodes.done
}

function text({ name, owner, state, stateMs }: SubscriptionLine): string {
  const since = stateMs === null ? '' : `since ${new Date(stateMs).toISOString().slice(0, 16)}Z`
  return `${name.padEnd(32)} ${owner.padEnd(16)} ${(state === 'unsubscribed' ? 'ended' : state).padEnd(8)} ${since}`.trimEnd()
}
