/** What the configuration of a text that a person hands in says, whichever service takes it: who signs, and what is worth a draft. */
import { z } from 'zod'
import { authorsFault } from './author-list.ts'

const oneLineText = z
  .string()
  .trim()
  .regex(/^[^\p{Cc}\u2028\u2029]*$/u, 'must be one line of text')

export const signedConfig = {
  authors: oneLineText
    .min(1)
    .max(2000)
    .superRefine((text, context) => {
      const fault = authorsFault(text)
      if (fault !== undefined) context.addIssue({ code: 'custom', message: `${fault} Write "N. Name (Institute), …"` })
    })
    .describe('who signs: "N. Name (Institute), M. Other (University)"; everybody needs an affiliation'),
  contact: oneLineText.min(3).max(200).describe('whom readers ask: a person with a mail address'),
  closing: oneLineText.max(600).optional().describe('the last sentences, instead of the acknowledgement of the survey'),
  leastReliability: z
    .number()
    .min(0)
    .max(1)
    .default(0.5)
    .describe('detections that the survey’s model trusts less make no draft; 0: all do'),
}
