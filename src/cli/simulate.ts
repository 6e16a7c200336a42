import type { Command } from 'commander'
import { FountainError } from '../errors.ts'
import { simulateToFiles, simulateToKafka } from '../tasks/simulate.ts'
import { action, progress, progressEnd, untilInterrupted } from './terminal.ts'

interface Options {
  readonly out?: string
  readonly brokers?: string
  readonly topic: string
  readonly seed: string
  readonly visits: string
  readonly alerts: string
  readonly factor: string
}

export function registerSimulate(program: Command): void {
  program
    .command('simulate')
    .description(
      'Make LSST alerts (schema 11.1) of a simulated sky: to files or to Kafka. The same seed gives the same bytes.',
    )
    .option('--out <directory>', 'write Confluent-wire messages into this directory')
    .option('--brokers <host:port,...>', 'produce to this Kafka')
    .option('--topic <topic>', 'the topic to produce to', 'alerts-simulated')
    .option('--seed <n>', 'which sky', '1')
    .option('--visits <n>', 'how many visits', '10')
    .option('--alerts <n>', 'alerts a visit, about', '50')
    .option('--factor <n>', 'to Kafka: so many times faster than a visit every 39 s', '1')
    .addHelpText(
      'after',
      `
Examples:
  fountain simulate --out alerts --visits 5
  fountain simulate --brokers localhost:9092 --visits 100 --alerts 1000 --factor 10`,
    )
    .action(action(simulate))
}

async function simulate(options: Options): Promise<number | undefined> {
  if ((options.out === undefined) === (options.brokers === undefined))
    throw new FountainError('USAGE', 'give either --out or --brokers')
  const plan = { seed: Number(options.seed), visits: Number(options.visits), alertsPerVisit: Number(options.alerts) }
  const onVisit = (visit: number, alerts: number): void =>
    progress(`visit ${visit} of ${plan.visits}, ${alerts} alerts`)
  const made =
    options.out === undefined
      ? await simulateToKafka({
          ...plan,
          brokers: (options.brokers ?? '').split(','),
          topic: options.topic,
          factor: Number(options.factor),
          signal: untilInterrupted().signal,
          onVisit,
        })
      : await simulateToFiles({ ...plan, directory: options.out, onVisit })
  progressEnd()
  console.error(`${made} alerts made`)
  return undefined
}
