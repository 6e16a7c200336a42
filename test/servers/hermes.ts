/**
 * A Hermes (SCiMMA) on loopback, as strict as the real one where a bridge could go wrong: the token and the account's
 * SCiMMA credential (whose absence it tells with status 200), the rules of its serializer, the topics an account may
 * write to, and the order in which it forwards: TNS, then GCN, then Hopskotch, so that a failure at the end is answered
 * with 400 although the first part stands. Messages that are published stay: nothing folds repeats.
 */
import { randomUUID } from 'node:crypto'
import { type Answer, type Asked, type HttpServer, startHttp } from './http.ts'

type Fields = Record<string, unknown>

export interface HermesStandIn extends HttpServer {
  readonly token: string
  /** Without the slash at its end: the bridge's `api`. */
  readonly api: string
  /** What went to Hopskotch, in order. */
  readonly published: readonly { readonly uuid: string; readonly topic: string; readonly message: Fields }[]
  /** What went to other services: nothing, if the bridge does as it says. */
  readonly forwarded: readonly ('tns' | 'gcn')[]
  /** null: the account has lost its SCiMMA credential. */
  credential: string | null
  /** Topics that the account may write to. */
  writable: string[]
  /** `dead`: Kafka takes nothing. `silent`: it takes the message, and says nothing of it. */
  kafka: 'up' | 'dead' | 'silent'
  /** Answers in place of the right one, one each call: `POST submit_message/`. */
  refuse(call: string, ...answers: Answer[]): void
}
export interface HermesOptions {
  readonly port?: number
  readonly token?: string
  readonly writable?: readonly string[]
  /** As the service for development: only `hermes.test`. */
  readonly development?: boolean
}

export const answerOf = (status: number, fields: unknown, headers: Record<string, string> = {}): Answer => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(fields),
})

