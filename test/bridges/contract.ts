/**
 * The suite that every bridge runs, on a loopback server that misbehaves on purpose (docs/design.md §7). A bridge
 * brings its server, told in six words how to behave; the suite brings the rules of `bridges/contract.ts`.
 */
import { createHash } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import type { z } from 'zod'
import {
  type Attempt,
  type Bridge,
  type Channel,
  DeliveryError,
  type Host,
  type Item,
  type Message,
} from '../../bridges/contract.ts'
import { openHttp } from '../../bridges/http.ts'
import { refusalOf } from './refusal.ts'
import {
  bareItem,
  confirmation,
  hostileItem,
  itemNumber,
  picturedItem,
  retractionItem,
  sampleItem,
} from './sample-item.ts'

/**
 * `reject`: refuses this message for good. `later`: refuses it for now. `busy`: says in the service's own way to wait
 * seven seconds. `fails`: takes the message and says that something broke. `garbage`: takes it and answers what
 * nobody can read. `drip`: answers rightly, a byte at a time. `hang-before`: takes the connection and says nothing.
 * `hang-after`: takes all of the message and says nothing. `die-after`: takes it and drops the line.
 */
export type Behaviour =
  | 'accept'
  | 'reject'
  | 'later'
  | 'busy'
  | 'fails'
  | 'garbage'
  | 'drip'
  | 'hang-before'
  | 'hang-after'
  | 'die-after'

export interface MisbehavingServer {
  behave(how: Behaviour): void
  /** What the server holds of each message, in order, in the form of `Message.body`. */
  received(): readonly Uint8Array[]
  /** Requests or connections that began, to wait for. */
  begun(): number
  connections(): number
  /** The largest number of connections or requests at one time. */
  peak(): number
  stop(): Promise<void>
}

/** What is known after an attempt. */
export interface Expected {
  readonly kind: 'retry' | 'reject' | 'halt'
  readonly reached: 'no' | 'maybe'
  readonly retryAfterMs?: number
}

export interface BridgeCase<Config extends z.ZodType, Address extends z.ZodType> {
  readonly bridge: Bridge<Config, Address>
  /** An address; `start` gives it where it names the server. */
  readonly to?: z.output<Address>
  start(): Promise<{ server: MisbehavingServer; config: z.input<Config>; to?: z.output<Address> }>
  /** Values of the config that nobody may read in a log line or an error. */
  readonly secrets: readonly string[]
  /** What the other side gets of a message; its body where nothing is put together at the attempt. */
  readonly wire?: (message: Message, attempt: Attempt) => Uint8Array
  /** Where the protocol can know more or less than most. */
  readonly expects?: Partial<Record<Exclude<Behaviour, 'accept' | 'drip'>, Expected>>
  /** What a server that is gone comes to; `retry`, `no` by default. */
  readonly whenGone?: Expected
  /** `nothing`: the other side is the subscriber's, so there is nothing to ask before a message goes there. */
  readonly checks?: 'nothing'
  /** What the items of the suite lack for this bridge: `full`, an object. */
  readonly dress?: (item: Item) => Item
  /** What says too little, or nonsense, may be refused; a Refusal names its reasons. */
  readonly mayRefuse?: true
}

