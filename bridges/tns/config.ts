/** What the operator says of TNS, and where it goes. Nothing reaches the public TNS without `live: true`. */
import { z } from 'zod'
import { isInTheClear } from '../post-audience.ts'
import { serviceUrl } from '../public-address.ts'

const live = 'https://www.wis-tns.org'
const sandbox = 'https://sandbox.wis-tns.org'

const ownUrl = serviceUrl.refine((text) => !isInTheClear(text), 'must begin with https: the key goes there')

export const config = z
  .strictObject({
    bot: z
      .strictObject({
        id: z.int().positive().describe('the number of your bot on TNS'),
        name: z
          .string()
          .regex(/^[\x20-\x21\x23-\x5b\x5d-\x7e]{1,100}$/, 'must be ASCII without quotation marks')
          .describe('its name, exactly as TNS shows it'),
        apiKey: z
          .string()
          .regex(/^[\x21-\x7e]{8,200}$/, 'must be the key that TNS shows for the bot')
          .meta({ secret: true })
          .describe('its key; give it as ${NAME}'),
      })
      .describe('the bot that reports; it must be a member of `reportingGroup`'),
    live: z
      .boolean()
      .default(false)
      .describe('true: reports go to the public TNS. false: to its sandbox, which is overwritten every Sunday'),
    api: ownUrl.optional().describe('the API of a server of your own, for tests; the public one has `live`'),
    reporter: z
      .string()
      .max(4000)
      .refine(
        (text) => /\S\s*\([^()]*\S[^()]*\)/.test(text),
        'must name the authors with their affiliation in parentheses: "A. Author (Institute)"',
      )
      .describe('the author list with affiliations: "A. Author (Institute), B. Author (Institute), on behalf of …"'),
    reportingGroup: z.string().min(1).max(200).describe('the group that reports, by its name on TNS'),
    dataSourceGroup: z
      .string()
      .min(1)
      .max(200)
      .describe('the group that owns the data, by its name on TNS: Rubin, ZTF'),
    atType: z
      .enum(['PSN', 'PNV', 'AGN', 'NUC', 'FRB', 'Other'])
      .default('PSN')
      .describe('what is reported: PSN possible supernova, PNV possible nova, NUC possibly nuclear'),
    archivalRemarks: z
      .string()
      .min(10)
      .max(1000)
      .optional()
      .describe(
        'your sentence that names the template in which nothing is seen; only with it an alert without an earlier limit is reported',
      ),
    archivalRemarksOnSource: z
      .string()
      .min(10)
      .max(1000)
      .optional()
      .describe(
        'the same for places where the template holds light (5 sigma, or a source within 1.5 pixels): a host galaxy, a star. Say so in it; without it such alerts without a limit are refused',
      ),
    observer: z.string().min(1).max(200).default('Robot').describe('the observer of every point'),
    leastReliability: z
      .number()
      .min(0)
      .max(1)
      .default(0.5)
      .describe('alerts of less reliability, or of none, are refused; 0: none is'),
    leastMinutes: z
      .number()
      .min(0)
      .max(100_000)
      .default(30)
      .describe('objects are refused that were seen for less (minutes): one detection may be an unknown asteroid'),
    longestDays: z
      .number()
      .min(1)
      .max(10_000)
      .default(30)
      .describe('objects are refused that the survey has seen for longer (days up to this alert): mostly variables'),
    matchArcsec: z.number().min(0.1).max(60).default(2).describe('an object of TNS so near (arcsec) is the same one'),
    knownObjects: z
      .enum(['refuse', 'attach'])
      .default('refuse')
      .describe('an object that others reported: `refuse`, or `attach` your report to it'),
    photometryPoints: z.int().min(1).max(10).default(10).describe('the most points of photometry in a report'),
    nestedPhotometry: z
      .boolean()
      .default(true)
      .describe('photometry within `photometry_group`, as TNS is known to take it; false: without that level'),
    relatedFiles: z
      .boolean()
      .default(false)
      .describe('upload the pictures of the subscription and name them as related files'),
    autoClass: z
      .boolean()
      .default(false)
      .describe('send machine classifications whose class is a type of TNS as `auto_class`'),
    mirror: z
      .union([z.boolean(), ownUrl])
      .default(true)
      .describe(
        'keep a copy of the public catalogue to look up known objects; or the URL of the folder with its files',
      ),
  })
  .superRefine(({ live: isLive, api }, context) => {
    if (api === undefined) return
    if (isLive) {
      context.addIssue({ code: 'custom', path: ['api'], message: '`live` has an API of its own: leave out `api`' })
    } else if (isPublicTns(api)) {
      context.addIssue({
        code: 'custom',
        path: ['api'],
        message: 'is the public TNS: set `live: true` in place of `api`',
      })
    }
  })
export type TnsConfig = z.output<typeof config>

/** Whatever name of theirs it is but the sandbox's: `URL` has made one spelling of all, but for dots at the end. */
function isPublicTns(url: string): boolean {
  const host = new URL(url).hostname.replace(/\.+$/, '')
  return /(^|\.)wis-tns\.org$/.test(host) && host !== new URL(sandbox).hostname
}

export interface Places {
  /** Without a slash at its end. */
  readonly api: string
  /** Where people see an object: `${site}/object/2026abc`. */
  readonly site: string
  /** The folder of the catalogue's files; absent without a mirror. */
  readonly catalogue?: string
  /** `any` for URLs that the operator wrote. */
  readonly networks: 'any' | 'public'
  readonly catalogueNetworks: 'any' | 'public'
}

export function placesOf({ live: isLive, api, mirror }: Pick<TnsConfig, 'live' | 'api' | 'mirror'>): Places {
  const site = api === undefined ? (isLive ? live : sandbox) : new URL(api).origin
  // TNS has the files on its public site alone; a bot of the sandbox is one of the public site.
  const folder = `${api === undefined ? live : site}/system/files/tns_public_objects`
  return {
    api: api ?? `${site}/api`,
    site,
    networks: api === undefined ? 'public' : 'any',
    catalogueNetworks: api === undefined && mirror === true ? 'public' : 'any',
    ...(mirror === false ? {} : { catalogue: mirror === true ? folder : mirror }),
  }
}
