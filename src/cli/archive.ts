import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { loadConfig } from '../config.ts'
import { exitCodes, FountainError } from '../errors.ts'
import { archiveNights } from '../record/archive/archive-commands.ts'
import { readAnywhere } from '../record/archive/door.ts'
import { newestPacket } from '../record/archive/look-up.ts'
import { nightNamed } from '../record/archive/night.ts'
import type { ObjectStore } from '../record/archive/object-store.ts'
import { openArchive } from '../record/archive/open-archive.ts'
import { type Finding, verifyArchive } from '../record/archive/verify.ts'
import { callControl } from '../record/control.ts'
import { openRemote } from '../wiring/keep-archive.ts'
import { loadKinds } from '../wiring/kinds.ts'
import { rebuildIndexes } from '../wiring/rebuild-indexes.ts'
import { dataDirectory } from './data-directory.ts'
import { makeLog } from './log.ts'
import { action, hideSecrets, progress, progressEnd, untilInterrupted } from './terminal.ts'

interface Options {
  readonly config?: string
  readonly data?: string
  readonly json?: boolean
  readonly out?: string
}

export function registerArchive(program: Command): void {
  const archive = program
    .command('archive')
    .description('The packets as they came: what is kept, one by its alert, and whether all can be read.')
    .addHelpText(
      'after',
      `
Examples:
  fountain archive list
  fountain archive get lsst 170032882292621547 -o packet.avro
  fountain archive verify 2026-11-21
  fountain archive rebuild

Reading works beside a running gateway, and without one.`,
    )
  const common = (command: Command): Command =>
    command
      .option('-c, --config <file>', 'the configuration of the gateway', 'fountain.yaml')
      .option('--data <directory>', 'its data directory, instead of the configuration (then nothing is read from S3)')
      .option('--json', 'machine output')
  common(archive.command('list')).description('the nights, newest first').action(action(list))
  common(archive.command('get'))
    .argument('<survey>', 'lsst, ztf …')
    .argument('<alert>', "the alert's identifier")
    .description('the newest packet of an alert: its bytes with -o, - for standard output')
    .option('-o, --out <file>', 'write the packet here')
    .action(action(get))
  common(archive.command('verify'))
    .argument('[night]', 'as `archive list` names it; all without one')
    .description('read everything and say what is damaged')
    .action(action(verify))
  common(archive.command('rebuild'))
    .argument('[night]', 'as `archive list` names it; all without one')
    .description('make the index of nights again from their packets')
    .action(action(rebuild))
}

const directory = (options: Options): string => resolve(dataDirectory(options))

async function list(options: Options): Promise<undefined> {
  const archive = openArchive(directory(options))
  try {
    const nights = archiveNights(archive.sql)
    if (options.json) for (const { night: _, ...row } of nights) console.log(JSON.stringify(row))
    else if (nights.length === 0) console.log('nothing is kept')
    else {
      console.log('night        segments  megabytes  on this disk  copied  indexed')
      for (const { name, segments, bytes, localBytes, uploaded, indexed } of nights) {
        const cells = [String(segments).padStart(8), megabytes(bytes).padStart(9), megabytes(localBytes).padStart(12)]
        console.log([name, ' ', ...cells, String(uploaded).padStart(6), String(indexed).padStart(7)].join('  '))
      }
    }
  } finally {
    archive.close()
  }
}

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1)

async function get(survey: string, alertId: string, options: Options): Promise<number> {
  const archive = openArchive(directory(options))
  try {
    const read = newestPacket(archive, survey, alertId)
    if (read === null) throw new FountainError('NOT_FOUND', `no packet of alert ${alertId} of ${survey} is kept`)
    const remote = 'remote' in read ? await remoteOf(options) : undefined
    const { bytes, ...record } = await readAnywhere(read, remote).finally(() => remote?.close())
    if (options.out === '-') process.stdout.write(bytes)
    else if (options.out !== undefined) writeFileSync(options.out, bytes)
    if (options.out === '-') return exitCodes.done
    const { source, topic, partition, offset, visit, recordTimeMs } = record
    const about = { survey, alertId, source, topic, partition, offset, visit, bytes: bytes.length }
    const recorded = recordTimeMs > 0 ? new Date(recordTimeMs).toISOString() : 'not known'
    if (options.json) console.log(JSON.stringify({ ...about, recordTimeMs }))
    else for (const [key, value] of Object.entries({ ...about, recorded })) console.log(`${key.padEnd(9)} ${value}`)
    return exitCodes.done
  } finally {
    archive.close()
  }
}

