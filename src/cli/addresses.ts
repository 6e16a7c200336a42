import type { Command } from 'commander'
import { exitCodes } from '../errors.ts'
import type { AddressLine } from '../record/people-port.ts'
import { peopleCall } from './people-call.ts'
import { action } from './terminal.ts'
import { whole } from './values.ts'

interface Options {
  readonly config?: string
  readonly data?: string
  readonly json?: boolean
}

export function registerAddresses(program: Command): void {
  const addresses = program
    .command('addresses')
    .description('Addresses that were asked whether they want messages, and those that get none any more.')
    .addHelpText(
      'after',
      `
Examples:
  fountain addresses list --suppressed
  fountain addresses release email ada@example.org

An address is suppressed when it was refused for good (a hard bounce). Release it when you know that it works again.`,
    )
  const common = (command: Command): Command =>
    command
      .option('-c, --config <file>', 'the configuration of the gateway', 'fountain.yaml')
      .option('--data <directory>', 'its data directory, instead of the configuration')
      .option('--json', 'machine output')
  common(addresses.command('list'))
    .description('list them, with the reason')
    .option('--suppressed', 'only those that get nothing')
    .option('--limit <n>', 'at most so many', whole(1, 100_000), 1_000)
    .action(action(list))
  common(addresses.command('release'))
    .argument('<bridge>', 'its name in the configuration')
    .argument('<address>', 'as `list` gives it')
    .description('messages may go there again')
    .action(action(release))
}

async function list(options: Options & { readonly suppressed?: boolean; readonly limit: number }): Promise<number> {
  const lines = (await peopleCall(options, 'addresses.list', {
    limit: options.limit,
    ...(options.suppressed ? { suppressed: true } : {}),
  })) as AddressLine[]
  if (lines.length === 0 && !options.json) console.log('no addresses')
  for (const line of lines) console.log(options.json ? JSON.stringify(line) : text(line))
  return exitCodes.done
}

function text({ bridge, address, askedMs, confirmedFor, suppressedMs, suppressedReason }: AddressLine): string {
  const time = (ms: number): string => new Date(ms).toISOString().slice(0, 16)
  const state =
    suppressedMs !== null
      ? `suppressed ${time(suppressedMs)}: ${suppressedReason ?? ''}`
      : confirmedFor.length > 0
        ? `confirmed for ${confirmedFor.join(', ')}`
        : `asked ${askedMs === null ? '' : time(askedMs)}`
  return `${bridge.padEnd(12)} ${shown(address).padEnd(32)} ${state}`
}

const shown = (address: unknown): string => (typeof address === 'string' ? address : JSON.stringify(address))

async function release(bridge: string, given: string, options: Options): Promise<number> {
  await peopleCall(options, 'addresses.release', { bridge, address: parsed(given) })
  if (!options.json) console.log(`${given} gets messages again`)
  return exitCodes.done
}

/** An address that is more than a word is written as JSON. */
function parsed(given: string): unknown {
  try {
    const value: unknown = JSON.parse(given)
    return typeof value === 'object' ? value : given
  } catch {
    return given
  }
}
