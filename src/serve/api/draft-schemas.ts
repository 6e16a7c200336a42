/** What the API takes and gives of drafts: docs/drafts.md. */
import { z } from 'zod'
import { deliveryStates } from '../../flow.ts'

const id = z.int().min(1)
const ms = z.int().describe('milliseconds since the epoch, UTC')
const version = z.int().min(0).describe('0 as it was rendered; a change gives the next')

export const draft = z.object({
  id,
  bridge: z.string(),
  subscription: z.string(),
  owner: z.string(),
  state: z.enum(deliveryStates),
  purpose: z.enum(['event', 'retraction', 'confirmation', 'draft']),
  ivoid: z.string().nullable(),
  address: z.unknown(),
  createdMs: ms,
  error: z.string().nullable(),
  about: z.string().describe('the object’s name'),
  version,
  text: z.string().nullable().describe('null before it is rendered, and where the message is no text'),
  editable: z.boolean(),
  byHand: z.boolean().describe('a yes sends nothing: somebody hands it in, and says so by `POST drafts/sent`'),
  notLive: z.string().nullable().describe('why nothing goes out, whoever says yes'),
  findings: z
    .array(
      z.object({
        severity: z.enum(['error', 'warning', 'note']),
        code: z.string(),
        says: z.string(),
        fix: z.string().optional(),
      }),
    )
    .describe('what is wrong or doubtful; an error forbids the yes'),
  handIn: z
    .object({
      url: z.string(),
      prefilled: z.boolean(),
      fields: z.array(z.object({ label: z.string(), value: z.string() })),
    })
    .nullable(),
  versions: z
    .array(z.object({ version, by: z.string().nullable(), atMs: ms, text: z.string().nullable() }))
    .describe('oldest first; empty where nobody has changed it'),
  before: z
    .object({ id, atMs: ms, receiptId: z.string().nullable(), diff: z.string() })
    .nullable()
    .describe('what this address was told about the object last; `diff` is unified, from that to this'),
  pageUrl: z.string().nullable().describe('whoever has this link can read the draft'),
  parts: z.array(z.object({ name: z.string(), mediaType: z.string(), bytes: z.int() })),
  approvedBy: z.string().nullable(),
  approvedMs: ms.nullable(),
  receipt: z.object({ id: z.string(), atMs: ms, reply: z.string().optional() }).nullable(),
})

const ids = z.array(id).min(1).max(1_000)
export const approveBody = z.strictObject({
  ids,
  versions: z
    .record(z.string(), version)
    .optional()
    .describe('what you have looked at, by id: another version is refused; absent: as they stand'),
})
export const textBody = z
  .strictObject({
    text: z.string().min(1).max(500_000).optional().describe('the changed text, or else'),
    original: z.literal(true).optional().describe('back to what was rendered'),
    version: version.optional().describe('the version that you changed: another one is refused'),
  })
  .refine(
    ({ text, original }) => (text === undefined) !== (original === undefined),
    'needs either `text` or `original`',
  )
export const handedInBody = z.strictObject({
  id,
  receipt: z.string().trim().min(1).max(500).describe('its number or page, as the service gives it'),
})
export const handedIn = z.object({
  title: z.string(),
  url: z.string().nullable(),
  citation: z
    .object({ ivoid: z.string(), seq: z.int().nullable() })
    .nullable()
    .describe('the event of ours that says so; null where it was said before'),
})
