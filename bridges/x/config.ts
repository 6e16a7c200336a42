/** What an operator can set under `bridges: { x: … }`. An account is the whole instance: a subscription gives no address. */
import { z } from 'zod'
import { isInTheClear } from '../post-audience.ts'
import { live } from '../post-config.ts'
import { linksIn } from '../post-links.ts'
import { templatesConfig } from '../post-template.ts'
import { network, serviceUrl } from '../public-address.ts'

const key = (what: string) =>
  z
    .string()
    .regex(/^[\x21-\x7e]{8,200}$/, 'must be one of the keys of your app')
    .meta({ secret: true })
    .describe(`${what}; give it as \${NAME}`)

const usd = (fallback: number) => z.number().min(0).max(1000).default(fallback)

export const address = z.strictObject({}).default({})

export const config = z
  .strictObject({
    consumerKey: key('the API key of your app'),
    consumerSecret: key('its secret'),
    accessToken: key('the access token of the account, made with “read and write”'),
    accessTokenSecret: key('its secret'),
    live,
    api: serviceUrl.default('https://api.x.com').describe('where the API is'),
    networks: z
      .array(network)
      .default([])
      .describe('networks that are open beside the public internet, for an `api` of your own'),
    templates: templatesConfig,
    links: z
      .boolean()
      .default(false)
      .describe(
        'may links stand in posts (the event’s, where there is a `publicUrl`)? X takes 13 times the price for such a post',
      ),
    spendPerDayUsd: z
      .number()
      .min(0)
      .max(10_000)
      .default(1)
      .describe('no post goes out that would make a day (UTC) cost more'),
    prices: z
      .strictObject({
        post: usd(0.015).describe('what X takes for a post, USD'),
        postWithUrl: usd(0.2).describe('what X takes for a post with a link, USD'),
        media: usd(0.005).describe('what X takes for the alt text of a picture, USD'),
      })
      .prefault({})
      .describe('look at the Developer Console for what holds today'),
  })
  .superRefine(({ api, links, templates }, context) => {
    if (isInTheClear(api)) {
      context.addIssue({ code: 'custom', path: ['api'], message: 'must begin with https: it is not on this machine' })
    }
    for (const [stream, texts] of links ? [] : Object.entries(templates)) {
      for (const text of typeof texts === 'string' ? [texts] : Object.values(texts)) {
        if (text !== undefined && linksIn(text).length > 0) {
          const message = 'holds a link: a post with one costs 13 times as much; take it out, or say `links: true`'
          context.addIssue({ code: 'custom', path: ['templates', stream], message })
        }
      }
    }
  })
export type XConfig = z.output<typeof config>
