/** The log of a running gateway: JSON lines, or one readable line each on a terminal. No secret passes. */
import { pino } from 'pino'
import type { Log } from '../../bridges/contract.ts'
import { hider } from '../config.ts'

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
  const hide = hider(secrets)
  const safe = (line: string): string =>
    hide(line) === line ? line : `${JSON.stringify(withoutSecrets(JSON.parse(line), hide))}\n`
  const destination = { write: (line: string) => write(human ? readable(safe(line)) : safe(line)) }
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination) as unknown as Log
}

/** Hidden value by value, so that the line stays JSON whatever the secret is made of. */
function withoutSecrets(value: unknown, hide: (text: string) => string): unknown {
  if (typeof value === 'string') return hide(value)
  if (Array.isArray(value)) return value.map((item) => withoutSecrets(item, hide))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [hide(key), withoutSecrets(item, hide)]))
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
