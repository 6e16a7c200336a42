import { type Command, Option } from 'commander'
import type { Loss } from '../../vo/loss.ts'
import { Avro3ContainerWriter } from '../../vo/voevent-3/avro-container.ts'
import { VOEventError } from '../../vo/voevent-error.ts'
import { exitCodes, FountainError } from '../errors.ts'
import type { Packet } from '../flow.ts'
import { type ConvertFormat, convertFormats, convertPacket } from '../tasks/convert.ts'
import { OutputDirectory } from '../tasks/write-outputs.ts'
import { convertStages, packetsOf } from './convert-stages.ts'
import { LossAccount } from './loss-account.ts'
import { action, progress, progressEnd } from './terminal.ts'
import { printable } from './validation-text.ts'

export interface ConvertOptions {
  readonly from?: string
  readonly to: ConvertFormat
  readonly out?: string
  readonly schemas?: string
  readonly authority?: string
  readonly config?: string
  readonly lossless?: boolean
  readonly account?: string
  readonly maxBytes?: string
}

export function registerConvert(program: Command): void {
  program
    .command('convert')
    .description(
      'Turn alerts and VOEvents into VOEvents of any form, or alerts into JSON: the same decoding and mapping as live.',
    )
    .argument(
      '<file...>',
      'alerts (object containers, raw messages), VOEvents of any form, .gz of them, or directories',
    )
    .addOption(
      new Option('--from <survey>', 'what they are; found out when not given').choices(['lsst', 'ztf', 'voevent']),
    )
    .addOption(new Option('--to <format>', 'what to make').choices(convertFormats).default('voevent-2.0'))
    .option('-o, --out <directory>', 'one file a packet; standard output otherwise')
    .option('--schemas <url>', 'a schema registry; the bundled schemas otherwise')
    .option('--authority <name>', 'naming authority of the identifiers made (else example.org)')
    .option('-c, --config <file>', 'take authority and who from this configuration')
    .option('--lossless', 'write no event that would say less, or say it less exactly')
    .option('--account <file>', 'write there all that was moved, approximated or dropped, one JSON object a line')
    .option('--max-bytes <number>', 'leave out bulk until a packet has no more bytes; VTP takes 99999')
    .addHelpText(
      'after',
      `
Examples:
  fountain convert alert.avro > event.xml
  fountain convert alerts/ -o events --authority my.observatory
  fountain convert alert.avro --to json | jq .diaSource.psfFlux
  fountain convert alert.avro --to voevent-3-json | jq '.what.timeSeries[0].points | length'
  fountain convert events/ --to voevent-3-avro > events.avro
  fountain convert event.json --to voevent-2.0 --max-bytes 99999 | fountain send -

voevent-2.0, voevent-2.1   XML as brokers and clients read it today
voevent-3-json, -avro, -xml   the draft: light curves, images, orbits and all else that an alert holds
json   the alert itself: int64 values are text, NaN is null, bytes are base64

What the form written cannot hold as it was is told on standard error, one line each: it was moved elsewhere,
approximated or dropped; of many alike the first three, and how many more (--account has all). With --lossless an event of which anything is dropped or approximated is not written and counts
as failed. A packet that fails is reported and the others go on. Identifiers stay as they are written; those made of
alerts have # before the local part, and ? in voevent-2.1. Avro on standard output is one container of all events.
Exit codes: 0 all converted, 1 some failed, 2 wrong usage.`,
    )
    .action(action(convert))
}

async function convert(files: string[], options: ConvertOptions): Promise<number> {
  const stages = await convertStages(options)
  const output = options.out === undefined ? undefined : new OutputDirectory(options.out)
  const container = output === undefined && options.to === 'voevent-3-avro' ? new Avro3ContainerWriter() : undefined
  const tell = (line: string): void => {
    progressEnd()
    console.error(line)
  }
  const account = new LossAccount(tell, options.account)
  let done = 0
  let bad = 0
  const each = async (packet: Packet): Promise<void> => {
    const where = packet.offset > 0 ? `${packet.topic} (record ${packet.offset})` : packet.topic
    try {
      const converted = await convertPacket(packet, options.from, options.to, stages)
      account.add(where, converted.losses)
      if (options.lossless === true && converted.losses.some(isLost)) {
        bad++
        console.error(`${where}: not written, for --lossless`)
        return
      }
      if (container !== undefined) {
        process.stdout.write(container.add(converted.event!))
      } else if (output === undefined) {
        process.stdout.write(converted.bytes)
      } else {
        const { path, renamed, repeated } = output.write(converted.name, converted.bytes)
        if (renamed && !repeated) console.error(`${where}: the name was taken by other bytes: written to ${path}`)
      }
      done++
      progress(`${done} converted`)
    } catch (error) {
      bad++
      tell(printable(`${where}: ${reasonOf(error)}`))
    }
  }
  const unread = (reason: string): void => {
    bad++
    tell(reason)
  }
  await packetsOf(files, each, unread)
  if (container !== undefined && done > 0) process.stdout.write(container.end())
  progressEnd()
  if (done + bad === 0) unread(`no alert and no VOEvent in ${files.join(', ')}`)
  account.tellRest()
  const lost = account.sums()
  if (options.out !== undefined || bad > 0 || lost.length > 0) {
    const parts = [
      `${done} converted`,
      ...(bad > 0 ? [`${bad} failed`] : []),
      ...lost,
      ...(options.out === undefined ? [] : [`in ${options.out}`]),
    ]
    console.error(parts.join(', '))
  }
  return bad > 0 ? exitCodes.bad : exitCodes.done
}

/** What is only said elsewhere is not lost. */
const isLost = ({ kind }: Loss): boolean => kind !== 'moved'

/** One line a packet. Remedies of the gateway's table speak of one that runs, which this is not; a document has its own. */
function reasonOf(error: unknown): string {
  if (error instanceof VOEventError) return `${error.code}: ${error.message} ${error.fix}`
  if (error instanceof FountainError) {
    const { code, message, cause } = error
    return `${code}: ${message}${cause instanceof VOEventError ? ` ${cause.fix}` : ''}`
  }
  return error instanceof Error ? error.message : String(error)
}
