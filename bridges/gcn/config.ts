/** What an operator can set under `bridges: { gcn: … }`, and what a subscription may give as its address. */
import { z } from 'zod'
import { compressions, hostPort } from '../kafka-producer/config.ts'
import { isInTheClear } from '../post-audience.ts'

/** docs.notices.schema of GCN: snake_case words, one schema file a topic. */
const topic = z
  .string()
  .max(200)
  .regex(
    /^gcn\.notices\.[a-z][a-z0-9_]*(\.[a-z0-9_]+){1,3}$/,
    'must be gcn.notices.<mission>[.<instrument>].<notice_type>, in lower case',
  )
  .refine((name) => !name.endsWith('.heartbeat'), 'must not be the topic of heartbeats')

const name = z
  .string()
  .trim()
  .min(1)
  .max(60)
  .regex(/^[^\p{Cc}\u2028\u2029]*$/u, 'must be one line of text')

/** The versioned schema files lie in folders of missions: `gcn/notices/boom/alert.schema.json`. */
const boomSchema = 'gcn/notices/boom/alert.schema.json'

export const gcnConfig = z
  .strictObject({
    live: z
      .boolean()
      .default(false)
      .describe('notices go to gcn.nasa.gov, and everybody acts on them; without it they go to test.gcn.nasa.gov'),
    clientId: z.string().min(1).describe('of a client credential with the scope of a producer'),
    clientSecret: z
      .string()
      .min(1)
      .meta({ secret: true })
      .describe('give it as ${NAME}; the live and the test site have different ones'),
    scope: z.string().min(1).optional().describe('of the token, where the client has several'),
    topic: topic.describe('gcn.notices.<mission>[.<instrument>].<notice_type>, as agreed with the GCN team'),
    mission: name.describe('who reports, as readers know you; `mission` of the notices'),
    instrument: name.optional().describe('what made the detection; by the survey where it is absent'),
    schema: z
      .string()
      .regex(/^gcn\/notices\/[A-Za-z0-9_/.-]+\.schema\.json$/, 'must be like gcn/notices/boom/alert.schema.json')
      .refine((path) => !path.includes('..'), 'must name a file inside the schemas')
      .default(boomSchema)
      .describe('the schema of your notices, by its path in the GCN schemas; live ones need that of your own mission'),
    schemaFolder: z
      .string()
      .min(1)
      .optional()
      .describe('a released copy of the GCN schemas, where yours came after the ones that the gateway brings'),
    leastReliability: z
      .number()
      .min(0)
      .max(1)
      .default(0.5)
      .describe('detections that the survey’s model trusts less, or does not judge, are refused; 0: none is'),
    longestDays: z
      .number()
      .min(1)
      .max(10_000)
      .default(30)
      .describe('objects are refused that the survey has seen for longer (days up to this alert): mostly variables'),
    heartbeat: z.boolean().default(true).describe('tell <topic>.heartbeat that we are alive'),
    heartbeatMs: z.int().min(10_000).max(3_600_000).default(120_000),
    compression: z.enum(compressions).default('zstd'),
    maxMessageBytes: z
      .int()
      .min(2_000)
      .max(4_194_304)
      .default(1_000_000)
      .describe('larger notices are refused; GCN takes 4 MiB where that was agreed'),
    cluster: z
      .strictObject({
        brokers: z.array(hostPort).min(1),
        tls: z.boolean().default(true),
        tokenUrl: z.url({ protocol: /^https?$/ }),
      })
      .optional()
      .describe('a cluster of your own instead of those of GCN, for rehearsals'),
  })
  .refine(({ live, cluster }) => !(live && cluster !== undefined), {
    message: 'is for rehearsals: leave it out where `live` is true',
    path: ['cluster'],
  })
  .refine(
    ({ cluster }) => cluster === undefined || !hosts(cluster).some((host) => /(^|\.)gcn\.nasa\.gov$/i.test(host)),
    {
      message: 'names GCN itself: leave it out, and set `live` to choose between its sites',
      path: ['cluster'],
    },
  )
  .refine(({ cluster }) => cluster === undefined || !isInTheClear(cluster.tokenUrl), {
    message: 'must begin with https: the secret goes there',
    path: ['cluster', 'tokenUrl'],
  })
  .refine(({ live, schema, topic: to }) => !live || schema.split('/')[2] === missionOf(to), {
    message: 'must be the one that your mission registered with GCN: it lies in the folder of the topic’s mission',
    path: ['schema'],
  })

export type GcnConfig = z.output<typeof gcnConfig>

export const gcnAddress = z
  .union([
    topic.transform((to) => ({ topic: to })),
    z.strictObject({ topic }),
    z.null('takes a topic of your mission, or nothing: then it is the one of the configuration'),
  ])
  .default(null)
export type GcnAddress = z.output<typeof gcnAddress>

export const missionOf = (to: string): string => to.split('.')[2] ?? ''

function hosts({ brokers, tokenUrl }: { brokers: readonly string[]; tokenUrl: string }): string[] {
  return [...brokers.map((broker) => broker.replace(/:\d+$/, '')), new URL(tokenUrl).hostname].map((host) =>
    host.replace(/\.$/, ''),
  )
}
