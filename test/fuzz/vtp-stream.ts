/** What somebody may send to a VTP port: frames of messages and events, well and ill. */
import { frame } from '../../vo/vtp/framing.ts'
import { transportRoles, writeTransport } from '../../vo/vtp/transport.ts'
import { mutatePacket } from './corpus.ts'
import { hostileTexts, mutateBytes, mutateText, pick, type Random, randomBytes } from './mutate.ts'

const xpaths = [
  '//Param',
  '//*[@role="test"]',
  '//*[local-name()="Who"',
  'count(//*//*//*//*//*) > 0',
  '1',
  'a:b',
  '//@*',
  '$x',
  '',
]

export function vtpStream(random: Random, documents: readonly Uint8Array[]): Uint8Array {
  const frames = Array.from({ length: 1 + random(4) }, () => onePayload(random, documents))
  return random(6) === 0 ? mutateBytes(Buffer.concat(frames), random) : Buffer.concat(frames)
}

function onePayload(random: Random, documents: readonly Uint8Array[]): Uint8Array {
  const way = random(10)
  if (way === 0) return randomBytes(random, 100)
  if (way === 1) return frame(randomBytes(random, 100))
  if (way === 2) return Buffer.from([random(256), random(256), random(256), random(256), ...randomBytes(random, 40)])
  if (way < 5) return frame(mutatePacket(random, documents))
  const message = Buffer.from(transport(random)).toString()
  return frame(Buffer.from(random(2) === 0 ? mutateText(message, random) : message))
}

function transport(random: Random): Uint8Array {
  const word = () => pick(random, ['ivo://a.b/c#1', 'ivo://a.b/vtp', ...hostileTexts])
  const param = () => ({
    name: random(4) === 0 ? word() : 'xpath-filter',
    value: random(3) === 0 ? word() : pick(random, xpaths),
  })
  return writeTransport({
    role: pick(random, transportRoles),
    origin: random(2) === 0 ? 'ivo://a.b/c#1' : word(),
    timeStamp: random(4) === 0 ? word() : '2026-11-21T10:00:00Z',
    ...(random(2) === 0 ? { response: word() } : {}),
    ...(random(2) === 0 ? { params: Array.from({ length: random(4) }, param) } : {}),
    ...(random(4) === 0 ? { result: word() } : {}),
  })
}
