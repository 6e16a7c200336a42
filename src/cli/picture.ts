import { type Command, Option } from 'commander'
import type { PictureKind } from '../../bridges/contract.ts'
import { exitCodes, FountainError } from '../errors.ts'
import type { Packet } from '../flow.ts'
import { drawPicture } from '../pictures/draw-picture.ts'
import { lightCurveSvg } from '../pictures/light-curve.ts'
import { type PictureRequest, pictureKinds, pictureRequests } from '../pictures/request.ts'
import { convertPacket } from '../tasks/convert.ts'
import { OutputDirectory } from '../tasks/write-outputs.ts'
import { convertStages, packetsOf } from './convert-stages.ts'
import { action, progress, progressEnd } from './terminal.ts'
import { printable } from './validation-text.ts'

interface PictureOptions {
  readonly out: string
  readonly kind?: PictureKind
  readonly svg?: boolean
  readonly schemas?: string
}

export function registerPicture(program: Command): void {
  program
    .command('picture')
    .description('Draw the cutouts and the light curve of alerts, as they go out with messages.')
    .argument('<file...>', 'alerts, events of the draft that hold light curves and images, .gz of them, or directories')
    .requiredOption('-o, --out <directory>', 'where to write')
    .addOption(new Option('--kind <kind>', 'one of the two; both otherwise').choices(pictureKinds))
    .option('--svg', 'light curves as SVG, not PNG')
    .option('--schemas <url>', 'a schema registry; the bundled schemas otherwise')
    .addHelpText(
      'after',
      `
Examples:
  fountain picture alert.avro -o pictures
  fountain picture alerts/ -o pictures --kind lightcurve --svg

Writes <survey>-<alert>-cutouts.png and <survey>-<alert>-lightcurve.png (or .svg). What an alert has no data for is
left out; one with nothing to draw is reported.
Exit codes: 0 all drawn, 1 some failed or had nothing to draw, 2 wrong usage.`,
    )
    .action(action(picture))
}

async function picture(files: string[], options: PictureOptions): Promise<number> {
  const kinds = options.kind === undefined ? pictureKinds : [options.kind]
  const stages = await convertStages({
    to: 'voevent-3-json',
    // Identifiers are made and not shown.
    authority: 'example.org',
    ...(options.schemas === undefined ? {} : { schemas: options.schemas }),
  })
  const output = new OutputDirectory(options.out)
  let drawn = 0
  let bad = 0
  const tell = (line: string): void => {
    bad++
    progressEnd()
    console.error(printable(line))
  }
  const each = async (packet: Packet): Promise<void> => {
    const where = packet.offset > 0 ? `${packet.topic} (record ${packet.offset})` : packet.topic
    try {
      const { event, name } = await convertPacket(packet, undefined, 'voevent-3-json', stages)
      const requests = event === undefined ? [] : pictureRequests(event, kinds)
      if (requests.length === 0) throw new FountainError('PICTURE_NONE', `no data for ${kinds.join(' or ')}`)
      for (const request of requests) {
        const { bytes, extension } = draw(request, options.svg === true)
        output.write(`${name.replace(/\.[^.]*$/, '')}-${request.kind}.${extension}`, bytes)
        drawn++
        progress(`${drawn} drawn`)
      }
    } catch (error) {
      const code = (error as { code?: string }).code
      tell(`${where}: ${code === undefined ? '' : `${code}: `}${(error as Error).message}`)
    }
  }
  await packetsOf(files, each, tell)
  progressEnd()
  if (drawn + bad === 0) tell(`no alert and no VOEvent in ${files.join(', ')}`)
  console.error(`${drawn} drawn${bad > 0 ? `, ${bad} failed` : ''}, in ${options.out}`)
  return bad > 0 ? exitCodes.bad : exitCodes.done
}

function draw(request: PictureRequest, asSvg: boolean): { bytes: Uint8Array; extension: string } {
  if (asSvg && request.kind === 'lightcurve') {
    return { bytes: new TextEncoder().encode(`${lightCurveSvg(request)}\n`), extension: 'svg' }
  }
  return { bytes: drawPicture(request).bytes, extension: 'png' }
}
