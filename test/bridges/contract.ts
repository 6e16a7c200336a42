/**
 * The suite that every bridge runs, on a loopback server that misbehaves on purpose (docs/design.md §7). A bridge
 * brings its server, told in six words how to behave; the suite brings the rules of `bridges/contract.ts`.
 */
import { afterEach, describe, expect, it } from 'vitest'
import type { z } from 'zod'
import {
  type Attempt,
  type Bridge,
  type Channel,
  DeliveryError,
  type Host,
  type Message,
} from '../../bridges/contract.ts'
import { openHttp } from '../../bridges/http.ts'
import { itemNumber, sampleItem } from './sample-item.ts'

/**
 * `reject`: refuses this message for good. `later`: refuses it for now. `hang-before`: takes the connection and says
 * nothing. `hang-after`: takes all of the message and says nothing. `die-after`: takes it and drops the line.
 */
export type Behaviour = 'accept' | 'reject' | 'later' | 'hang-before' | 'hang-after' | 'die-after'

export interface MisbehavingServer {
  behave(how: Behaviour): void
  /** What the server holds of each message, in order, in the form of `Message.body`. */
  received(): readonly Uint8Array[]
  /** Requests or connections that began, to wait for. */
  begun(): number
  connections(): number
  /** The largest number of connections at one time. */
  peak(): number
  stop(): Promise<void>
}

export interface BridgeCase<Config extends z.ZodType, Address extends z.ZodType> {
  readonly bridge: Bridge<Config, Address>
  readonly to: z.output<Address>
  start(): Promise<{ server: MisbehavingServer; config: z.input<Config> }>
  /** What goes out for a stored message, where that is more than `body`: parts put in, threads named. */
  readonly wire?: (message: Message, attempt: Attempt) => Uint8Array
  /** Values of the config that nobody may read in a log line or an error. */
  readonly secrets: readonly string[]
}

