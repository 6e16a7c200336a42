/** What an operator can set under `bridges: { stream: … }`. */
import { z } from 'zod'

export const streamConfig = z.strictObject({
  path: z
    .string()
    .regex(/^(\/[A-Za-z0-9._-]+)+$/, 'must be a path like /stream')
    .default('/stream')
    .describe('WebSocket there, server-sent events at <path>/sse'),
  origins: z
    .array(z.union([z.literal('*'), z.url({ protocol: /^https?$/ }).transform((url) => new URL(url).origin)]))
    .default([])
    .describe('pages elsewhere that may follow from a browser; our own always may, and so may all other programs'),
  heartbeatS: z.number().positive().max(300).default(15).describe('something is sent at least so often'),
  bufferBytes: z
    .int()
    .min(4_096)
    .max(64 * 1024 * 1024)
    .default(262_144)
    .describe('a subscriber whose socket holds more than this is parked: it gets nothing until it has read that'),
  parkedMs: z.int().min(10).default(30_000).describe('a subscriber that stays parked for so long is dropped'),
  greetMs: z
    .int()
    .min(0)
    .max(60_000)
    .default(1_000)
    .describe('how long a WebSocket that names no place in its URL may take to send {"since": n}'),
  maxSubscribers: z.int().min(1).default(5_000),
  maxPerAddress: z.int().min(1).default(100).describe('connections from one address; behind a proxy all come from its'),
})

export type StreamConfig = z.output<typeof streamConfig>
