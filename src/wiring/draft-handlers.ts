/** What commands may ask about drafts through `data/control.sock`. */
import { z } from 'zod'
import type { ControlHandler } from '../record/control.ts'
import type { DraftDesk } from '../serve/draft-desk.ts'
import { checked } from './checked.ts'

const id = z.int().min(1)
const ids = z.array(id).min(1).max(10_000)
const version = z.int().min(0)
const words = z.string().trim().min(1).max(2_000)

/** Whoever may open the socket is the operator. `by`: as whom they want it noted. */
const by = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .transform((name) => `${name} (operator)`)
  .default('operator')

export function draftHandlers(desk: DraftDesk): Record<string, ControlHandler> {
  return {
    'drafts.show': checked(z.strictObject({ id }), (args) => desk.show(args.id)),
    'drafts.edit': checked(
      z
        .strictObject({
          id,
          version: version.optional(),
          text: z.string().max(500_000).optional(),
          original: z.literal(true).optional(),
          by,
        })
        .refine(
          ({ text, original }) => (text === undefined) !== (original === undefined),
          'needs either text or original',
        ),
      (args) =>
        desk.edit(args.id, {
          by: args.by,
          ...(args.version === undefined ? {} : { version: args.version }),
          ...(args.text === undefined ? { original: true as const } : { text: args.text }),
        }),
    ),
    'drafts.approve': checked(
      z.strictObject({ ids, versions: z.record(z.string(), version).optional(), by }),
      ({ ids: wanted, versions, by: who }) =>
        desk.approve(wanted, { by: who, ...(versions === undefined ? {} : { versions }) }),
    ),
    'drafts.discard': checked(z.strictObject({ ids, reason: words, by }), ({ ids: wanted, ...rest }) =>
      desk.discard(wanted, rest),
    ),
    'drafts.sent': checked(
      z.strictObject({ id, receipt: words, kind: z.string().optional(), by }),
      ({ id: which, receipt, kind, by: who }) =>
        desk.sent(which, { by: who, receipt, ...(kind === undefined ? {} : { kind }) }),
    ),
  }
}
