/** What the Kafka client reports, as the contract says it: whose trouble it is, and whether the record can be there. */
import { DeliveryError } from '../contract.ts'
import { oneLine } from '../words.ts'

interface Reported extends Error {
  /** The protocol's own name of the error. */
  readonly type?: string
  readonly code?: unknown
  readonly originalError?: unknown
  readonly errors?: readonly unknown[]
}

/** Nothing goes through until the operator acts. */
const halting = new Set([
  'KafkaJSSASLAuthenticationError',
  'SASL_AUTHENTICATION_FAILED',
  'UNSUPPORTED_SASL_MECHANISM',
  'ILLEGAL_SASL_STATE',
  'CLUSTER_AUTHORIZATION_FAILED',
  'SECURITY_DISABLED',
])

/** This record will never be taken. */
const rejecting = new Set([
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'INVALID_TOPIC_EXCEPTION',
  'INVALID_RECORD',
  'POLICY_VIOLATION',
  'INVALID_TIMESTAMP',
  'UNSUPPORTED_FOR_MESSAGE_FORMAT',
  'INVALID_REQUIRED_ACKS',
])

/** The leader has it, or may have it, although it says that something failed. */
const perhaps = new Set(['NOT_ENOUGH_REPLICAS_AFTER_APPEND', 'REQUEST_TIMED_OUT', 'UNKNOWN', 'NETWORK_EXCEPTION'])

/**
 * What a topic lacks is for its owner to mend, while other topics go on: so it is tried again, and says what to do.
 */
const topicTrouble: Readonly<Record<string, string>> = {
  UNKNOWN_TOPIC_OR_PARTITION: 'the cluster has no such topic: have it created, or correct its name',
  TOPIC_AUTHORIZATION_FAILED: 'this user may not write to the topic: give it the right to',
}

/** kafkajs calls a login that broke off a wrong one. */
const brokenOff = /connection (error|closed|timeout)|closed connection|not connected|timed out/i
const certificate = /certificate|self[- ]signed|altname|wrong version number/i

export interface Circumstances {
  readonly place: string
  /** The record was handed to a socket in this attempt. */
  readonly written: boolean
  /** Takes secrets out: brokers may echo them. */
  readonly hide: (text: string) => string
}

export function deliveryError(error: unknown, { place, written, hide }: Circumstances): DeliveryError {
  const chain = causes(error)
  const own = chain.find((cause) => cause instanceof DeliveryError)
  if (own !== undefined) return own
  const names = chain.flatMap(({ type, name }) => [type ?? '', name])
  const answered = chain.find(({ type }) => typeof type === 'string' && type !== '')?.type
  const topic = names.map((name) => topicTrouble[name]).find((words) => words !== undefined)
  const words = topic ?? [...new Set(chain.map(({ message }) => message))].at(-1) ?? String(error)
  const said = hide(words)
  const reply = oneLine(`${place}: ${answered === undefined ? '' : `${answered}: `}${said || 'no reason given'}`, 500)
  const reached = written && (answered === undefined || perhaps.has(answered)) ? 'maybe' : 'no'
  const kind =
    (names.some((name) => halting.has(name)) && !brokenOff.test(words)) || (!written && certificate.test(words))
      ? 'halt'
      : names.some((name) => rejecting.has(name))
        ? 'reject'
        : 'retry'
  return new DeliveryError(kind, reached, reply, { cause: new Error(reply) })
}

/** The error and what caused it, outermost first. */
function causes(error: unknown): readonly Reported[] {
  const chain: Reported[] = []
  for (let at = error; at instanceof Error && !chain.includes(at); ) {
    chain.push(at)
    const { originalError, errors } = at as Reported
    at = originalError ?? at.cause ?? errors?.[0]
  }
  return chain
}
