import { type Command, Option } from 'commander'
import { exitCodes, FountainError } from '../errors.ts'
import type { Packet } from '../flow.ts'
import { type ConvertFormat, convertPacket } from '../tasks/convert.ts'
import { OutputDirectory } from '../tasks/write-outputs.ts'
import { convertStages, packetsOf } from './convert-stages.ts'
import { action, progress, progressEnd } from './terminal.ts'

export interface ConvertOptions {
  readonly from?: string
  readonly to: ConvertFormat
  readonly out?: string
  readonly schemas?: string
  readonly authority?: string
  readonly config?: string
}

export function registerConvert(program: Command): void {
  program
    .command('convert')
    .description('Turn alerts and VOEvents into VOEvents or JSON: the same decoding and mapping as live.')
    .argument('<file...>', 'object containers, raw messages, VOEvents, .gz of them, or directories')
    .addOption(
      new Option('--from <survey>', 'what they are; found out when not given').choices(['lsst', 'ztf', 'voevent']),
    )
    .addOption(new Option('--to <format>', 'what to make').choices(['voevent-2.0', 'json']).default('voevent-2.0'))
    .option('-o, --out <directory>', 'one file a packet; standard output otherwise')
    .option('--schemas <url>', 'a schema registry; the bundled schemas otherwise')
    .option('--authority <name>', 'naming authority of the identifiers made (else example.org)')
    .option('-c, --config <file>', 'take authority and who from this configuration')
    .addHelpText(
      'after',
      `
Examples:
  fountain convert alert.avro > event.xml
  fountain convert alerts/ -o events --authority my.observatory
  fountain convert alert.avro --to json | jq .diaSource.psfFlux

int64 values are text in JSON, NaN is null, bytes are base64. A packet that fails is reported and the others go on.
Exit codes: 0 all converted, 1 some failed, 2 wrong usage.`,
    )
    .action(action(convert))
}

async function convert(files: string[], options: ConvertOptions): Promise<number> {
  const stages = await convertStages(options)
  const output = options.out === undefined ? undefined : new OutputDirectory(options.out)
  let done = 0
  let bad = 0
  const each = async (packet: Packet): Promise<void> => {
    const where = packet.offset > 0 ? `${packet.topic} (record ${packet.offset})` : packet.topic
    try {
      const converted = await convertPacket(packet, options.from, options.to, stages)
      if (output === undefined) {
        process.stdout.write(converted.bytes)
      } else {
        const { path, renamed, repeated } = output.write(converted.name, converted.bytes)
        if (renamed && !repeated) console.error(`${where}: the name was taken by other bytes: written to ${path}`)
      }
      done++
      progress(`${done} converted`)
    } catch (error) {
      bad++
      progressEnd()
      console.error(`${where}: ${reasonOf(error)}`)
    }
  }
  const unread = (reason: string): void => {
    bad++
    progressEnd()
    console.error(reason)
  }
  await packetsOf(files, each, unread)
  progressEnd()
  if (done + bad === 0) unread(`no alert and no VOEvent in ${files.join(', ')}`)
  if (options.out !== undefined || bad > 0)
    console.error(`${done} converted${bad > 0 ? `, ${bad} failed` : ''}${options.out ? `, in ${options.out}` : ''}`)
  return bad > 0 ? exitCodes.bad : exitCodes.done
}

/** One line a packet. The table's remedies speak of a running gateway, which this is not. */
function reasonOf(error: unknown): string {
  if (error instanceof FountainError) return `${error.code}: ${error.message}`
  return error instanceof Error ? error.message : String(error)
}
