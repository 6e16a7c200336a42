import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { exitCodes, FountainError } from '../errors.ts'
import { type DeliveryState, deliveryStates } from '../flow.ts'
import { callControl } from '../record/control.ts'
import type { Changed, DeliveryLine } from '../record/port.ts'
import type { ShownDelivery } from '../wiring/delivery-handlers.ts'
import { dataDirectory } from './data-directory.ts'
import { deliveryText, linesText, writeMessage } from './delivery-text.ts'
import { action } from './terminal.ts'
import { several, whole } from './values.ts'

interface Options {
  readonly config?: string
  readonly data?: string
  readonly json?: boolean
}
interface ListOptions extends Options {
  readonly state?: DeliveryState
  readonly bridge?: string
  readonly subscription?: string
  readonly ivoid?: string
  readonly before?: number
  readonly limit: number
}
interface ShowOptions extends Options {
  readonly out?: string
}
interface ChangeOptions extends Options {
  readonly again?: boolean
  readonly reason?: string
  readonly receipt?: string
}

export function registerDeliveries(program: Command): void {
  const deliveries = program
    .command('deliveries')
    .description('Messages to addresses: what became of each, and what a person decides about it.')
    .addHelpText(
      'after',
      `
Examples:
  fountain deliveries list --state parked
  fountain deliveries list --ivoid 'ivo://example.org/streams/bright#123'
  fountain deliveries show 7 -o message/
  fountain deliveries retry 7 8
  fountain deliveries sent 7 --receipt 'seen in their archive'
  fountain deliveries approve 12
  fountain deliveries drop 9 --reason 'the position is wrong'

A parked delivery may have arrived. Look where \`show\` says before you decide: \`sent\` when it is there,
\`retry --again\` when it is not. Drafts are read and changed by \`fountain drafts\`.`,
    )
  const common = (command: Command): Command =>
    command
      .option('-c, --config <file>', 'the configuration of the running gateway', 'fountain.yaml')
      .option('--data <directory>', 'its data directory, instead of the configuration')
      .option('--json', 'machine output')
  const numbers = (command: Command): Command =>
    common(command).argument('<number...>', 'as `deliveries list` gives them', several(whole(1)))
  common(deliveries.command('list'))
    .description('list them, the newest first')
    .addOption(new Option('--state <state>', 'only these').choices(deliveryStates))
    .option('--bridge <name>', 'only through this bridge')
    .option('--subscription <name>', 'only of this subscription')
    .option('--ivoid <ivoid>', 'only of this event')
    .option('--before <number>', 'go on below this one', whole(1))
    .option('--limit <n>', 'at most so many', whole(1, 10_000), 100)
    .action(action(list))
  common(deliveries.command('show'))
    .argument('<number>', 'as `deliveries list` gives it', whole(1))
    .description('everything about one: the message, each attempt, what to look up')
    .option('-o, --out <directory>', 'write the message and its parts here')
    .action(action(show))
  numbers(deliveries.command('retry'))
    .description('send parked, rejected, expired or dropped ones again')
    .option('--again', 'also what must not go twice and may have arrived: somebody looked, and it is not there')
    .action(action((ids, options) => change('retry', ids, options, { again: options.again === true })))
  numbers(deliveries.command('drop'))
    .description('do not send them: held, queued, submitted or parked ones')
    .option('--reason <text>', 'why, for the record', 'dropped by the operator')
    .action(action((ids, options) => change('drop', ids, options, { reason: options.reason })))
  numbers(deliveries.command('sent'))
    .description('somebody looked, and it is there: parked or submitted ones')
    .option('--receipt <text>', 'what the other side calls it')
    .action(
      action((ids, options) =>
        change('sent', ids, options, options.receipt === undefined ? {} : { receipt: options.receipt }),
      ),
    )
  numbers(deliveries.command('approve'))
    .description('send drafts: held ones, as `drafts approve`')
    .action(action((ids, options) => change('approve', ids, options, {})))
}

const call = (options: Options, command: string, args: object): Promise<unknown> =>
  callControl(resolve(dataDirectory(options)), `deliveries.${command}`, args)

async function list(options: ListOptions): Promise<undefined> {
  const { state, bridge, subscription, ivoid, before, limit } = options
  const query = { state, bridge, subscription, ivoid, beforeId: before, limit }
  const lines = (await call(options, 'list', query)) as readonly DeliveryLine[]
  if (options.json) for (const line of lines) console.log(JSON.stringify(line))
  else if (lines.length === 0) console.log('no deliveries')
  else console.log(linesText(lines))
}

async function show(id: number, options: ShowOptions): Promise<undefined> {
  const found = (await call(options, 'show', { id })) as ShownDelivery | null
  if (found === null) throw new FountainError('NOT_FOUND', `delivery ${id}`)
  if (options.out !== undefined) {
    if (found.message === null) throw new FountainError('NOT_FOUND', `delivery ${id} has no message yet`)
    for (const path of writeMessage(found, options.out)) console.error(`wrote ${path}`)
  }
  console.log(options.json ? JSON.stringify(found) : deliveryText(found))
}

const done = { retry: 'to be sent', drop: 'dropped', sent: 'noted as sent', approve: 'to be sent' } as const

async function change(
  command: keyof typeof done,
  ids: readonly number[],
  options: ChangeOptions,
  args: object,
): Promise<number> {
  const changed = (await call(options, command, { ids, ...args })) as Changed
  if (options.json) console.log(JSON.stringify(changed))
  else {
    for (const id of changed.done) console.log(`${id} ${done[command]}`)
    for (const { id, code, reason } of changed.refused) console.error(`fountain: ${code}: ${id}: ${reason}`)
  }
  return changed.refused.length > 0 ? exitCodes.bad : exitCodes.done
}