export async function startHermesStandIn(options: HermesOptions = {}): Promise<HermesStandIn> {
  const { token = 'hermes-token-of-nobody', writable = ['hermes.test'], development = false, port } = options
  const published: { uuid: string; topic: string; message: Fields }[] = []
  const forwarded: ('tns' | 'gcn')[] = []
  const refusals = new Map<string, Answer[]>()

  const http = await startHttp(
    (asked) => {
      const path = asked.path.replace(/^\/api\/v0\//, '')
      const refusal = refusals.get(`${asked.method} ${path}`)?.shift()
      if (refusal !== undefined) return refusal
      const { authorization } = asked.headers
      // Without any token it goes on as anonymous; a wrong one it refuses.
      if (authorization !== undefined && authorization !== `Token ${token}`) {
        return answerOf(401, { detail: 'Invalid token.' }, { 'www-authenticate': 'Token' })
      }
      const isKnown = authorization !== undefined
      if (path === 'profile/' && asked.method === 'GET') return isKnown ? profile() : anonymous()
      if (path === 'submit_message/validate/' && asked.method === 'POST') return validate(asked)
      if (path === 'submit_message/' && asked.method === 'POST') return submit(asked, isKnown)
      return answerOf(404, { detail: 'Not found.' })
    },
    port === undefined ? {} : { port },
  )

  const anonymous = () => answerOf(401, { detail: 'Authentication credentials were not provided.' })
  const profile = () =>
    answerOf(200, {
      // The real one gives the token back, too.
      api_token: token,
      email: 'observer@example.org',
      credential_name: hermes.credential,
      writable_topics: hermes.writable,
    })
  function validate(asked: Asked): Answer {
    const message = jsonOf(asked)
    if (message === undefined) return answerOf(400, { detail: 'JSON parse error' })
    return answerOf(200, faultsOf(message, development))
  }
  function submit(asked: Asked, isKnown: boolean): Answer {
    const message = jsonOf(asked)
    if (message === undefined) return answerOf(400, { detail: 'JSON parse error - Expecting value: line 1 column 1' })
    const faults = faultsOf(message, development)
    if (Object.keys(faults).length > 0) return answerOf(400, faults)
    if (!isKnown || hermes.credential === null) {
      return answerOf(200, { error: 'User account does not have an associated SCIMMA auth credential.' })
    }
    if (message.submit_to_tns === true) forwarded.push('tns')
    if (message.submit_to_gcn === true) forwarded.push('gcn')
    const topic = String(message.topic)
    const failed = (why: string) => answerOf(400, { error: `Error posting message to kafka: ${why}` })
    if (!hermes.writable.includes(topic)) return failed('KafkaError{code=TOPIC_AUTHORIZATION_FAILED}')
    if (hermes.kafka === 'dead') return failed('KafkaError{code=_MSG_TIMED_OUT}')
    const uuid = randomUUID()
    published.push({ uuid, topic, message })
    if (hermes.kafka === 'silent') return failed('KafkaError{code=_MSG_TIMED_OUT}')
    const { submit_to_tns: _, submit_to_gcn: __, submit_to_mpc: ___, ...rest } = message
    return answerOf(200, { ...rest, uuid })
  }

  const hermes: HermesStandIn = Object.assign(http, {
    token,
    api: `${http.url}/api/v0`,
    published,
    forwarded,
    credential: 'observer-1a2b3c' as string | null,
    writable: [...writable],
    kafka: 'up' as const,
    refuse: (call: string, ...answers: Answer[]) => void refusals.set(call, answers),
  })
  return hermes
}

function jsonOf({ body, headers }: Asked): Fields | undefined {
  if (!`${headers['content-type']}`.startsWith('application/json')) return undefined
  try {
    return objectOf(JSON.parse(body.toString()))
  } catch {
    return undefined
  }
}

const objectOf = (value: unknown): Fields | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined
const listOf = (value: unknown): Fields[] => (Array.isArray(value) ? value.map((one) => objectOf(one) ?? {}) : [])
const isText = (value: unknown): value is string => typeof value === 'string' && value.trim() !== ''
const isNumber = (value: unknown) => value == null || (typeof value === 'number' && Number.isFinite(value))

const required = 'This field is required.'
const angleUnits = ['degrees', 'mas', 'arcsec', 'arcmin']
const brightnessUnits = ['AB mag', 'Vega mag', 'mJy', 'erg / s / cm² / Å']

/** By field, as the serializer says it; empty for what is in order. */
export function faultsOf(message: Fields, development = false): Fields {
  const faults: Fields = {}
  for (const name of ['title', 'topic', 'submitter']) if (!isText(message[name])) faults[name] = [required]
  for (const name of ['message_text', 'authors']) {
    if (typeof (message[name] ?? '') !== 'string') faults[name] = ['Not a valid string.']
  }
  for (const name of ['submit_to_tns', 'submit_to_gcn', 'submit_to_mpc']) {
    if (!['boolean', 'undefined'].includes(typeof message[name])) faults[name] = ['Must be a valid boolean.']
  }
  if (development && message.topic !== 'hermes.test') {
    faults.topic = ['Hermes Dev can only submit to the hermes.test topic.']
  }
  const data = objectOf(message.data ?? {})
  if (data === undefined) return { ...faults, data: ['Invalid data.'] }
  const targets = listOf(data.targets)
  const names = targets.map(({ name }) => name)
  const inData = {
    references: listOf(data.references).map(referenceFaults),
    targets: targets.map((target) => targetFaults(target, names)),
    photometry: listOf(data.photometry).map((point) => photometryFaults(point, names)),
  }
  const wrong = Object.entries(inData).filter(([, list]) => list.some((one) => Object.keys(one).length > 0))
  return wrong.length === 0 ? faults : { ...faults, data: Object.fromEntries(wrong) }
}

function referenceFaults({ source, citation, url }: Fields): Fields {
  if (isText(source) !== isText(citation)) return { citation: ['Must set source and citation together'] }
  if (!isText(source) && !isText(url)) return { url: ['Must set source/citation or url'] }
  if (url !== undefined && !(isText(url) && URL.canParse(url))) return { url: ['Enter a valid URL.'] }
  return {}
}

function targetFaults(target: Fields, names: readonly unknown[]): Fields {
  const faults: Fields = {}
  const { name, ra, dec, aliases } = target
  if (!isText(name)) faults.name = [required]
  else if (names.filter((other) => other === name).length > 1) {
    faults.name = ['The target name must be unique within the submission']
  }
  const place = { ra: Number(ra), dec: Number(dec) }
  if (ra === undefined || dec === undefined) faults.ra = ['ra/dec or orbital elements are required']
  else if (!Number.isFinite(place.ra)) faults.ra = ['Must be in a format astropy understands']
  else if (!(Math.abs(place.dec) <= 90)) faults.dec = ['Must be in a format astropy understands']
  for (const axis of ['ra', 'dec']) {
    if (!isNumber(target[`${axis}_error`])) faults[`${axis}_error`] = ['A valid number is required.']
    const unit = target[`${axis}_error_units`] ?? 'degrees'
    if (!angleUnits.includes(String(unit))) faults[`${axis}_error_units`] = [`"${unit}" is not a valid choice.`]
  }
  if (aliases !== undefined && !(Array.isArray(aliases) && aliases.every(isText)))
    faults.aliases = ['Not a valid list.']
  return faults
}

function photometryFaults(point: Fields, names: readonly unknown[]): Fields {
  const faults: Fields = {}
  for (const name of ['target_name', 'date_obs', 'bandpass']) if (!isText(point[name])) faults[name] = [required]
  if (isText(point.target_name) && !names.includes(point.target_name)) {
    faults.target_name = ['The target_name must reference a name in your target table']
  }
  // Texts of digits are Julian dates; others go to a lenient reader of dates.
  if (isText(point.date_obs) && Number.isNaN(Number(point.date_obs)) && Number.isNaN(Date.parse(point.date_obs))) {
    faults.date_obs = [`${point.date_obs} does not parse with dateutil.parser.parse.`]
  }
  if (!isText(point.telescope) && !isText(point.instrument)) {
    faults.instrument = ['Must have at least one of telescope or instrument set']
  }
  for (const name of ['brightness', 'brightness_error', 'limiting_brightness', 'exposure_time']) {
    if (!isNumber(point[name])) faults[name] = ['A valid number is required.']
  }
  for (const name of ['brightness_unit', 'limiting_brightness_unit']) {
    const unit = String(point[name] ?? 'AB mag')
    if (!brightnessUnits.includes(unit)) faults[name] = [`"${unit}" is not a valid choice.`]
  }
  if (!point.brightness && !point.limiting_brightness) {
    faults.brightness = ['brightness or limiting_brightness are required']
  }
  return faults
}
