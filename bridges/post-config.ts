/** What operators set alike for every service that is posted to. */
import { z } from 'zod'

export const live = z
  .boolean()
  .default(false)
  .describe('posts are sent, and people everywhere read them; without it they are rendered and held')

export const language = z
  .string()
  .regex(/^[a-z]{2,3}$/, 'must be an ISO 639 code, en')
  .default('en')
  .describe('the language of your templates')
