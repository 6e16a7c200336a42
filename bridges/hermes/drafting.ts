/** A message as people read and change it: its JSON. What Hermes would refuse is said before it is asked. */
import { Refusal } from '../contract.ts'
import type { Drafting, Finding } from '../draft.ts'
import { readJson } from '../json-text.ts'
import type { HermesMessage } from './message.ts'

export const drafting: Drafting = {
  text: (body) => `${JSON.stringify(messageIn(body), null, 2)}\n`,
  parse(text, original) {
    const changed = parsed(text)
    const before = messageIn(original)
    const reasons: string[] = []
    for (const name of ['submit_to_tns', 'submit_to_gcn', 'submit_to_mpc'] as const) {
      if (changed[name] !== false) reasons.push(`"${name}" must stay false: each service has a bridge of its own.`)
    }
    if (changed.topic !== before.topic) reasons.push(`The topic must stay ${before.topic}: the operator chose it.`)
    for (const name of ['title', 'submitter', 'authors', 'message_text'] as const) {
      if (typeof changed[name] !== 'string') reasons.push(`"${name}" must be a text.`)
    }
    const { data } = changed
    if (!isObject(data)) reasons.push('"data" must be an object.')
    else {
      for (const name of ['targets', 'photometry', 'references']) {
        const list = data[name] ?? []
        if (!Array.isArray(list) || !list.every(isObject)) reasons.push(`"data.${name}" must be a list of objects.`)
      }
    }
    if (reasons.length > 0) throw new Refusal(reasons as [string, ...string[]])
    return Buffer.from(JSON.stringify(changed))
  },
  lint: (body) => lintHermes(messageIn(body)),
}

function messageIn(body: Uint8Array): HermesMessage {
  return JSON.parse(Buffer.from(body).toString('utf8')) as HermesMessage
}

function parsed(text: string): Record<string, unknown> {
  const value = readJson(text)
  if (isObject(value)) return value
  throw new Refusal(['The text must be one JSON object.'])
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The serializer's rules, as far as a person's change can break them. */
function lintHermes({ title, data }: HermesMessage): Finding[] {
  const findings: Finding[] = []
  const error = (code: string, says: string) => findings.push({ severity: 'error', code, says })
  if (title.trim() === '') error('HERMES_NO_TITLE', 'The title is empty.')
  const targets = data.targets ?? []
  const names = targets.map(({ name }) => name)
  for (const [n, { name, ra, dec }] of targets.entries()) {
    const label = `Target ${n + 1}`
    if (typeof name !== 'string' || name === '') error('HERMES_TARGET_NAME', `${label} has no name.`)
    else if (names.indexOf(name) !== n) error('HERMES_TARGET_TWICE', `${label} has a name that another one has.`)
    if (!inRange(ra, 0, 360) || !inRange(dec, -90, 90)) {
      error('HERMES_TARGET_PLACE', `${label} needs "ra" and "dec" in decimal degrees.`)
    }
  }
  for (const [n, point] of (data.photometry ?? []).entries()) {
    const label = `Photometry ${n + 1}`
    if (!names.includes(point.target_name)) error('HERMES_POINT_TARGET', `${label} names no target of the message.`)
    if (!point.telescope && !point.instrument) error('HERMES_POINT_WHERE', `${label} needs a telescope or instrument.`)
    if (!point.bandpass) error('HERMES_POINT_BAND', `${label} needs a bandpass.`)
    if (Number.isNaN(Date.parse(point.date_obs))) error('HERMES_POINT_DATE', `${label} needs a date in ISO 8601.`)
    if (![point.brightness, point.limiting_brightness].some(Number.isFinite)) {
      error('HERMES_POINT_EMPTY', `${label} needs a brightness or a limit.`)
    }
  }
  return findings
}

function inRange(value: unknown, least: number, most: number): boolean {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  return typeof number === 'number' && number >= least && number <= most
}
