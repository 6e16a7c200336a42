import { z } from 'zod'
import type { Audience } from '../contract.ts'
import { isInTheClear, postAudience } from '../post-audience.ts'
import { network, serviceUrl } from '../public-address.ts'

/** SCiMMA's topic for trying things out: everybody can read it, nobody takes it for more. */
const testTopic = 'hermes.test'

const oneLineText = z
  .string()
  .trim()
  .min(1)
  .regex(/^[^\p{Cc}\u2028\u2029]*$/u, 'must be one line of text')

export const config = z
  .strictObject({
    token: z
      .string()
      .regex(/^[\x21-\x7e]{8,200}$/, 'must be the API token of your Hermes profile')
      .meta({ secret: true })
      .describe('the API token of your Hermes profile; give it as ${NAME}'),
    submitter: oneLineText.max(200).describe('who submits: the name of the group or gateway'),
    authors: oneLineText.max(2000).optional().describe('who signs: "N. Name (Institute), M. Other (University)"'),
    live: z.boolean().default(false).describe('messages may go to a topic that the public reads'),
    topic: z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,100}\.[A-Za-z0-9._-]{1,100}$/, 'must be a topic of Hopskotch: group.name')
      .default(testTopic)
      .describe('the topic of Hopskotch that the account may write to; `hermes.test` is for trials'),
    api: serviceUrl.default('https://hermes.lco.global/api/v0').describe('where the API is'),
    networks: z
      .array(network)
      .default([])
      .describe('networks that are open beside the public internet, for an `api` of your own'),
  })
  .superRefine(({ live, topic, api }, context) => {
    const refuse = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message })
    if (isInTheClear(api)) refuse('api', 'must begin with https: the token goes there')
    if (live && topic === testTopic) refuse('topic', 'live: true needs a topic of your own; hermes.test is for trials')
    if (!live && topic !== testTopic && postAudience(api, true) === 'public') {
      refuse('topic', `the public reads ${topic}: set live: true, or leave the topic at ${testTopic}`)
    }
  })

export type HermesConfig = (typeof config)['_output']

export function audienceOf({ api, live }: HermesConfig): Audience {
  // Not live on the public host is the topic for trials: nothing else passes the configuration.
  return live ? postAudience(api, true) : 'sandbox'
}
