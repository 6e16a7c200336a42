/** What commands may ask about deliveries and retractions through `data/control.sock`. */
import { z } from 'zod'
import { deliveryStates } from '../flow.ts'
import type { ControlHandler } from '../record/control.ts'
import type { DeliveryDetail, Retracted, Store } from '../record/port.ts'
import type { DraftDesk } from '../serve/draft-desk.ts'
import { checked } from './checked.ts'

const id = z.int().min(1)
const ids = z.array(id).min(1).max(10_000)
const words = z.string().trim().min(1).max(2_000)

const list = z.strictObject({
  state: z.enum(deliveryStates).optional(),
  bridge: z.string().optional(),
  subscription: z.string().optional(),
  ivoid: z.string().optional(),
  beforeId: id.optional(),
  limit: z.int().min(1).max(10_000),
})

export interface DeliveryGateway {
  readonly store: Pick<
    Store,
    'deliveries' | 'delivery' | 'retryDeliveries' | 'dropDeliveries' | 'confirmSent' | 'retract'
  >
  /** A yes obeys the same rules, whichever command says it. */
  readonly drafts: Pick<DraftDesk, 'approve'>
  readonly now: () => number
  /** Deliveries may be due that were not before. */
  wake(): void
  /** A retraction was recorded: it may stand on the log, and has deliveries. */
  retracted(retracted: Retracted): void
}

/** A message crosses as base64: it may be any bytes. */
export interface ShownDelivery extends Omit<DeliveryDetail, 'message'> {
  readonly message: {
    readonly key: string
    readonly repeat: 'safe' | 'never'
    readonly body: string
    readonly parts: readonly {
      readonly hash: string
      readonly mediaType: string
      readonly name: string
      readonly bytes: string
    }[]
  } | null
}

/** Whoever may open the socket is the operator. */
const by = 'operator'

export function deliveryHandlers({
  store,
  drafts,
  now,
  wake,
  retracted,
}: DeliveryGateway): Record<string, ControlHandler> {
  const change = async <T>(made: Promise<T>): Promise<T> => {
    const result = await made
    wake()
    return result
  }
  return {
    'deliveries.list': checked(list, (query) => store.deliveries(withoutUndefined(query))),
    'deliveries.show': checked(z.strictObject({ id }), async (args) => {
      const found = await store.delivery(args.id)
      return found && shown(found)
    }),
    'deliveries.retry': checked(z.strictObject({ ids, again: z.boolean() }), (args) =>
      change(store.retryDeliveries(args.ids, { by, nowMs: now(), again: args.again })),
    ),
    'deliveries.drop': checked(z.strictObject({ ids, reason: words }), (args) =>
      change(store.dropDeliveries(args.ids, { by, nowMs: now(), reason: args.reason })),
    ),
    'deliveries.sent': checked(z.strictObject({ ids, receipt: words.optional() }), (args) =>
      change(
        store.confirmSent(args.ids, {
          by,
          nowMs: now(),
          ...(args.receipt === undefined ? {} : { receipt: args.receipt }),
        }),
      ),
    ),
    'deliveries.approve': checked(z.strictObject({ ids }), (args) => drafts.approve(args.ids, { by })),
    retract: checked(z.strictObject({ ivoid: z.string().min(1).max(1_000), reason: words }), async (args) => {
      const result = await store.retract({ ...args, by, nowMs: now() })
      retracted(result)
      return result
    }),
  }
}

function shown(detail: DeliveryDetail): ShownDelivery {
  const { message } = detail
  if (message === null) return { ...detail, message }
  const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')
  return {
    ...detail,
    message: {
      key: message.key,
      repeat: message.repeat,
      // Who reads a confirmation's link could confirm for another.
      body: detail.purpose === 'confirmation' ? '' : base64(message.body),
      parts: (message.parts ?? []).map((part) => ({ ...part, bytes: base64(part.bytes) })),
    },
  }
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> }
function withoutUndefined<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as Defined<T>
}