/** The store beside this disk, by the configuration and its secrets. */
async function remoteOf(options: Options): Promise<ObjectStore | undefined> {
  if (options.data !== undefined) return undefined
  const { config, secrets } = loadConfig(options.config ?? 'fountain.yaml', (await loadKinds()).schemas, process.env)
  hideSecrets(secrets)
  return openRemote(config.archive)
}

function nightOf(name: string | undefined): number | undefined {
  if (name === undefined) return undefined
  const night = nightNamed(name)
  if (night === undefined) throw new FountainError('USAGE', `'${name}' names no night; they are like 2026-11-21.`)
  return night
}

async function verify(name: string | undefined, options: Options): Promise<number> {
  const night = nightOf(name)
  const archive = openArchive(directory(options))
  try {
    const sum = verifyArchive(
      archive,
      night,
      (finding) => {
        if (options.json) console.log(JSON.stringify(finding))
        else if (finding.kind !== 'elsewhere') console.log(findingText(finding))
      },
      (done, all) => progress(`${megabytes(done)} of ${megabytes(all)} MB`),
    )
    progressEnd()
    const { segments, packets, bytes, elsewhere, findings } = sum
    const rest = elsewhere > 0 ? `; ${elsewhere} segments stand in S3 alone and were not read` : ''
    if (options.json) console.log(JSON.stringify({ kind: 'sum', ...sum }))
    else console.log(`${packets} packets in ${segments} segments, ${megabytes(bytes)} MB: ${findings} faults${rest}`)
    return findings > 0 ? exitCodes.bad : exitCodes.done
  } finally {
    archive.close()
  }
}

function findingText(finding: Exclude<Finding, { kind: 'elsewhere' }>): string {
  return finding.kind === 'damaged'
    ? `ARCHIVE_DAMAGED ${finding.file} at ${finding.at}, ${finding.bytes} bytes: ${finding.why}`
    : `ARCHIVE_INDEX_BEHIND ${finding.file}: ${finding.packets} packets are not in the index of ${finding.night}; see \`archive rebuild\``
}

async function rebuild(name: string | undefined, options: Options): Promise<number> {
  const asked = nightOf(name)
  const data = directory(options)
  const archive = openArchive(data)
  const known = archiveNights(archive.sql).map(({ night }) => night)
  archive.close()
  if (asked !== undefined && !known.includes(asked)) throw new FountainError('NOT_FOUND', `nothing is kept of ${name}`)
  const nights = asked === undefined ? known : [asked]
  try {
    await callControl(data, 'archive.rebuild', { nights })
    console.error('the running gateway makes them again; `fountain archive list` shows how far it is')
    return exitCodes.done
  } catch (error) {
    if (!(error instanceof FountainError) || error.code !== 'CONTROL_UNREACHABLE') throw error
  }
  const log = makeLog({ level: 'warn', secrets: [], human: true, write: (text) => process.stderr.write(text) })
  const remote = options.data === undefined ? await remoteOf(options) : undefined
  const { signal } = untilInterrupted()
  const onNight = (night: string) => progress(night)
  const left = await rebuildIndexes(data, nights, { log, remote, signal, onNight }).finally(() => remote?.close())
  progressEnd()
  if (options.json) console.log(JSON.stringify({ nights: nights.length, incomplete: left }))
  else console.log(left.length === 0 ? `${nights.length} nights are indexed` : `not complete: ${left.join(', ')}`)
  return left.length === 0 ? exitCodes.done : exitCodes.bad
}
