import { createRequire } from 'node:module'
import { describe, expect, it } from 'vitest'
import { FountainError } from '../../../src/errors.ts'
import { kafkaError } from '../../../src/ingest/kafka/kafka-errors.ts'

type Made = new (...words: unknown[]) => Error
const errors = createRequire(import.meta.url)('kafkajs/src/errors.js') as Record<string, Made>
const make = (name: string, ...words: unknown[]) => new errors[name]!(...words)
const protocol = (type: string) => make('KafkaJSProtocolError', { message: `it is ${type}`, type, code: 1 })
const names = { brokers: ['one:9092', 'two:9092'], topics: ['alerts'], group: 'me-fountain' }

describe('an error of kafkajs', () => {
  it.each([
    ['KAFKA_UNREACHABLE', make('KafkaJSConnectionError', 'connect ECONNREFUSED', { broker: 'one:9092' })],
    ['KAFKA_UNREACHABLE', make('KafkaJSRequestTimeoutError', 'Request timed out', {})],
    [
      'KAFKA_UNREACHABLE',
      make('KafkaJSNumberOfRetriesExceeded', make('KafkaJSConnectionClosedError', 'Closed', {}), {}),
    ],
    ['KAFKA_UNREACHABLE', Object.assign(new Error('getaddrinfo ENOTFOUND one'), { code: 'ENOTFOUND' })],
    ['KAFKA_AUTH', make('KafkaJSSASLAuthenticationError', 'SASL failed')],
    ['KAFKA_AUTH', make('KafkaJSNumberOfRetriesExceeded', make('KafkaJSSASLAuthenticationError', 'SASL failed'), {})],
    ['KAFKA_TOPIC', protocol('UNKNOWN_TOPIC_OR_PARTITION')],
    ['KAFKA_TOPIC', protocol('TOPIC_AUTHORIZATION_FAILED')],
    ['KAFKA_GROUP', protocol('GROUP_AUTHORIZATION_FAILED')],
    ['KAFKA_GROUP', protocol('INVALID_SESSION_TIMEOUT')],
    ['KAFKA_GROUP', make('KafkaJSGroupCoordinatorNotFound', 'Failed to find group coordinator')],
    ['KAFKA_FAILED', protocol('CORRUPT_MESSAGE')],
    ['KAFKA_FAILED', new Error('snappy: it ends within a chunk')],
  ])('becomes %s', (code, error) => {
    const found = kafkaError(error, names)
    expect(found.code).toBe(code)
    expect(found.detail).toContain('one:9092, two:9092')
    expect(found.cause).toBe(error)
  })
  it('that wraps one of ours is ours', () => {
    const ours = new FountainError('KAFKA_TOPIC', 'There is no such topic.')
    expect(kafkaError(new Error('outer', { cause: ours }), names)).toBe(ours)
  })
  it('that is no error at all still says something', () => {
    expect(kafkaError('odd', names)).toMatchObject({
      code: 'KAFKA_UNREACHABLE',
      detail: expect.stringContaining('odd'),
    })
  })
})
