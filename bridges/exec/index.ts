/** Commands of the operator's own, with the event on standard input. See README.md for what a command may expect. */
import { z } from 'zod'
import { type Bridge, DeliveryError } from '../contract.ts'
import { checkCommand } from './find-command.ts'
import { readStored, renderInput } from './render.ts'
import { type CommandEnd, runCommand } from './run-command.ts'

const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'must be the name of a command in the configuration')

const environmentName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/)
  .refine((text) => !text.startsWith('FOUNTAIN_'), 'is set by the gateway itself')

const command = z.strictObject({
  command: z
    .array(z.string().regex(/^[^\0]*$/))
    .min(1)
    .refine(([program]) => program !== '', 'must begin with a program')
    .describe('the program and its arguments, each an item of its own; no shell reads them'),
  timeoutSeconds: z
    .int()
    .min(1)
    .max(55)
    .default(50)
    .describe('after this SIGTERM, two seconds later SIGKILL, to it and all it started'),
  maxOutputBytes: z.int().min(0).max(1_048_576).default(4096).describe('of its output this much is kept as the reply'),
  env: z
    .record(environmentName, z.string().regex(/^[^\0]*$/))
    .default({})
    .meta({ secret: true })
    .describe('its environment, beside PATH, LANG and FOUNTAIN_…; nothing is handed on from the gateway’s own'),
  folder: z.string().startsWith('/').default('/').describe('where it runs'),
})

const config = z.strictObject({
  commands: z
    .record(name, command)
    .refine((commands) => Object.keys(commands).length > 0, 'must have a command')
    .describe('by the names that subscriptions use as addresses'),
  format: z
    .enum(['json', 'voevent-xml', 'voevent-3-json'])
    .default('json')
    .describe('what stands on standard input: the match as JSON (docs/event-json.md), or the event alone'),
  repeat: z
    .enum(['safe', 'never'])
    .default('never')
    .describe('may a command that was stopped half-way run again for the same event?'),
  onFailure: z
    .enum(['reject', 'retry', 'halt'])
    .default('reject')
    .describe('what an exit code other than 0 (done) and 75 (later) means'),
})

/** EX_TEMPFAIL of sysexits.h: what mail programs have always said for "later". */
const later = 75

export const bridge: Bridge<typeof config, typeof name> = {
  kind: 'exec',
  config,
  address: name,
  accepts: 'event',
  pictures: [],
  maxInFlight: 4,
  checks: 'every command is there and may be run',
  async open({ commands, format, repeat, onFailure }, host) {
    const closing = new AbortController()
    return {
      render: ([item], to) => renderInput(item, to, { format, repeat }),
      async deliver(message, attempt) {
        const { head, input } = readStored(message)
        const command = Object.hasOwn(commands, head.command) ? commands[head.command] : undefined
        if (command === undefined) {
          throw new DeliveryError('reject', 'no', `no command called ${head.command} is configured`)
        }
        const signal = AbortSignal.any([
          attempt.signal,
          closing.signal,
          AbortSignal.timeout(command.timeoutSeconds * 1000),
        ])
        const environment = {
          FOUNTAIN_IVOID: head.ivoid,
          FOUNTAIN_ROLE: head.role,
          FOUNTAIN_EVENT: head.kind,
          FOUNTAIN_FILTER: head.filter,
          FOUNTAIN_SUBSCRIPTION: head.subscription,
          FOUNTAIN_FORMAT: format,
          FOUNTAIN_KEY: message.key,
          FOUNTAIN_ATTEMPT: `${attempt.number}`,
        }
        const end = await runCommand({ ...command, environment, input, signal })
        const reply = replyOf(end, Object.values(command.env))
        if (end.code === 0) return { state: 'sent', receipt: { id: message.key, atMs: host.clock.now(), reply } }
        if (end.code === later) throw new DeliveryError('retry', 'no', reply)
        if (end.code !== null) throw new DeliveryError(onFailure, 'no', reply)
        // Stopped or crashed: what it had done by then, nobody knows.
        throw new DeliveryError('retry', 'maybe', reply)
      },
      async check(signal) {
        for (const [known, command] of Object.entries(commands)) {
          signal.throwIfAborted()
          await checkCommand(known, command)
        }
      },
      async close() {
        closing.abort(new Error('the bridge is closed'))
      },
    }
  },
}

/** How it ended and what it said, without the values of its environment. */
function replyOf({ code, killedBy, why, output }: CommandEnd, secrets: readonly string[]): string {
  const end =
    code === null ? `ended by ${killedBy ?? 'a signal'}${why === undefined ? '' : `, ${why}`}` : `exit ${code}`
  const said = secrets
    .filter((secret) => secret.length >= 6)
    .reduce((text, secret) => text.replaceAll(secret, '***'), output)
    .trim()
  return said === '' ? end : `${end}: ${said}`
}
