/**
 * The bytes that go out: the stored message with its parts where they belong and its place in the thread. The same
 * for the same message and thread, so an attempt that is repeated sends the same mail.
 */
import { DeliveryError, type Message, type Receipt } from '../contract.ts'
import { headerLine } from './header.ts'
import { references } from './identity.ts'

/** RFC 5322 §3.6.4: the thread's root and its last mails; older ones add length and nothing else. */
const mostReferences = 12

/** Throws DeliveryError `reject` when a part is missing. */
export function assemble(message: Pick<Message, 'body' | 'parts'>, thread: readonly Receipt[]): Buffer {
  const pieces: Buffer[] = []
  const body = Buffer.from(message.body.buffer, message.body.byteOffset, message.body.byteLength)
  let done = 0
  for (const { index, end, word, value } of directives(body)) {
    const text = word === 'part' ? partText(message, value) : threadText(word, value, thread)
    pieces.push(body.subarray(done, index), Buffer.from(text, 'latin1'))
    // A directive that says nothing takes its line with it.
    done = text === '' ? end + 2 : end
  }
  pieces.push(body.subarray(done))
  return Buffer.concat(pieces)
}

/** The recipient and the Message-ID as `render` wrote them, each on one line of the stored message. */
export function storedHeader(body: Uint8Array, name: 'To' | 'Message-ID'): string | undefined {
  const head = Buffer.from(body.subarray(0, 16_384)).toString('latin1').split('\r\n\r\n', 1)[0]!
  return new RegExp(`(?:^|\\r\\n)${name}: (\\S+)(?:\\r\\n|$)`).exec(head)?.[1]
}

function* directives(body: Buffer): Generator<{ index: number; end: number; word: string; value: string }> {
  for (let at = body.indexOf('\r\n='); at >= 0; at = body.indexOf('\r\n=', at + 2)) {
    const index = at + 2
    const found = body.indexOf('\r\n', index)
    const end = found < 0 ? body.length : found
    const line = /^=(part|thread|reply)(?: (\S*))?$/.exec(body.toString('latin1', index, Math.min(end, index + 400)))
    if (line !== null) yield { index, end, word: line[1]!, value: line[2] ?? '' }
  }
}

function partText({ parts }: Pick<Message, 'parts'>, hash: string): string {
  const part = parts.find((one) => one.hash === hash)
  if (part === undefined) throw new DeliveryError('reject', 'no', `the stored message lacks its part ${hash}`)
  const base64 = Buffer.from(part.bytes.buffer, part.bytes.byteOffset, part.bytes.byteLength).toString('base64')
  return base64.replace(/.{76}(?=.)/g, '$&\r\n')
}

function threadText(word: string, root: string, thread: readonly Receipt[]): string {
  const earlier = references(thread, word === 'reply')
  const all = [...new Set([...(root === '' ? [] : [root]), ...earlier])]
  if (all.length === 0) return ''
  const shown = all.length <= mostReferences ? all : [...all.slice(0, 2), ...all.slice(2 - mostReferences)]
  const last = earlier.at(-1)
  return [
    // The root is no mail that one could answer.
    ...(last === undefined ? [] : [headerLine({ name: 'In-Reply-To', raw: last })]),
    headerLine({ name: 'References', raw: shown.join(' ') }),
  ].join('\r\n')
}
