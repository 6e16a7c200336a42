/** The key that one subscriber of a webhook checks signatures with; the secret that it is made of stays here. */
import type { Command } from 'commander'
import { subscriberKey } from '../../bridges/webhook/signature.ts'
import { loadConfig } from '../config.ts'
import { exitCodes, FountainError } from '../errors.ts'
import { loadKinds } from '../wiring/kinds.ts'
import { action } from './terminal.ts'

interface Options {
  readonly config: string
  readonly bridge: string
  readonly user?: string
}

export function registerWebhookKey(program: Command): void {
  program
    .command('webhook-key')
    .argument('<url>', 'the address of the subscription')
    .description('The key with which the receiver at a URL checks that a webhook is from this gateway.')
    .option('-c, --config <file>', 'the configuration of the gateway', 'fountain.yaml')
    .option('--bridge <name>', 'the webhook, by its name in the configuration', 'webhook')
    .option('--user <name>', 'whose subscription it is; without it, one of the configuration')
    .addHelpText(
      'after',
      `
Examples:
  fountain webhook-key https://example.org/hooks/fountain
  fountain webhook-key --user ada https://ada.example.org/hook

Give it to that receiver alone. It works for nobody else's URL or subscription.`,
    )
    .action(action(webhookKey))
}

async function webhookKey(url: string, { config: file, bridge: name, user }: Options): Promise<number> {
  const kinds = await loadKinds()
  const { config } = loadConfig(file, kinds.schemas, process.env)
  const instance = config.bridges.find((one) => one.name === name && one.kind === 'webhook')
  if (instance === undefined) throw new FountainError('NOT_FOUND', `${file} has no webhook called '${name}'.`)
  if (!URL.canParse(url)) throw new FountainError('USAGE', `${url} is no URL`)
  console.log(subscriberKey((instance.config as { secret: string }).secret, user, url))
  return exitCodes.done
}
