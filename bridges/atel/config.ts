import { z } from 'zod'
import { authorsFault } from '../report-text/author-list.ts'
import { subjectOf } from './subjects.ts'

const oneLineText = z
  .string()
  .trim()
  .regex(/^[^\p{Cc}\u2028\u2029]*$/u, 'must be one line of text')

export const config = z.strictObject({
  authors: oneLineText
    .min(1)
    .max(2000)
    .superRefine((text, context) => {
      const fault = authorsFault(text)
      if (fault !== undefined) context.addIssue({ code: 'custom', message: `${fault} Write "N. Name (Institute), …"` })
    })
    .describe('who signs: "N. Name (Institute), M. Other (University)"; everybody needs an affiliation'),
  contact: oneLineText.min(3).max(200).describe('whom readers ask: a person with a mail address'),
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
  closing: oneLineText.max(600).optional().describe('the last sentences, instead of the acknowledgement of the survey'),
  leastReliability: z
    .number()
    .min(0)
    .max(1)
    .default(0.5)
    .describe('detections that the survey’s model trusts less make no draft; 0: all do'),
})
export type AtelConfig = (typeof config)['_output']
