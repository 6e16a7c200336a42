import type { Command } from 'commander'
import { loadConfig } from '../config.ts'
import { exitCodes } from '../errors.ts'
import { startGateway } from '../main.ts'
import { loadKinds } from '../wiring/kinds.ts'
import { makeLog } from './log.ts'
import { action, fail, hideSecrets, untilInterrupted } from './terminal.ts'

interface Options {
  readonly config: string
  readonly untilEnd?: boolean
  readonly logJson?: boolean
}

export function registerRun(program: Command): void {
  program
    .command('run')
    .description('Run the gateway: sources to VOEvents to everybody who asked.')
    .option('-c, --config <file>', 'the configuration', 'fountain.yaml')
    .option('--until-end', 'stop when every source has come to its end (files, a bounded simulator)')
    .option('--log-json', 'log JSON lines also on a terminal')
    .addHelpText(
      'after',
      `
Examples:
  fountain check -c fountain.yaml && fountain run -c fountain.yaml
  KAFKA_PASSWORD=… fountain run -c fountain.yaml 2>> fountain.log

It logs to standard error. An interrupt drains what is under way and stops; a second one ends it at once.
Exit codes: 0 stopped as asked, 1 a source failed, 2 wrong configuration, 3 a service or resource is missing.`,
    )
    .action(action(run))
}

async function run(options: Options): Promise<number> {
  const controller = untilInterrupted()
  const kinds = await loadKinds()
  const { config, base, secrets } = loadConfig(options.config, kinds.schemas, process.env)
  hideSecrets(secrets)
  const log = makeLog({
    level: config.log.level,
    secrets,
    human: process.stderr.isTTY === true && options.logJson !== true,
    write: (text) => process.stderr.write(text),
  })
  const failPoint = process.env.FOUNTAIN_FAIL_POINT
  const gateway = await startGateway({
    config,
    base,
    kinds,
    log,
    showToken: (token) => console.error(`admin token (shown once, keep it): ${token}`),
    ...(failPoint === undefined ? {} : { failPoint }),
  })
  log.info({}, `Fountain runs; its page is ${gateway.url}`)
  try {
    await new Promise<void>((resolve, reject) => {
      controller.signal.addEventListener(
        'abort',
        () => {
          log.info({}, 'stopping: what is under way is drained')
          resolve()
        },
        { once: true },
      )
      gateway.failed.then(reject)
      gateway.sourcesEnded.then(() => options.untilEnd && resolve(), reject)
    })
  } catch (error) {
    return fail(error)
  } finally {
    await gateway.stop()
    log.info({}, 'stopped')
  }
  return exitCodes.done
}
