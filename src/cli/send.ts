import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { exitCodes, FountainError } from '../errors.ts'
import { sendEvent } from '../tasks/vtp-send.ts'
import { action, untilInterrupted } from './terminal.ts'
import { port, positive } from './values.ts'

interface Options {
  readonly host: string
  readonly port: number
  /** Seconds. */
  readonly timeout: number
  readonly json?: boolean
}

export function registerSend(program: Command): void {
  program
    .command('send')
    .description('Submit one VOEvent to a VTP broker and wait for its answer.')
    .argument('[file]', 'the document; - or nothing for standard input', '-')
    .option('--host <host>', 'the broker', '127.0.0.1')
    .option('--port <port>', 'its submit port', port, 8098)
    .option('--timeout <seconds>', 'how long to wait for the answer', positive(86_400), 20)
    .option('--json', 'the answer as JSON')
    .addHelpText(
      'after',
      `
Examples:
  fountain send event.xml
  fountain send event.xml --host voevent.example.org --timeout 5
  some-program | fountain send -

Exit codes: 0 only on an ack, 1 refused (nak), 2 wrong usage, 3 the broker cannot be reached or gave no answer.`,
    )
    .action(action(send))
}

async function send(file: string, options: Options): Promise<number> {
  let bytes: Uint8Array
  try {
    bytes = readFileSync(file === '-' ? 0 : file)
  } catch (error) {
    throw new FountainError('FILES_UNREADABLE', (error as Error).message)
  }
  const { signal } = untilInterrupted()
  const { host, port, timeout } = options
  const answer = await sendEvent({ host, port, bytes, timeoutMs: timeout * 1000, signal }).catch((error: unknown) => {
    if (signal.aborted)
      throw new FountainError('VTP_NO_REPLY', `${host}:${port}: interrupted; whether it has the event is not known.`)
    throw error
  })
  const { result, reason } = answer
  if (options.json) console.log(JSON.stringify({ result, ...(reason === undefined ? {} : { reason }) }))
  else console.log(result === 'ack' ? `ack: ${host}:${port} has it` : `nak: refused: ${reason ?? 'without a reason'}`)
  return result === 'ack' ? exitCodes.done : exitCodes.bad
}
