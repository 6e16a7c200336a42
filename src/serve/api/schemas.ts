/** What the API takes and gives: types, checks and the OpenAPI document come from these. Unknown members are errors. */
import { z } from 'zod'
import { subscriptionWays } from '../../config-parts.ts'
import { deliveryStates } from '../../flow.ts'
import { scopes } from '../tokens.ts'

export const name = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,64}$/, 'must be 1 to 64 letters, digits, dots, hyphens or underscores')
const id = z.int().min(1)
const ms = z.int().describe('milliseconds since the epoch, UTC')
const maybeMs = ms.nullable()
/** In a path or a query everything is text. */
const idText = z
  .string()
  .regex(/^[1-9]\d{0,15}$/, 'must be a whole number above 0')
  .transform(Number)

export const idParams = z.strictObject({ id: idText })
export const pageQuery = z.strictObject({
  limit: idText
    .refine((limit) => limit <= 1_000, 'must be at most 1000')
    .optional()
    .describe('at most so many, 100 by default, 1000 at most'),
  beforeId: idText.optional().describe('the last id of the page before: rows come newest first'),
})
export const defaultLimit = 100

export const apiError = z
  .object({
    code: z.string().describe('a code of docs/reference/errors.md'),
    message: z.string(),
    fix: z.string().describe('what to do about it'),
  })
  .describe('what was wrong')

export const me = z.object({
  user: z.string(),
  role: z.enum(['admin', 'user']),
  groups: z.array(z.string()),
  scopes: z.array(z.enum(scopes)).describe('what this token allows'),
})

export const stream = z.object({
  name: z.string(),
  ivoid: z.string(),
  title: z.string(),
  description: z.string().optional(),
  filter: z.string().describe('the text of its filter'),
})

// ---------------------------------------------------------------- filters

const filterText = z
  .string()
  .min(1)
  .max(20_000)
  .describe("ADQL, or a bare condition: `mag < 18 AND band = 'r'`; see docs/filters.md")
const group = name.nullable().describe('shared with this group: its members see and change it too')
const isPublic = z.boolean().describe('everybody may read it and subscribe to it')

export const newFilter = z.strictObject({
  name,
  text: filterText,
  group: group.default(null),
  public: isPublic.default(false),
})
export const filterChange = z.strictObject({
  text: filterText.optional().describe('another text is a new version; the old ones are kept'),
  group: group.optional(),
  public: isPublic.optional(),
})
export const filterCheck = z.strictObject({ text: filterText })
export const checkedFilter = z.object({
  table: z.string().describe('what it asks: `alert` or `event`'),
  version: z.string().describe('the ledger counts by it; white space and comments do not change it'),
  columns: z.array(z.object({ name: z.string(), type: z.string(), unit: z.string().optional() })),
  cost: z.number().describe('what a row costs at most, in about the time of one comparison'),
})
export const filter = z.object({
  id,
  name: z.string().describe('`<owner>/<name>`'),
  owner: z.string(),
  group: z.string().nullable(),
  public: z.boolean(),
  text: z.string().describe('the version in force'),
  versions: z.int(),
  createdMs: ms,
  endedMs: maybeMs,
})
export const filterWithVersions = filter.extend({
  history: z.array(z.object({ id, text: z.string(), createdMs: ms })).describe('newest first'),
})

// ---------------------------------------------------------------- subscriptions

const ways = {
  stream: z.string().optional().describe('the name of a published stream, or else'),
  filter: id.optional().describe('the id of a filter that you may read'),
  ...subscriptionWays,
}
const oneOf = (s: { stream?: string | undefined; filter?: number | undefined }): boolean =>
  (s.stream === undefined) !== (s.filter === undefined)
const needsOne = 'needs either `stream` or `filter`'

/** As it is stored; the plan is made of it. */
export const definition = z.strictObject(ways).refine(oneOf, needsOne)
export type Definition = z.output<typeof definition>
export const newSubscription = z.strictObject({ name, group: group.default(null), ...ways }).refine(oneOf, needsOne)
export const subscriptionChange = z.strictObject({ group: group.optional(), ...ways }).refine(oneOf, needsOne)

