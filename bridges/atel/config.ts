import { z } from 'zod'
import { signedConfig } from '../report-text/signed-config.ts'
import { subjectOf } from './subjects.ts'

export const config = z.strictObject({
  ...signedConfig,
  subjects: z
    .array(z.string())
    .min(1)
    .max(8)
    .default(['Optical', 'Transient'])
    .superRefine((list, context) => {
      for (const text of list) {
        if (subjectOf(text) === undefined) {
          context.addIssue({ code: 'custom', message: `"${text}" is no subject of The Astronomer's Telegram` })
        }
      }
    })
    .describe('subjects of a new draft, of the fixed list in the README'),
})
export type AtelConfig = (typeof config)['_output']
