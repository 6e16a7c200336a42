/** What an operator can set under `bridges: { kafka: … }`, and what a subscription gives as its address. */
import { z } from 'zod'
import { compressions, hostPort, saslConfig } from '../kafka-producer/config.ts'

export const formats = ['voevent-xml', 'voevent-3-json', 'voevent-3-avro', 'lightweight-json'] as const
export type Format = (typeof formats)[number]

export const kafkaConfig = z
  .strictObject({
    brokers: z.array(hostPort).min(1).describe('where to ask first; the cluster names the others'),
    tls: z.boolean().default(false),
    sasl: saslConfig.optional().describe('SASL credentials: a password, or a client that tokens are given to'),
    format: z
      .enum(formats)
      .default('voevent-xml')
      .describe('the event as recorded, the draft as JSON or as Avro, or the fields of DMTN-165 as flat JSON'),
    registry: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe('Confluent-style schema registry, for voevent-3-avro; may hold user:password@'),
    registerSchema: z
      .boolean()
      .default(true)
      .describe('register the schema under <topic>-value; false only looks it up there'),
    hopskotch: z.boolean().default(false).describe('the headers of SCiMMA Hopskotch: _id, _sender, _format, _test'),
    compression: z.enum(compressions).default('none'),
    maxMessageBytes: z
      .int()
      .min(1_000)
      .max(100_000_000)
      .default(1_000_000)
      .describe('larger ones are rejected here; brokers take 1,048,588 bytes unless told otherwise'),
  })
  .refine(({ format, registry }) => (format === 'voevent-3-avro') === (registry !== undefined), {
    message: 'belongs to the format voevent-3-avro, which needs it',
    path: ['registry'],
  })
  .refine(({ format, hopskotch }) => !(hopskotch && format === 'voevent-3-avro'), {
    message: 'Hopskotch reads Avro as object containers only: take voevent-xml or one of the JSON formats',
    path: ['hopskotch'],
  })

export type KafkaConfig = z.output<typeof kafkaConfig>

const topic = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,249}$/, 'must be a topic name: letters, digits, . _ -')
  .refine((name) => name !== '.' && name !== '..', 'must be a topic name')

export const kafkaAddress = z.union([
  topic.transform((name) => ({ topic: name, key: 'object' as const })),
  z.strictObject({
    topic,
    /** The Kafka key: an object's events stay in order in one partition, or each event stands for itself. */
    key: z.enum(['object', 'ivoid']).default('object'),
  }),
])
export type KafkaAddress = z.output<typeof kafkaAddress>
