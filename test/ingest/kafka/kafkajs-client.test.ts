import { getEventListeners } from 'node:events'
import { expect, it } from 'vitest'
import { kafkajsClient } from '../../../src/ingest/kafka/kafkajs-client.ts'
import { testLog } from '../host.ts'

it('leaves nothing behind at a signal that outlives it: outages are many in ten years', async () => {
  const client = kafkajsClient(
    {
      kind: 'kafka',
      survey: 'lsst',
      // Nobody listens on port 1.
      brokers: ['127.0.0.1:1'],
      topics: ['alerts'],
      group: 'me-fountain',
      from: 'latest',
      tls: false,
      framing: 'auto',
      sessionTimeoutMs: 10_000,
      maxBytesPerPartition: 16_777_216,
    },
    testLog(),
  )
  const { signal } = new AbortController()
  const life = client.consume({ assigned: () => [], slice: async () => {} }, signal)
  expect(getEventListeners(signal, 'abort').length).toBeGreaterThan(0)
  await expect(life).rejects.toMatchObject({ code: 'KAFKA_UNREACHABLE' })
  expect(getEventListeners(signal, 'abort')).toEqual([])
}, 60_000)