/** Polls until it holds; a fault shows as what was waited for. */
export async function until(what: string, holds: () => boolean, withinMs = 10_000): Promise<void> {
  const deadline = Date.now() + withinMs
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`waited in vain for: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

export interface TestHost extends Host {
  /** Everything that was logged, as text. */
  readonly lines: string[]
}

export function testHost(): TestHost {
  const lines: string[] = []
  const write = (fields: object, message: string) => void lines.push(`${message} ${JSON.stringify(fields)}`)
  const log: Host['log'] = { debug: write, info: write, warn: write, error: write, child: () => log }
  return {
    lines,
    http: openHttp(),
    instance: 'under-test',
    authority: 'example.org',
    clock: {
      now: () => Date.UTC(2026, 2, 1, 5, 38),
      monotonic: () => performance.now(),
      sleep: () => Promise.reject(new Error('a bridge does not wait')),
    },
    log,
    metrics: { counter: () => ({ inc() {} }), gauge: () => ({ set() {} }) },
  }
}

export function attemptOf(message: Message, signal: AbortSignal = AbortSignal.timeout(20_000)): Attempt {
  return { key: message.key, number: 1, thread: [], signal }
}

export async function failure(delivering: Promise<unknown>): Promise<DeliveryError> {
  const outcome = await delivering.then(
    (value) => value,
    (error: unknown) => error,
  )
  expect(outcome).toBeInstanceOf(DeliveryError)
  return outcome as DeliveryError
}

export function testBridge<Config extends z.ZodType, Address extends z.ZodType>(
  title: string,
  { bridge, to, start, secrets, wire = (message) => message.body }: BridgeCase<Config, Address>,
): void {
  describe(`${title}: the rules of every bridge`, () => {
    const open: { channel: Channel<z.output<Address>>; server: MisbehavingServer }[] = []
    afterEach(async () => {
      for (const { channel, server } of open.splice(0)) {
        await channel.close()
        await server.stop()
      }
    })

    async function opened() {
      const { server, config } = await start()
      const host = testHost()
      const channel = await bridge.open(bridge.config.parse(config) as z.output<Config>, host)
      open.push({ channel, server })
      const message = channel.render([sampleItem], to)
      return { server, channel, host, message }
    }
    const nothingLeaks = (host: TestHost, error?: DeliveryError) => {
      const cause = error?.cause instanceof Error ? `${error.cause.message} ${error.cause.stack}` : ''
      const said = [...host.lines, error?.reply ?? '', error?.message ?? '', error?.stack ?? '', cause].join('\n')
      for (const secret of secrets) expect(said).not.toContain(secret)
    }

    it('opens nothing and sends nothing until asked', async () => {
      const { server } = await opened()
      expect(server.begun()).toBe(0)
    })

    it('renders at once and the same twice', async () => {
      const { channel, message } = await opened()
      const again = channel.render([structuredClone(sampleItem)], to)
      expect(message).not.toBeInstanceOf(Promise)
      expect(again).toEqual(message)
      expect(channel.render([itemNumber(2)], to).key).not.toBe(message.key)
    })

    it('sends once, and the other side has it exactly', async () => {
      const { server, channel, host, message } = await opened()
      const outcome = await channel.deliver(message, attemptOf(message))
      expect(outcome.state === 'sent' || outcome.state === 'submitted').toBe(true)
      if (outcome.state === 'sent') {
        expect(outcome.receipt.id).not.toBe('')
        expect(outcome.receipt.atMs).toBe(host.clock.now())
      }
      expect(server.received()).toHaveLength(1)
      expect(Buffer.from(server.received()[0]!).equals(wire(message, attemptOf(message)))).toBe(true)
      nothingLeaks(host)
    })

    it('sends the stored bytes as they are after a restart', async () => {
      const { server, channel, message } = await opened()
      const stored: Message = { ...structuredClone(message), body: Buffer.from(message.body) }
      await channel.deliver(stored, { ...attemptOf(stored), number: 2 })
      expect(Buffer.from(server.received()[0]!).equals(wire(message, attemptOf(message)))).toBe(true)
    })

    it('checks without sending', async () => {
      const { server, channel } = await opened()
      await channel.check(AbortSignal.timeout(20_000))
      expect(server.received()).toHaveLength(0)
    })

    it.each([
      ['reject', 'reject', 'no'],
      ['later', 'retry', 'no'],
      ['die-after', 'retry', 'maybe'],
    ] as const)('tells %s as %s, reached %s', async (how, kind, reached) => {
      const { server, channel, host, message } = await opened()
      server.behave(how)
      const error = await failure(channel.deliver(message, attemptOf(message)))
      expect([error.kind, error.reached]).toEqual([kind, reached])
      expect(error.reply).not.toBe('')
      nothingLeaks(host, error)
      server.behave('accept')
      const before = server.received().length
      await channel.deliver(message, { ...attemptOf(message), number: 2 })
      expect(server.received()).toHaveLength(before + 1)
    })

    it('tells a refused connection as retry, reached no, also in check', async () => {
      const { server, channel, host, message } = await opened()
      await server.stop()
      const error = await failure(channel.deliver(message, attemptOf(message)))
      expect([error.kind, error.reached]).toEqual(['retry', 'no'])
      nothingLeaks(host, error)
      nothingLeaks(host, await failure(channel.check(AbortSignal.timeout(20_000))))
    })

    it.each([
      ['hang-before', 'no'],
      ['hang-after', 'maybe'],
    ] as const)('stops when told, on a server that does %s', async (how, reached) => {
      const { server, channel, host, message } = await opened()
      server.behave(how)
      const abort = new AbortController()
      const failing = failure(channel.deliver(message, attemptOf(message, abort.signal)))
      await until('the server to be in the attempt', () =>
        how === 'hang-before' ? server.begun() > 0 : server.received().length > 0,
      )
      abort.abort(new Error('time is up'))
      const error = await failing
      expect([error.kind, error.reached]).toEqual(['retry', reached])
      nothingLeaks(host, error)
      await until('the connection to be given up', () => server.connections() === 0)
    })

    it('does nothing for a signal that has already fired', async () => {
      const { server, channel, message } = await opened()
      const error = await failure(channel.deliver(message, attemptOf(message, AbortSignal.abort())))
      expect([error.kind, error.reached]).toEqual(['retry', 'no'])
      expect(server.received()).toHaveLength(0)
    })

    it('sends as many at a time as it allows, each once', async () => {
      const { server, channel } = await opened()
      const messages = Array.from({ length: bridge.maxInFlight * 2 }, (_, n) => channel.render([itemNumber(n)], to))
      for (const half of [messages.slice(0, bridge.maxInFlight), messages.slice(bridge.maxInFlight)]) {
        await Promise.all(half.map((message) => channel.deliver(message, attemptOf(message))))
      }
      const got = server.received().map((bytes) => Buffer.from(bytes).toString('base64'))
      expect(got.sort()).toEqual(
        messages.map((message) => Buffer.from(wire(message, attemptOf(message))).toString('base64')).sort(),
      )
      expect(server.peak()).toBeLessThanOrEqual(bridge.maxInFlight)
    })

    it('leaves no connection when closed, and sends nothing afterwards', async () => {
      const { server, channel, message } = await opened()
      await channel.deliver(message, attemptOf(message))
      await channel.close()
      await channel.close()
      await until('every connection to end', () => server.connections() === 0)
      await failure(channel.deliver(message, attemptOf(message)))
      expect(server.received()).toHaveLength(1)
    })
  })
}
