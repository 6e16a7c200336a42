import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { type ErrorCode, errorTable, exitCodes, FountainError } from '../errors.ts'
import { callControl } from '../record/control.ts'
import type { DeadLetter } from '../record/port.ts'
import type { RetryResult } from '../tasks/retry-dead.ts'
import { dataDirectory } from './data-directory.ts'
import { action } from './terminal.ts'
import { several, whole } from './values.ts'

interface Options {
  readonly config?: string
  readonly data?: string
  readonly json?: boolean
  readonly state?: 'dead' | 'parked' | 'retried'
  readonly limit: number
  readonly out?: string
  readonly all?: boolean
}

export function registerDead(program: Command): void {
  const dead = program
    .command('dead')
    .description('Packets that could not be used: kept whole, with the reason.')
    .addHelpText(
      'after',
      `
Examples:
  fountain dead list
  fountain dead show 3 -o packet.bin
  fountain dead retry 3 4
  fountain dead retry --all`,
    )
  const common = (command: Command): Command =>
    command
      .option('-c, --config <file>', 'the configuration of the running gateway', 'fountain.yaml')
      .option('--data <directory>', 'its data directory, instead of the configuration')
      .option('--json', 'machine output')
  common(dead.command('list'))
    .description('list them: number, state, where from, why')
    .addOption(new Option('--state <state>', 'only these').choices(['dead', 'parked', 'retried']))
    .option('--limit <n>', 'at most so many', whole(1), 100)
    .action(action(list))
  common(dead.command('show'))
    .argument('<number>', 'as `dead list` gives it', whole(1))
    .description('everything about one; its bytes with -o')
    .option('-o, --out <file>', 'write the packet here')
    .action(action(show))
  common(dead.command('retry'))
    .argument('[number...]', 'as `dead list` gives them', several(whole(1)))
    .option('--all', 'all dead and parked ones')
    .description('send them the whole way again')
    .action(action(retry))
}

const call = (options: Options, command: string, args: object): Promise<unknown> =>
  callControl(resolve(dataDirectory(options)), command, args)

async function list(options: Options): Promise<undefined> {
  const letters = (await call(options, 'dead.list', {
    limit: options.limit,
    ...(options.state === undefined ? {} : { state: options.state }),
  })) as readonly DeadLetter[]
  if (options.json) {
    for (const letter of letters) console.log(JSON.stringify(letter))
    return
  }
  if (letters.length === 0) console.log('no dead letters')
  for (const letter of letters) {
    console.log(
      `${String(letter.id).padStart(5)} ${letter.state.padEnd(7)} ${place(letter)} ${letter.code}: ${letter.reason}`,
    )
  }
}

async function show(id: number, options: Options): Promise<number> {
  const found = (await call(options, 'dead.show', { id })) as { letter: DeadLetter; base64: string } | null
  if (found === null) throw new FountainError('NOT_FOUND', `dead letter ${id}`)
  if (options.out !== undefined) writeFileSync(options.out, Buffer.from(found.base64, 'base64'))
  if (options.json) console.log(JSON.stringify(found.letter))
  else for (const [key, value] of shownOf(found.letter)) console.log(`${key.padEnd(9)} ${value}`)
  return exitCodes.done
}

function shownOf(letter: DeadLetter): (readonly [string, string | number])[] {
  const time = (ms: number): string => (ms > 0 ? new Date(ms).toISOString() : 'not known')
  return [
    ['number', letter.id],
    ['state', letter.state],
    ['source', `${letter.source} (${letter.survey})`],
    ['place', place(letter)],
    ['code', letter.code],
    ['says', errorTable[letter.code as ErrorCode]?.says ?? ''],
    ['reason', letter.reason],
    ...(letter.schemaId === undefined ? [] : [['schema id', letter.schemaId] as const]),
    ['recorded', time(letter.recordTimeMs)],
    ['since', time(letter.sinceMs)],
    ['bytes', letter.length],
  ]
}

const place = ({ topic, partition, offset }: DeadLetter): string => `${topic}[${partition}]@${offset}`

async function retry(ids: readonly number[], options: Options): Promise<number> {
  if (ids.length === 0 && !options.all) throw new FountainError('USAGE', 'Name the letters, or give --all.')
  const result = (await call(options, 'dead.retry', options.all ? {} : { ids })) as RetryResult
  if (options.json) console.log(JSON.stringify(result))
  else console.log(`${result.tried} tried: ${result.decoded} decoded, ${result.still} still not`)
  return result.still > 0 ? exitCodes.bad : exitCodes.done
}
