import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { type Bounce, readBounce } from '../../bridges/email/read-bounce.ts'
import { oneLine } from '../../bridges/words.ts'
import { exitCodes, FountainError } from '../errors.ts'
import { callControl } from '../record/control.ts'
import type { DeliveryLine } from '../record/port.ts'
import { dataDirectory } from './data-directory.ts'
import { action } from './terminal.ts'

interface Options {
  readonly config?: string
  readonly data?: string
  readonly bridge: string
  readonly json?: boolean
}

export function registerBounce(program: Command): void {
  program
    .command('bounce')
    .argument('[file]', 'the report as it came; - or nothing for standard input', '-')
    .description('Take a mail system’s report: an address where nobody is any more gets no more messages.')
    .option('-c, --config <file>', 'the configuration of the running gateway', 'fountain.yaml')
    .option('--data <directory>', 'its data directory, instead of the configuration')
    .option('--bridge <name>', 'the bridge that sent the mail', 'email')
    .option('--json', 'machine output')
    .addHelpText(
      'after',
      `
Examples:
  fountain bounce report.eml
  some-mail-program | fountain bounce - -c /etc/fountain/fountain.yaml

Only a report of a mail that was sent to that address counts. A full mailbox, a refused message or a delay ends nothing.

Exit codes: 0 done, 1 no report of a mail of ours, 2 wrong usage, 3 no gateway runs there.`,
    )
    .action(action(bounce))
}

async function bounce(file: string, options: Options): Promise<number> {
  const report = await readBounce(bytesOf(file))
  if (report === undefined || report.recipients.length === 0) throw new FountainError('BOUNCE_UNREADABLE', file)
  const directory = resolve(dataDirectory(options))
  const delivery = await sentDelivery(directory, options.bridge, report)
  if (delivery === undefined)
    throw new FountainError('BOUNCE_UNKNOWN', `${file}: ${report.keys.join(', ') || 'it names none'}`)
  // A mail has one recipient: behind an alias the report names another address, and this one is dead all the same.
  const gone = report.recipients.find((recipient) => recipient.gone)
  const told = gone ?? report.recipients[0]!
  const words = oneLine(`${told.status} ${told.diagnostic}`, 400)
  const { id, address } = delivery
  const dropped =
    gone === undefined
      ? 0
      : (
          (await callControl(directory, 'addresses.suppress', {
            bridge: options.bridge,
            address,
            reason: `bounced: ${words}`,
          })) as { dropped: number }
        ).dropped
  const suppressed = gone !== undefined
  if (options.json) {
    console.log(JSON.stringify({ bridge: options.bridge, address, delivery: id, suppressed, dropped, reason: words }))
  } else if (suppressed) {
    console.log(`${address} gets no more messages (${words}); ${dropped} that waited were dropped`)
  } else {
    console.log(`${address} still gets messages: ${told.action}, ${words}`)
  }
  return exitCodes.done
}

function bytesOf(file: string): Uint8Array {
  try {
    return readFileSync(file === '-' ? 0 : file)
  } catch (error) {
    throw new FountainError('FILES_UNREADABLE', (error as Error).message)
  }
}

const pageLength = 10_000
/** Reports come within days: further back no delivery is looked for. */
const mostPages = 20

/** The delivery whose receipt has the report's key: among those of its event, else among the newest. */
async function sentDelivery(directory: string, bridge: string, report: Bounce): Promise<DeliveryLine | undefined> {
  const isIt = ({ receipt }: DeliveryLine) => report.keys.some((key) => receipt?.id.includes(key))
  const page = async (query: object) =>
    (await callControl(directory, 'deliveries.list', { bridge, limit: pageLength, ...query })) as DeliveryLine[]
  if (report.keys.length === 0) return undefined
  if (report.ivoid !== undefined) {
    const found = (await page({ ivoid: report.ivoid })).find(isIt)
    if (found !== undefined) return found
  }
  let beforeId: number | undefined
  for (let n = 0; n < mostPages; n++) {
    const lines = await page(beforeId === undefined ? {} : { beforeId })
    const found = lines.find(isIt)
    if (found !== undefined || lines.length < pageLength) return found
    beforeId = lines.at(-1)?.id
  }
  return undefined
}
