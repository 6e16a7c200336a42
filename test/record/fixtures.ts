/** Small Sifteds, made by hand: what the store is tested with. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import type { Log } from '../../bridges/contract.ts'
import type { Delivery, MappedEvent, OutsideEvent, PacketOutcome, Sifted, SiftedLine } from '../../src/flow.ts'
import { type OpenedStore, type OpenOptions, openStore } from '../../src/record/open-store.ts'
import type { Plan, PlannedBridge, PlannedSubscription } from '../../src/record/plan-port.ts'
import type { Role, VOEvent } from '../../vo/model/voevent.ts'
import { elementHash } from '../../vo/xml/element.ts'
import { writeVOEvent20 } from '../../vo/xml/voevent-2.0.ts'

export const t0 = Date.UTC(2026, 10, 21)
export const filter = { name: 'bright', version: 'v1' }
export const streamIvoid = 'ivo://example.org/streams/bright'

export const silent: Log = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => silent,
}

export function newDataDir(): string {
  return mkdtempSync(join(tmpdir(), 'fountain-store-'))
}

/** Opens a store, runs, closes it; the directory stays. */
export async function withStore<T>(
  dataDir: string,
  use: (store: OpenedStore) => Promise<T>,
  options: Partial<OpenOptions> = {},
): Promise<T> {
  const store = await openStore(dataDir, { log: silent, clock: { now: () => t0 }, ...options })
  try {
    return await use(store)
  } finally {
    await store.close()
  }
}

export function removeDataDir(dataDir: string): void {
  rmSync(dataDir, { recursive: true, force: true })
}

export interface PacketOf {
  offset: number
  alertId?: string
  outcome?: PacketOutcome
  visit?: number
  objectId?: string | null
  matches?: boolean
  errors?: boolean
  bytes?: string
  kept?: boolean
  role?: Role
  /** The event cannot be made. */
  unmappable?: boolean
}

export const bytesOf = ({ offset, alertId, bytes }: PacketOf) =>
  new TextEncoder().encode(bytes ?? `${alertId}@${offset}`)

export function voevent(ivoid: string, role: Role = 'observation', more: Partial<VOEvent> = {}): VOEvent {
  return {
    ivoid,
    role,
    who: { authorIvoid: 'ivo://example.org/fountain', date: '2026-11-21T00:00:00' },
    what: {
      params: [{ definition: { name: 'diaObjectId', dataType: 'int' }, value: 9007199254740993n }],
      groups: [],
      tables: [],
      descriptions: [],
      references: [],
    },
    ...more,
  }
}

/** A span of packets; each becomes an alert that matches `bright` unless said otherwise. */
export function sifted(packets: readonly PacketOf[], more: Partial<Sifted> = {}): Sifted {
  const outcome = (packet: PacketOf) => packet.outcome ?? 'decoded'
  const matched = packets.filter((packet) => outcome(packet) === 'decoded' && packet.matches !== false)
  const ivoid = (packet: PacketOf) => `${streamIvoid}#${packet.alertId}`
  const first = packets[0]?.offset ?? 0
  return {
    source: 'lsst',
    survey: 'lsst',
    topic: 'alerts',
    partition: 0,
    from: first,
    to: (packets.at(-1)?.offset ?? first - 1) + 1,
    kind: 'span',
    filters: [filter],
    lines: packets.map((packet): SiftedLine => {
      const bytes = bytesOf(packet)
      return {
        offset: packet.offset,
        outcome: outcome(packet),
        ...(outcome(packet) === 'decoded' ? { alertId: packet.alertId ?? String(packet.offset) } : {}),
        visit: packet.visit ?? 7,
        crc32: crc32(bytes),
        length: bytes.length,
        passed: matched.includes(packet) ? [0] : [],
        errored: packet.errors === true && outcome(packet) === 'decoded' ? [0] : [],
      }
    }),
    candidates: matched.map((packet) => ({
      offset: packet.offset,
      filter: 0,
      alertId: packet.alertId ?? String(packet.offset),
      visit: packet.visit ?? 7,
      objectId: packet.objectId ?? null,
      columns: [{ definition: { name: 'mag', dataType: 'float' }, value: 17.5 }],
      event: packet.unmappable ? { code: 'MAPPING_FAILED', reason: 'no position' } : { ivoid: ivoid(packet) },
    })),
    events: matched
      .filter((packet) => !packet.unmappable)
      .map(
        (packet): MappedEvent => ({
          offset: packet.offset,
          streamIvoid,
          published: true,
          objectId: packet.objectId ?? null,
          event: voevent(ivoid(packet), packet.role),
        }),
      ),
    dead: packets
      .filter((packet) => outcome(packet) !== 'decoded')
      .map((packet) => ({
        offset: packet.offset,
        state: outcome(packet) as 'dead' | 'parked',
        code: outcome(packet) === 'dead' ? 'DECODE_INVALID' : 'REGISTRY_UNKNOWN_ID',
        reason: 'because',
        ...(outcome(packet) === 'parked' ? { schemaId: 1101 } : {}),
      })),
    kept: packets
      .filter((packet) => packet.kept ?? (matched.includes(packet) || outcome(packet) !== 'decoded'))
      .map((packet) => ({ offset: packet.offset, recordTimeMs: t0, bytes: bytesOf(packet) })),
    outside: [],
    nowMs: t0,
    ...more,
  }
}

export function outside(ivoid: string, more: Partial<OutsideEvent> = {}): Sifted {
  const model = voevent(ivoid)
  const bytes = writeVOEvent20(model)
  const event: OutsideEvent = {
    ivoid,
    role: 'observation',
    origin: 'submitted',
    from: '127.0.0.1',
    mediaType: 'text/xml',
    bytes,
    elementHash: elementHash(more.bytes ?? bytes),
    model,
    ...more,
  }
  return { ...sifted([]), source: 'vtp', topic: 'submit', kind: 'outside', from: 0, to: 0, outside: [event] }
}

/** The alert that a delivery is about. */
export const alertOf = (delivery: Delivery) => ('context' in delivery ? delivery.context.alertId : 'no event')

export const bridge = (name: string, more: Partial<PlannedBridge> = {}): PlannedBridge => ({
  name,
  confirms: false,
  digests: true,
  expireAfterMs: 3 * 86_400_000,
  ...more,
})

export function plan(...subscriptions: Partial<PlannedSubscription>[]): Plan {
  return {
    authority: 'example.org',
    filters: [
      {
        key: filter,
        stream: { name: 'bright', title: 'Bright' },
        subscriptions: subscriptions.map((more, index) => ({
          name: `sub-${index}`,
          bridge: 'email',
          address: `a${index}@example.org`,
          test: false,
          owner: 'operator',
          cadence: { kind: 'instant' },
          content: 'full',
          pictures: true,
          mustConfirm: false,
          ...more,
        })),
      },
    ],
  }
}
