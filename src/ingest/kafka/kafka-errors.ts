/** Says in the gateway's words what the Kafka client reports. */
import { type ErrorCode, FountainError } from '../../errors.ts'

interface Reported extends Error {
  /** The protocol's own name of the error. */
  readonly type?: string
  readonly originalError?: unknown
  /** Of an error that stands for several. */
  readonly errors?: readonly unknown[]
}

const codes: Readonly<Record<string, ErrorCode>> = {
  KafkaJSSASLAuthenticationError: 'KAFKA_AUTH',
  SASL_AUTHENTICATION_FAILED: 'KAFKA_AUTH',
  UNSUPPORTED_SASL_MECHANISM: 'KAFKA_AUTH',
  ILLEGAL_SASL_STATE: 'KAFKA_AUTH',
  CLUSTER_AUTHORIZATION_FAILED: 'KAFKA_AUTH',
  UNKNOWN_TOPIC_OR_PARTITION: 'KAFKA_TOPIC',
  TOPIC_AUTHORIZATION_FAILED: 'KAFKA_TOPIC',
  INVALID_TOPIC_EXCEPTION: 'KAFKA_TOPIC',
  // kafkajs keeps to itself why: a broker that answers everything else but this forbids the group.
  KafkaJSGroupCoordinatorNotFound: 'KAFKA_GROUP',
  GROUP_AUTHORIZATION_FAILED: 'KAFKA_GROUP',
  INVALID_GROUP_ID: 'KAFKA_GROUP',
  INVALID_SESSION_TIMEOUT: 'KAFKA_GROUP',
  INCONSISTENT_GROUP_PROTOCOL: 'KAFKA_GROUP',
  GROUP_MAX_SIZE_REACHED: 'KAFKA_GROUP',
}

/** What kafkajs calls a connection that fails or falls silent. */
const connection =
  /Connection|RequestTimeout|BrokerNotFound|NoBrokerAvailable|MetadataNotLoaded|NumberOfRetriesExceeded/

export interface KafkaNames {
  readonly brokers: readonly string[]
  readonly topics: readonly string[]
  readonly group: string
}

/** Any error of the client as a FountainError: KAFKA_*, or the FountainError that it was. */
export function kafkaError(error: unknown, names: KafkaNames): FountainError {
  const chain = causes(error)
  const ours = chain.find((cause) => cause instanceof FountainError)
  if (ours instanceof FountainError) return ours
  for (const cause of chain) {
    const code = codes[cause.type ?? ''] ?? codes[cause.name]
    if (code !== undefined) return new FountainError(code, detail(code, cause, names), { cause: error })
  }
  const last = chain[chain.length - 1]
  const reason = last?.message || String(error)
  const reached =
    last !== undefined && !connection.test(last.name) && typeof (last as NodeJS.ErrnoException).code !== 'string'
  return new FountainError(
    reached ? 'KAFKA_FAILED' : 'KAFKA_UNREACHABLE',
    `${names.brokers.join(', ')}: ${sentence(reason)}`,
    { cause: error },
  )
}

function detail(code: ErrorCode, cause: Reported, { brokers, topics, group }: KafkaNames): string {
  if (code === 'KAFKA_TOPIC') return `${topics.join(', ')} at ${brokers.join(', ')}: ${sentence(cause.message)}`
  if (code === 'KAFKA_GROUP') return `'${group}' at ${brokers.join(', ')}: ${sentence(cause.message)}`
  return `${brokers.join(', ')}: ${sentence(cause.message)}`
}

const sentence = (text: string) => (/[.!?]$/.test(text) ? text : `${text}.`)

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
