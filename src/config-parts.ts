/** The parts of the configuration's schema: `config.ts` puts them together, the API takes some of them too. */
import { z } from 'zod'

/** A host and port, `example.org:9092`. */
export const hostPort = z.string().regex(/^(\[[0-9a-fA-F:]+\]|[^\s:/[\]]+):\d{1,5}$/, 'must be host:port')
function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}

/** Marks a value as secret: never printed, never logged. */
const secret = () => z.string().min(1).meta({ secret: true })

const sasl = z
  .strictObject({
    mechanism: z.enum(['plain', 'scram-sha-256', 'scram-sha-512']).default('scram-sha-512'),
    username: z.string().min(1),
    password: secret().describe('give it as ${NAME}, a variable of the environment'),
  })
  .describe('SASL credentials')

const framing = z
  .enum(['auto', 'confluent', 'container', 'raw'])
  .default('auto')
  .describe('how a packet is framed: Confluent wire format, object container, or a raw datum (then `schema` names it)')

export const kafkaSource = z.strictObject({
  kind: z.literal('kafka'),
  survey: z.string().min(1).describe('which mapping applies: lsst, ztf'),
  brokers: z.array(hostPort).min(1),
  topics: z.array(z.string().min(1)).min(1),
  group: z.string().min(1).describe('consumer group; Rubin wants it to start with the user name'),
  from: z
    .union([z.enum(['latest', 'earliest']), z.iso.datetime({ offset: true })])
    .default('latest')
    .describe('where the first start begins; later starts go on at the stored position'),
  tls: z.boolean().default(false),
  sasl: sasl.optional(),
  registry: z.url().optional().describe('Confluent-style schema registry'),
  framing,
  schema: z.string().optional().describe('for raw framing: full name of the schema in `schemas/`'),
  sessionTimeoutMs: z
    .int()
    .min(300)
    .default(10_000)
    .describe('after a crash the group is given back in about this time'),
  maxBytesPerPartition: z.int().min(1_000_000).default(16_777_216).describe('one fetch of one partition, bytes'),
})

export const filesSource = z.strictObject({
  kind: z.literal('files'),
  survey: z.string().min(1),
  paths: z
    .array(z.string().min(1))
    .min(1)
    .describe('files or directories: object containers, raw messages, .gz of either'),
  registry: z.url().optional(),
  framing,
  schema: z.string().optional(),
  follow: z.boolean().default(false).describe('watch the directories for new files'),
})

export const simulatorSource = z.strictObject({
  kind: z.literal('simulator'),
  survey: z.string().default('lsst-sim').describe('what it makes is always of role test'),
  seed: z.int().min(0).default(1),
  factor: z.number().positive().max(10_000).default(1).describe('how many times faster than a visit every 39 s'),
  alertsPerVisit: z.int().min(1).max(100_000).default(50),
  visits: z.int().min(1).optional().describe('stop after so many visits'),
})

const filterText = z.string().min(1).describe('a file that ends in .adql, or the text itself')

export const stream = z.strictObject({
  filter: filterText,
  title: z.string().min(1),
  description: z.string().optional(),
})

const clockTime = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be hh:mm')

export const cadence = z
  .union([
    z.enum(['instant', 'hourly', 'nightly', 'draft']),
    z.strictObject({
      count: z.int().min(2).max(1_000).describe('a digest when so many have come'),
      atMostHours: z.number().positive().max(168).default(24).describe('or after so long'),
    }),
  ])
  .default('instant')
  .describe('each at once, as a digest (every hour, after the night, by count), or held for a yes')

const quietHours = z
  .strictObject({
    from: clockTime,
    to: clockTime,
    timeZone: z
      .string()
      .refine((name) => isTimeZone(name), 'must be an IANA time zone, like Europe/Berlin')
      .default('UTC'),
  })
  .describe('nothing is sent then; what came goes out as a digest afterwards')

