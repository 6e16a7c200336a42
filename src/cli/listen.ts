import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { peekVOEvent } from '../../vo/xml/element.ts'
import { FountainError } from '../errors.ts'
import { listen as listenTo } from '../tasks/vtp-listen.ts'
import { action, untilInterrupted } from './terminal.ts'
import { several, whole } from './values.ts'

interface Options {
  readonly filter?: string[]
  readonly save?: string
  readonly exec?: string
  readonly resume?: string
  readonly json?: boolean
  readonly count?: number
}

export function registerListen(program: Command): void {
  program
    .command('listen')
    .description(
      'Subscribe to a VTP broker: print, save or hand on each VOEvent. An event is acknowledged once it is saved.',
    )
    .argument('<host[:port]>', 'the broker; its subscribe port is 8099 unless given')
    .option(
      '--filter <xpath>',
      'XPath 1.0: take only events for which it holds; several: for which one holds',
      several(String),
    )
    .option('--save <directory>', 'write each event into a file named by its ivorn')
    .option('--exec <command>', 'run it for each event, with the document on its standard input')
    .option('--resume <file>', 'keep an identity in this file, so that the broker sends what was missed while away')
    .option('--count <n>', 'stop after so many events', whole(1))
    .option('--json', 'one object a line: {ivorn, role, bytes, file}')
    .addHelpText(
      'after',
      `
Examples:
  fountain listen 127.0.0.1
  fountain listen voevent.example.org:8099 --save events --resume me.json
  fountain listen 127.0.0.1 --filter "//Param[@name='snr' and @value > 20]" --exec ./slew-telescope`,
    )
    .action(action(listen))
}

async function listen(address: string, options: Options): Promise<number | undefined> {
  const { host, port } = parseAddress(address)
  const controller = untilInterrupted()
  if (options.save !== undefined) mkdirSync(options.save, { recursive: true })
  let remaining = options.count ?? Number.POSITIVE_INFINITY
  const identity = options.resume === undefined ? undefined : identityIn(options.resume)
  await listenTo({
    host,
    port,
    filters: options.filter ?? [],
    ...(identity === undefined ? {} : { identity }),
    signal: controller.signal,
    onState: (text) => console.error(text),
    onEvent: async (bytes) => {
      // Only the root is read: what a broker has accepted is taken as it is, also where we would not read all of it.
      const { ivorn = '', role = 'observation' } = peekVOEvent(bytes) ?? {}
      const file = options.save === undefined ? undefined : save(options.save, ivorn, bytes)
      if (options.json) console.log(JSON.stringify({ ivorn, role, bytes: bytes.length, ...(file ? { file } : {}) }))
      else console.log(`${role.padEnd(11)} ${ivorn}${file ? ` -> ${file}` : ''}`)
      if (options.exec !== undefined)
        await handOn(options.exec, bytes, options.json === true ? process.stderr : process.stdout)
      remaining--
      if (remaining <= 0) setImmediate(() => controller.abort(new Error('count')))
    },
  })
  return undefined
}

function parseAddress(address: string): { host: string; port: number } {
  const match = /^(\[[0-9a-fA-F:.]+\]|[^\s:/[\]]+)(?::(\d{1,5}))?$/.exec(address)
  const port = Number(match?.[2] ?? 8099)
  if (match?.[1] === undefined || port < 1 || port > 65_535) {
    throw new FountainError('USAGE', `'${address}' is no host:port.`)
  }
  return { host: match[1].replace(/^\[|\]$/g, ''), port }
}

/** The identity that a broker knows us by: made once, kept in a file. */
function identityIn(file: string): string {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT')
      throw new FountainError('FILES_UNREADABLE', (cause as Error).message, { cause })
    const ivoid = `ivo://fountain.listener/${crypto.randomUUID()}`
    writeFileSync(file, `${JSON.stringify({ ivoid })}\n`, { flush: true })
    return ivoid
  }
  const known = /^\s*\{\s*"ivoid"\s*:\s*"(ivo:\/\/[^\s"\\]+)"\s*\}\s*$/.exec(text)?.[1]
  if (known !== undefined) return known
  // A new identity in its place would quietly lose what was missed.
  throw new FountainError('FILES_UNREADABLE', `${file} is no identity that \`listen --resume\` has written.`, {
    fix: 'Name another file, or remove this one to begin anew.',
  })
}

/**
 * Written whole or not at all: a reader of the directory never sees half an event. Another event of the same ivorn
 * gets `-2`; the same one that is sent again is there already.
 */
function save(directory: string, ivorn: string, bytes: Uint8Array): string {
  const plain = ivorn.replace(/[^A-Za-z0-9._-]/g, '_')
  const mostLetters = 200
  const stem =
    plain.length <= mostLetters
      ? plain
      : `${plain.slice(0, mostLetters)}-${createHash('sha256').update(ivorn).digest('hex').slice(0, 16)}`
  for (let count = 1; ; count++) {
    const path = join(directory, `${stem}${count === 1 ? '' : `-${count}`}.xml`)
    const before = existsSync(path) ? readFileSync(path) : undefined
    if (before?.equals(bytes)) return path
    if (before !== undefined) continue
    writeFileSync(`${path}.part`, bytes, { flush: true })
    renameSync(`${path}.part`, path)
    return path
  }
}

/** What it says goes where it does not mix with machine output. A failing command is reported; the event counts as received all the same. */
async function handOn(command: string, bytes: Uint8Array, says: NodeJS.WriteStream): Promise<void> {
  await new Promise<void>((resolve) => {
    const child = spawn(command, { shell: true, stdio: ['pipe', says, 'inherit'] })
    child.on('error', (error) => {
      console.error(`--exec: ${error.message}`)
      resolve()
    })
    child.on('exit', (code, signal) => {
      if (code !== 0) console.error(`--exec: '${command}' ended with ${signal ?? code}`)
      resolve()
    })
    child.stdin.on('error', () => undefined)
    child.stdin.end(bytes)
  })
}
