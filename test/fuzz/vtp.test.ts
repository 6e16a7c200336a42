import { Author } from '../../vo/vtp/author.ts'
import { BrokerSubmission } from '../../vo/vtp/broker-submission.ts'
import { BrokerSubscriber } from '../../vo/vtp/broker-subscriber.ts'
import { FrameDecoder, frame } from '../../vo/vtp/framing.ts'
import { receiptMark } from '../../vo/vtp/receipt.ts'
import { Subscriber } from '../../vo/vtp/subscriber.ts'
import { readTransport, writeTransport } from '../../vo/vtp/transport.ts'
import { packets } from './corpus.ts'
import { fuzz } from './fuzz.ts'
import { pack, unpack } from './mutate.ts'
import { vtpStream } from './vtp-stream.ts'

const ivorn = 'ivo://a.b/c#1'
const options = { brokerIvoid: 'ivo://a.b/vtp', nowMs: 0, maxBytes: 99_999 }

/** The machines with their state: each takes the same bytes, and the clock ticks on. */
function machines() {
  const broker = new BrokerSubscriber(
    { ...options, iamaliveMs: 60_000, ackLimit: 3, ackTimeoutMs: 90_000, stallMs: 120_000 },
    0,
  )
  for (const seq of [1, 2]) broker.sent(seq, ivorn, receiptMark(ivorn), 0)
  const submission = new BrokerSubmission({ ...options, timeoutMs: 20_000 })
  const subscriber = new Subscriber({ identity: 'ivo://a.b/me', filters: ['//*'], nowMs: 0 })
  const author = new Author(Buffer.from('<a/>'), ivorn, { nowMs: 0, timeoutMs: 20_000 })
  return [
    (chunk: Uint8Array) => broker.receive(chunk, 1),
    (chunk: Uint8Array) => submission.receive(chunk),
    (chunk: Uint8Array) => subscriber.receive(chunk, 1, 1),
    (chunk: Uint8Array) => {
      author.receive(chunk)
      return []
    },
  ]
}

function upToDrop(effects: readonly object[]): readonly object[] {
  const end = effects.findIndex((effect) => 'do' in effect && effect.do === 'drop')
  return end < 0 ? effects : effects.slice(0, end + 1)
}

fuzz('vtp', () => {
  const documents = packets()
  return {
    make: (random) => pack(Uint8Array.of(1 + random(200)), vtpStream(random, documents)),
    run(input) {
      const [size = Uint8Array.of(1), bytes = new Uint8Array()] = unpack(input)
      const step = Math.max(1, size[0] ?? 1)
      const pieces: Uint8Array[] = []
      for (let at = 0; at < bytes.length; at += step) pieces.push(bytes.subarray(at, at + step))

      const decoder = new FrameDecoder()
      const whole = new FrameDecoder().push(bytes)
      const parts = pieces.map((piece) => decoder.push(piece))
      const payloads = parts.flatMap((part) => part.payloads)
      if (Buffer.compare(pack(...payloads), pack(...whole.payloads)) !== 0)
        throw new Error('pieces differ from the whole')
      if (whole.fault !== parts.at(-1)?.fault) throw new Error(`fault ${whole.fault}, in pieces ${parts.at(-1)?.fault}`)
      const framed = Buffer.concat(payloads.map(frame))
      if (Buffer.compare(framed, bytes.subarray(0, framed.length)) !== 0) throw new Error('payloads are not what came')

      let outcome = whole.fault === undefined ? (payloads.length === 0 ? 'nothing' : 'garbage') : 'fault'
      for (const payload of payloads) {
        const message = readTransport(payload)
        if (message === undefined) continue
        outcome = message.role
        const again = readTransport(writeTransport(message))
        if (again !== undefined && again.role !== message.role) throw new Error('written anew, it is another')
      }
      // After the first drop the connection is closed: what is said again then is said to nobody.
      const atOnce = machines().map((machine) => machine(bytes))
      const inPieces = machines().map((machine) => pieces.flatMap((piece): readonly object[] => machine(piece)))
      if (JSON.stringify(atOnce.map(upToDrop)) !== JSON.stringify(inPieces.map(upToDrop)))
        throw new Error('pieces have other effects than the whole')
      return outcome
    },
    meets: [/^ack/m, /^authenticate/m, /^garbage/m, /^fault/m],
  }
})