/** Where to, when and how: the same in the configuration and in the API. */
export const subscriptionWays = {
  to: z.string().min(1).describe('the key of an instance under `bridges`'),
  address: z.unknown().optional(),
  cadence,
  nightlyAt: clockTime.default('12:00').describe('when a nightly digest goes out, UTC'),
  content: z
    .enum(['summary', 'lightweight', 'full'])
    .default('full')
    .describe('how much of the event: what the filter selected, the fields of DMTN-165, or all of it'),
  pictures: z.boolean().default(true).describe('cutouts and light curve, where the bridge shows pictures'),
  quietHours: quietHours.optional(),
  maxPerHour: z
    .int()
    .min(1)
    .optional()
    .describe('messages in any hour; what is over it comes as one digest with "n more"'),
  test: z.boolean().default(false).describe('send events of role test too'),
  approve: z
    .enum(['by-hand', 'auto'])
    .optional()
    .describe(
      'may messages go out without a person’s yes; by default not through bridges that report to the public, and never through ATel and GCN circulars',
    ),
  approver: z
    .strictObject({
      to: z.string().min(1).describe('the key of an instance under `bridges` that can tell of drafts: e-mail'),
      address: z.unknown().optional(),
    })
    .optional()
    .describe('who is told by a message when a draft waits'),
}

export const subscription = z
  .strictObject({
    name: z
      .string()
      .regex(/^[A-Za-z0-9._-]+$/)
      .optional()
      .describe('what the ledger calls it; made from stream, bridge and address otherwise'),
    stream: z.string().optional(),
    filter: filterText.optional(),
    ...subscriptionWays,
  })
  .refine((s) => (s.stream === undefined) !== (s.filter === undefined), 'needs either `stream` or `filter`')

const byteUnits: Readonly<Record<string, number>> = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 }
const byteSize = z
  .union([z.int().min(1), z.string().regex(/^\d+(\.\d+)? ?(B|kB|MB|GB|TB)$/, 'must be like 100 GB')])
  .transform((size) => {
    if (typeof size === 'number') return size
    const [, number, unit] = /^([\d.]+) ?(\w+)$/.exec(size) as unknown as [string, string, string]
    return Math.round(Number(number) * (byteUnits[unit] as number))
  })

const s3 = z
  .strictObject({
    endpoint: z.url().describe('the service, `https://s3.example.org`'),
    bucket: z.string().min(1),
    region: z.string().default('us-east-1'),
    prefix: z
      .string()
      .regex(/^([A-Za-z0-9._-]+\/)*$/, 'must end in /')
      .default(''),
    accessKeyId: secret(),
    secretAccessKey: secret(),
    localDays: z.number().min(0).default(7).describe('how long the files stay here too'),
  })
  .describe('finished segments are copied to an S3-compatible store and can be read from there')

export const archive = z
  .strictObject({
    keep: z.enum(['matched', 'all', 'none']).default('matched').describe('which packets'),
    days: z.number().positive().max(36_500).optional().describe('older nights are dropped; kept for ever otherwise'),
    maxBytes: byteSize.optional().describe('the oldest nights are dropped above this: `100 GB`'),
    s3: s3.optional(),
  })
  .prefault({})
  .describe('the packets as they came: which are kept, how long, and where else')

export const limits = z
  .strictObject({
    inFlight: z.int().min(1).max(1_000).optional().describe('messages at one time'),
    perSecond: z.number().positive().max(100_000).optional().describe('messages a second, sustained'),
    burst: z.int().min(1).optional().describe('how many may go at once after a pause'),
    perDay: z.int().min(1).optional().describe('messages from 00:00 to 24:00 UTC; the rest waits for tomorrow'),
    expireAfterHours: z
      .number()
      .positive()
      .max(8_760)
      .default(72)
      .describe('what could not be sent for so long after its event is given up'),
  })
  .prefault({})
  .describe('how much may go out through this instance')

export const bridgeUsers = z
  .boolean()
  .optional()
  .describe(
    'may users subscribe to it by the API, with addresses that they choose; by default only where addresses are confirmed (e-mail), admins always',
  )

/** The registered name of an authority (IVOA Identifiers 2.0 §2.3.1: at least three characters). */
export const authority = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9\-_.!~*'()+=]{2,}$/, 'must be an IVOA authority of three characters or more')