const usual: Readonly<Record<Exclude<Behaviour, 'accept' | 'drip'>, Expected>> = {
  reject: { kind: 'reject', reached: 'no' },
  later: { kind: 'retry', reached: 'no' },
  busy: { kind: 'retry', reached: 'no', retryAfterMs: 7000 },
  fails: { kind: 'retry', reached: 'maybe' },
  garbage: { kind: 'retry', reached: 'maybe' },
  'hang-before': { kind: 'retry', reached: 'no' },
  'hang-after': { kind: 'retry', reached: 'maybe' },
  'die-after': { kind: 'retry', reached: 'maybe' },
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
    folder: () => mkdtempSync(join(tmpdir(), 'fountain-bridge-')),
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
  given: BridgeCase<Config, Address>,
): void {
  const { bridge, start, secrets, wire = (message) => message.body } = given
  const expected = { ...usual, ...given.expects }
  const dressed = given.dress ?? ((item: Item) => item)
  const numbered = (n: number) => dressed(itemNumber(n))
  describe(`${title}: the rules of every bridge`, () => {
    const open: { channel: Channel<z.output<Address>>; server: MisbehavingServer }[] = []
    afterEach(async () => {
      for (const { channel, server } of open.splice(0)) {
        await channel.close()
        await server.stop()
      }
    })

    async function opened() {
      const { server, config, to = given.to as z.output<Address> } = await start()
      const host = testHost()
      const channel = await bridge.open(bridge.config.parse(config) as z.output<Config>, host)
      open.push({ channel, server })
      const message = channel.render([dressed(sampleItem)], to)
      return { server, channel, host, message, to }
    }
    const has = (server: MisbehavingServer, message: Message) =>
      Buffer.from(server.received().at(-1)!).equals(wire(message, attemptOf(message)))
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
      const { channel, message, to } = await opened()
      const again = channel.render([structuredClone(dressed(sampleItem))], to)
      expect(message).not.toBeInstanceOf(Promise)
      expect(plain(again)).toEqual(plain(message))
      expect(channel.render([numbered(2)], to).key).not.toBe(message.key)
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
      expect(has(server, message)).toBe(true)
      nothingLeaks(host)
    })

    it('sends the stored bytes as they are after a restart', async () => {
      const { server, channel, message } = await opened()
      const stored = storedAndBack(message)
      await channel.deliver(stored, { ...attemptOf(stored), number: 2 })
      expect(has(server, message)).toBe(true)
    })

    it('checks without sending', async () => {
      const { server, channel } = await opened()
      await channel.check(AbortSignal.timeout(20_000))
      expect(server.received()).toHaveLength(0)
    })

    it.each(['reject', 'later', 'busy', 'fails', 'garbage', 'die-after'] as const)(
      'tells %s as what it is, and goes on after it',
      async (how) => {
        const { server, channel, host, message } = await opened()
        server.behave(how)
        const error = await failure(channel.deliver(message, attemptOf(message)))
        expect(known(error)).toEqual(expected[how])
        expect(error.reply).not.toBe('')
        nothingLeaks(host, error)
        server.behave('accept')
        const before = server.received().length
        await channel.deliver(message, { ...attemptOf(message), number: 2 })
        expect(server.received()).toHaveLength(before + 1)
      },
    )

    it('waits for an answer that comes a byte at a time', async () => {
      const { server, channel, message } = await opened()
      server.behave('drip')
      const outcome = await channel.deliver(message, attemptOf(message))
      expect(['sent', 'submitted']).toContain(outcome.state)
      expect(server.received()).toHaveLength(1)
    })

    it('tells that nobody is there, also in check', async () => {
      const { server, channel, host, message } = await opened()
      await server.stop()
      const error = await failure(channel.deliver(message, attemptOf(message)))
      expect(known(error)).toEqual(given.whenGone ?? { kind: 'retry', reached: 'no' })
      nothingLeaks(host, error)
      if (given.checks === 'nothing') await channel.check(AbortSignal.timeout(20_000))
      else nothingLeaks(host, await failure(channel.check(AbortSignal.timeout(20_000))))
    })

    it.each(['hang-before', 'hang-after'] as const)('stops when told, on a server that does %s', async (how) => {
      const { server, channel, host, message } = await opened()
      server.behave(how)
      const abort = new AbortController()
      const failing = failure(channel.deliver(message, attemptOf(message, abort.signal)))
      await until('the server to be in the attempt', () =>
        how === 'hang-before' ? server.begun() > 0 : server.received().length > 0,
      )
      abort.abort(new Error('time is up'))
      const error = await failing
      expect(known(error)).toEqual(expected[how])
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
      const { server, channel, to } = await opened()
      const messages = Array.from({ length: bridge.maxInFlight * 2 }, (_, n) => channel.render([numbered(n)], to))
      for (const half of [messages.slice(0, bridge.maxInFlight), messages.slice(bridge.maxInFlight)]) {
        await Promise.all(half.map((message) => channel.deliver(message, attemptOf(message))))
      }
      const got = server.received().map((bytes) => sha256(bytes))
      expect(got.sort()).toEqual(messages.map((message) => sha256(wire(message, attemptOf(message)))).sort())
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

    /** Whatever is rendered goes out, also from what was stored. */
    async function goesOut(items: readonly [Item, ...Item[]]): Promise<Message> {
      const { server, channel, message: other, to } = await opened()
      const message = channel.render(items, to)
      expect(plain(channel.render(structuredClone(items), to))).toEqual(plain(message))
      expect(message.key).toMatch(/^[\x21-\x7e]{8,200}$/)
      if (items.length > 1 || items[0].event.ivoid !== sampleItem.event.ivoid) expect(message.key).not.toBe(other.key)
      for (const part of message.parts) {
        expect(part.hash).toBe(sha256(part.bytes))
        expect(part.mediaType).toMatch(/^\w+\/[\w.+-]+$/)
      }
      await channel.deliver(storedAndBack(message), attemptOf(message))
      expect(server.received()).toHaveLength(1)
      expect(has(server, message)).toBe(true)
      return message
    }

    it.each(['summary', 'lightweight', 'full'] as const)('takes an event in the content %s', async (content) => {
      await goesOut([{ ...dressed(sampleItem), content }])
    })
    it('takes an event that says almost nothing', async () => {
      const { channel, to } = await opened()
      if (given.mayRefuse && refusalOf(() => channel.render([dressed(bareItem)], to))) return
      await goesOut([dressed(bareItem)])
    })
    it('takes a retraction', async () => {
      await goesOut([dressed(retractionItem)])
    })
    it('takes pictures, and shares each between messages', async () => {
      const message = await goesOut([dressed(picturedItem)])
      if (bridge.pictures.length === 0) return
      const { channel, to } = await opened()
      const hashes = (one: Message) => one.parts.map((part) => part.hash).filter((hash) => pictureHashes.has(hash))
      const other = channel.render([{ ...dressed(picturedItem), event: itemNumber(2).event }], to)
      expect(hashes(other)).toEqual(hashes(message))
    })
    if (bridge.accepts === 'digest') {
      it('takes a digest: one message for many items', async () => {
        await goesOut([numbered(1), numbered(2), numbered(3)])
        const many = Array.from({ length: 100 }, (_, n) => numbered(n))
        await goesOut([{ ...many[0]!, match: { ...many[0]!.match, heldBack: 12 } }, ...many.slice(1)])
      })
      it('gives a digest a key of all its items', async () => {
        const { channel, to } = await opened()
        const keyOf = (...numbers: [number, ...number[]]) =>
          channel.render(numbers.map(numbered) as [Item, ...Item[]], to).key
        expect(new Set([keyOf(1), keyOf(1, 2), keyOf(1, 3), keyOf(1, 2, 3)]).size).toBe(4)
      })
    }
    it('renders whatever stands in an event', async () => {
      const { channel, to } = await opened()
      fc.assert(
        fc.property(hostileItem, (plainItem) => {
          const item = dressed(plainItem)
          if (given.mayRefuse && refusalOf(() => channel.render([item], to))) return
          expect(plain(channel.render([structuredClone(item)], to))).toEqual(plain(channel.render([item], to)))
        }),
        { numRuns: 200 },
      )
    })
    it('asks for a confirmation where it needs one', async () => {
      const { server, channel, to } = await opened()
      expect(channel.renderConfirmation !== undefined).toBe(bridge.confirms === true)
      expect(channel.renderDraftNotice !== undefined).toBe(bridge.tellsOfDrafts === true)
      const message = channel.renderConfirmation?.(confirmation, to)
      if (message === undefined) return
      expect(message.key).toBe(confirmation.key)
      await channel.deliver(storedAndBack(message), attemptOf(message))
      expect(server.received()).toHaveLength(1)
    })
  })
}

/** As the store gives it back: the same bytes in other memory. */
function storedAndBack(message: Message): Message {
  return { ...structuredClone(message), body: Buffer.from(message.body) }
}

/** To be compared: a Buffer and an Uint8Array of the same bytes are the same. */
function plain({ body, parts, ...rest }: Message): object {
  return {
    ...rest,
    body: Buffer.from(body).toString('latin1'),
    parts: parts.map(({ bytes, ...part }) => ({ ...part, sha: sha256(bytes) })),
  }
}

function known({ kind, reached, retryAfterMs }: DeliveryError): Expected {
  return { kind, reached, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

const pictureHashes = new Set([...picturedItem.pictures.values()].map(({ bytes }) => sha256(bytes)))
