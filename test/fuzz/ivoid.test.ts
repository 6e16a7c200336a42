import { eventIvoid, formatIvoid, isEventIvoid, key, parseIvoid, streamOf } from '../../vo/ivoid.ts'
import { fuzz, outcome } from './fuzz.ts'
import { hostileTexts, mutateText, pick } from './mutate.ts'

const good = [
  'ivo://org.example/streams/a#1',
  'ivo://a.b/c?d',
  'IVO://Org.Example/X#y',
  'ivo://nasa.gsfc.gcn/Fermi#GBM_Alert_2026',
]

fuzz('ivoid', () => ({
  make(random) {
    let text = pick(random, good)
    for (let times = random(4); times > 0; times--) text = mutateText(text, random)
    if (random(6) === 0) text += pick(random, hostileTexts)
    return Buffer.from(text)
  },
  run(input) {
    const text = Buffer.from(input).toString()
    const same = key(text)
    if (key(same) !== same) throw new Error(`the key of a key: ${key(same)}`)
    if (!text.startsWith(streamOf(text))) throw new Error('the stream is no start of it')
    const parsed = outcome(() => parseIvoid(text))
    if (isEventIvoid(text) && parsed !== 'ok') throw new Error('an event that cannot be parsed')
    if (parsed !== 'ok') return parsed
    const ivoid = parseIvoid(text)
    if (key(formatIvoid(ivoid)) !== same) throw new Error(`it is written as ${formatIvoid(ivoid)}`)
    if (ivoid.local) {
      const made = eventIvoid({ authority: ivoid.authority, path: ivoid.path, local: ivoid.local })
      if (key(made) !== same) throw new Error(`it is made as ${made}`)
    }
    return 'ok'
  },
  meets: [/^ok/m, /^IVOID_/m],
}))
