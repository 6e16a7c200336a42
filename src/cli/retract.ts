import { resolve } from 'node:path'
import type { Command } from 'commander'
import { callControl } from '../record/control.ts'
import type { Retracted } from '../record/port.ts'
import { dataDirectory } from './data-directory.ts'
import { action } from './terminal.ts'

interface Options {
  readonly config?: string
  readonly data?: string
  readonly json?: boolean
  readonly reason: string
}

export function registerRetract(program: Command): void {
  program
    .command('retract')
    .argument('<ivoid>', 'the event, one of this gateway')
    .description('Take an event back: from the feeds, and from exactly those who were or may have been sent it.')
    .requiredOption('--reason <text>', 'why, for everybody who got the event')
    .option('-c, --config <file>', 'the configuration of the running gateway', 'fountain.yaml')
    .option('--data <directory>', 'its data directory, instead of the configuration')
    .option('--json', 'machine output')
    .addHelpText(
      'after',
      `
Examples:
  fountain retract 'ivo://example.org/streams/bright#123' --reason 'a satellite, not a transient'

A retraction is an event of its own that cites the first. It goes the ways that the event went, at once. What was
not sent yet is dropped.`,
    )
    .action(action(retract))
}

async function retract(ivoid: string, options: Options): Promise<undefined> {
  const args = { ivoid, reason: options.reason }
  const retracted = (await callControl(resolve(dataDirectory(options)), 'retract', args)) as Retracted
  if (options.json) {
    console.log(JSON.stringify(retracted))
    return
  }
  const { ivoid: by, seq, deliveries, dropped } = retracted
  console.log(`${ivoid} is retracted by ${by}`)
  console.log(seq === null ? 'It stands on no feed, as the event itself.' : `On the feeds: number ${seq} of the log.`)
  console.log(`To addresses: ${deliveries} to be told, ${dropped} dropped before they were sent.`)
}