export const subscription = z.object({
  id,
  name: z.string().describe('`<owner>/<name>`: the ledger counts by it'),
  owner: z.string(),
  group: z.string().nullable(),
  definition: z.unknown().describe('as it was given'),
  state: z
    .enum(['active', 'paused', 'unsubscribed', 'unverified', 'suppressed', 'ended'])
    .describe(
      '`unverified`: nobody at the address has confirmed it yet; `suppressed`: the address refuses; `unsubscribed`: somebody used the link in a message',
    ),
  reason: z.string().nullable().describe('why the address is suppressed'),
  createdMs: ms,
  endedMs: maybeMs,
})
export const madeSubscription = subscription.extend({
  confirmation: z
    .enum(['not needed', 'asked', 'confirmed', 'suppressed', 'too soon'])
    .describe('`asked`: a message went to the address; nothing else is sent before somebody there says yes'),
})

// ---------------------------------------------------------------- deliveries and drafts

export const deliveryQuery = pageQuery.extend({
  state: z.enum(deliveryStates).optional(),
  bridge: z.string().optional(),
  subscription: z.string().optional(),
  ivoid: z.string().optional().describe('percent-encoded: its # is %23'),
})
const receipt = z.object({ id: z.string(), atMs: ms, reply: z.string().optional() })
export const delivery = z.object({
  id,
  bridge: z.string(),
  subscription: z.string(),
  owner: z.string(),
  state: z.enum(deliveryStates),
  purpose: z.enum(['event', 'retraction', 'confirmation', 'draft']),
  ivoid: z.string().nullable(),
  objectId: z.string().nullable().describe('the survey’s identifier of the object'),
  address: z.unknown(),
  createdMs: ms,
  dueMs: maybeMs,
  attempts: z.int(),
  reached: z.enum(['no', 'maybe', 'yes']).describe('can the other side have it?'),
  error: z.string().nullable(),
  receipt: receipt.nullable(),
  settledMs: maybeMs,
  digestOf: z.int().describe('how many items its message has'),
  leadId: id.nullable().describe('the delivery whose message shows this one'),
  lookUp: z.string().nullable().describe('what a person should look up before deciding'),
})
export const deliveryDetail = delivery.extend({
  message: z
    .object({
      bodyBase64: z.string(),
      key: z.string(),
      repeat: z.enum(['safe', 'never']),
      parts: z.array(z.object({ hash: z.string(), mediaType: z.string(), name: z.string(), bytes: z.int() })),
    })
    .nullable()
    .describe('null before it is rendered, and always for a confirmation: its link is for the reader alone'),
  reply: z.string().nullable(),
  expiresMs: maybeMs,
  approvedBy: z.string().nullable(),
  approvedMs: maybeMs,
  followers: z.array(z.object({ id, ivoid: z.string() })),
  thread: z.array(receipt),
  history: z.array(
    z.object({
      number: z.int(),
      kind: z.enum(['send', 'look']),
      startedMs: ms,
      endedMs: ms,
      outcome: z.enum(deliveryStates),
      reached: z.enum(['no', 'maybe', 'yes']),
      reply: z.string().nullable(),
    }),
  ),
})
const ids = z.array(id).min(1).max(1_000)
export const retryBody = z.strictObject({
  ids,
  again: z.boolean().default(false).describe('also where the other side may have it already and must not get it twice'),
})
export const dropBody = z.strictObject({ ids, reason: z.string().min(1).max(500) })
export const sentBody = z.strictObject({
  ids,
  receipt: z.string().min(1).max(500).optional().describe('what the other side calls it'),
})
export const changed = z.object({
  done: z.array(id),
  refused: z.array(z.object({ id, code: z.string(), reason: z.string() })),
})

// ---------------------------------------------------------------- ledger and addresses

const count = z.int()
export const ledger = z.object({
  filters: z.array(
    z.object({
      name: z.string(),
      version: z.string(),
      passed: count,
      errored: count,
      chosen: count,
      waiting: count,
      suppressed: count,
      unmappable: count,
    }),
  ),
  subscriptions: z
    .array(
      z.object({
        subscription: z.string(),
        chosen: count,
        notices: count.describe('retractions, confirmations and notices of drafts: nobody chose them'),
        deliveries: count,
        leftOut: count,
        reasons: z.record(z.string(), count),
      }),
    )
    .describe('chosen + notices = deliveries + left out'),
})

export const address = z.object({
  bridge: z.string(),
  address: z.unknown(),
  askedMs: maybeMs,
  confirmedFor: z.array(z.string()).describe('users to whom somebody there said yes'),
  suppressedMs: maybeMs,
  suppressedReason: z.string().nullable(),
})
export const addressQuery = z.strictObject({ suppressed: z.enum(['true', 'false']).optional() })
export const releaseBody = z.strictObject({ bridge: z.string().min(1), address: z.unknown() })
