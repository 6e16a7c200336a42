/** The log of a running gateway: JSON lines, or one readable line each on a terminal. No secret passes. */
import { pino } from 'pino'
import type { Log } from '../../bridges/contract.ts'

const levels: Readonly<Record<number, string>> = { 20: 'debug', 30: 'info', 40: 'warn', 50: 'ERROR', 60: 'FATAL' }

export interface LogOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  /** Values to be hidden wherever they occur. */
  readonly secrets: readonly string[]
  readonly human: boolean
  write(text: string): void
}

/** A pino logger that fits the contract's `Log`. */
export function makeLog({ level, secrets, human, write }: LogOptions): Log {
  const hide = (text: string): string => secrets.reduce((hidden, secret) => hidden.replaceAll(secret, '[secret]'), text)
  const destination = { write: (line: string) => write(hide(human ? readable(line) : line)) }
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination) as unknown as Log
}

function readable(line: string): string {
  const { level, time, msg, ...rest } = JSON.parse(line) as { level: number; time: string; msg: string } & Record<
    string,
    unknown
  >
  const fields = Object.entries(rest)
    .map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' ')
  return `${time.slice(11, 19)} ${(levels[level] ?? String(level)).padEnd(5)} ${msg}${fields ? `  ${fields}` : ''}\n`
}
