/** What an operator can set under `bridges: { vtp: … }`. */
import { z } from 'zod'
import { defaultMaxBytes } from '../../vo/vtp/framing.ts'
import { isNetwork } from './networks.ts'

const network = z.string().refine(isNetwork, 'must be an address or a network such as 192.0.2.0/24')
const port = z.int().min(0).max(65_535)
const everybody = ['0.0.0.0/0', '::/0']
const loopback = ['127.0.0.0/8', '::1/128']

export const vtpConfig = z.strictObject({
  listen: z.string().min(1).default('127.0.0.1').describe('the address that both ports listen on'),
  submit: z
    .union([port, z.literal(false)])
    .default(8098)
    .describe('port for authors; 0 takes any free one, false opens none'),
  subscribe: port.default(8099).describe('port for subscribers; 0 takes any free one'),
  ivoid: z
    .string()
    .regex(/^ivo:\/\/\S+$/)
    .optional()
    .describe('who this broker is; default ivo://<authority>/vtp'),
  allow: z.array(network).default(loopback).describe('networks that may submit events'),
  allowSubscribers: z.array(network).default(everybody).describe('networks that may subscribe'),
  iamaliveS: z
    .number()
    .positive()
    .max(90)
    .default(60)
    .describe('iamalive after so many seconds of silence; the standard allows 90'),
  maxBytes: z
    .int()
    .min(1024)
    .max(64 * 1024 * 1024)
    .default(defaultMaxBytes)
    .describe('largest event to take or send; Comet closes the connection on 100,000 bytes and more'),
  submitTimeoutMs: z.int().min(10).default(20_000).describe('an author must have sent its event in this time'),
  greetMs: z
    .int()
    .min(0)
    .max(60_000)
    .default(1000)
    .describe('how long to wait for the answer to authenticate (filters, identity) before the first event'),
  resumeMs: z
    .int()
    .min(0)
    .default(600_000)
    .describe('how long a subscriber that named itself may be away and still get what it has missed; 0 never'),
  ackLimit: z.int().min(1).default(1000).describe('unacknowledged events before sending to a subscriber pauses'),
  ackTimeoutMs: z
    .int()
    .min(10)
    .default(90_000)
    .describe('a missing receipt is forgiven after this time if a later one came'),
  stallMs: z.int().min(10).default(120_000).describe('a subscriber that takes nothing for so long is dropped'),
  maxSubscribers: z.int().min(1).default(5000).describe('connections at the subscribe port'),
  maxAuthors: z.int().min(1).default(500).describe('connections at the submit port'),
})

export type VtpConfig = z.output<typeof vtpConfig>
