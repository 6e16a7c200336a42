import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { FilesSourceConfig } from '../../src/config.ts'
import { FountainError } from '../../src/errors.ts'
import { filesSource } from '../../src/ingest/files.ts'
import { unframe } from '../../src/ingest/framing.ts'
import { describeTier, samplesDir } from '../tiers.ts'
import { containerOf, rawContainer } from './containers.ts'
import { clock, type TestHost, testHost, testLog } from './host.ts'

let base: string
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'fountain-files-'))
})
afterEach(() => rmSync(base, { recursive: true }))

const config = (paths: string[], more: Partial<FilesSourceConfig> = {}): FilesSourceConfig => ({
  kind: 'files',
  survey: 'lsst',
  paths,
  framing: 'auto',
  follow: false,
  ...more,
})
function open(paths: string[], more: Partial<FilesSourceConfig> = {}) {
  const log = testLog()
  return { source: filesSource('here', config(paths, more), { log, clock, base }), log }
}
async function readAll(paths: string[], host: TestHost = testHost(), more: Partial<FilesSourceConfig> = {}) {
  await open(paths, more).source.run(host)
  return host.packets
}
const put = (path: string, bytes: Uint8Array | string) => {
  mkdirSync(join(base, path, '..'), { recursive: true })
  writeFileSync(join(base, path), bytes)
}
const wire = (...datum: number[]) => Uint8Array.of(0, 0, 0, 4, 0x4d, ...datum)
const text = { type: 'string' }
const words = (...all: string[]) => all.map((word) => Buffer.concat([Buffer.of(word.length * 2), Buffer.from(word)]))
const wordOf = (packet: { bytes: Uint8Array }) => {
  try {
    const unframed = unframe(packet.bytes, 'auto')
    if (unframed.kind !== 'container') return unframed.kind
    return unframed.datums.map((datum) => Buffer.from(datum.subarray(1)).toString()).join('+')
  } catch (error) {
    return (error as FountainError).code
  }
}

describe('what is read', () => {
  it('is nothing of a gateway that lives in the same place', async () => {
    put('message', wire(1))
    put('data/fountain.db', wire(2))
    put('data/packets/000001.seg', wire(3))
    const packets = await readAll(['.'], testHost(), { framing: 'confluent' })
    expect(packets.map(({ topic }) => topic)).toEqual(['./message'])
  })

  it('is each message of a directory, sorted, at any depth, under the path as given', async () => {
    put('in/b/2.avro-wire', wire(2))
    put('in/a/1.avro-wire', wire(1))
    put('in/3.avro', gzipSync(wire(3)))
    put('in/README.md', '# not an alert')
    put('in/.hidden.avro', wire(9))
    put('in/message', wire(4))
    const packets = await readAll(['in/'])
    expect(packets.map(({ topic, partition, offset }) => [topic, partition, offset])).toEqual([
      ['in/3.avro', 0, 0],
      ['in/a/1.avro-wire', 0, 0],
      ['in/b/2.avro-wire', 0, 0],
      ['in/message', 0, 0],
    ])
    expect(packets.map((packet) => unframe(packet.bytes, 'auto'))).toMatchObject(
      [3, 1, 2, 4].map((datum) => ({ schemaId: 1101, datum: { 0: datum, length: 1 } })),
    )
  })
  it('is each record of a container as a container of its own', async () => {
    put('many.avro', containerOf(text, [words('a', 'b'), words('c')], 'deflate'))
    const packets = await readAll(['many.avro'])
    expect(packets.map(wordOf)).toEqual(['a', 'b', 'c'])
    expect(packets.map((packet) => packet.offset)).toEqual([0, 1, 2])
  })
  it('is a container of one record byte for byte', async () => {
    const bytes = containerOf(text, [words('alone')], 'snappy')
    put('one.avro', bytes)
    const [packet] = await readAll(['one.avro'])
    expect(Buffer.from(packet!.bytes).equals(bytes)).toBe(true)
  })
  it('is also inside gzip, once or twice', async () => {
    const bytes = containerOf(text, [words('a', 'b')], 'null')
    put('once.avro.gz', gzipSync(bytes))
    put('twice.avro.gz', gzipSync(gzipSync(bytes)))
    expect((await readAll(['once.avro.gz', 'twice.avro.gz'])).map(wordOf)).toEqual(['a', 'b', 'a', 'b'])
  })
  it('is larger than what is held in memory, in batches that are bounded', async () => {
    const large = (letter: string) => {
      const data = Buffer.alloc(3_000_000, letter)
      return Buffer.concat([Buffer.of(0x80, 0x9b, 0xee, 0x02), data])
    }
    put(
      'large.avro',
      containerOf(
        { type: 'bytes' },
        [...'abcdefghij'].map((letter) => [large(letter)]),
        'null',
      ),
    )
    const host = testHost()
    const packets = await readAll(['large.avro'], host)
    expect(packets.map((packet) => String.fromCharCode(packet.bytes.at(-30)!)).join('')).toBe('abcdefghij')
    expect(host.batches.map(({ from, to }) => [from, to])).toEqual([
      [0, 5],
      [5, 10],
    ])
  })
  it('comes in batches of at most 200', async () => {
    const all = Array.from({ length: 450 }, (_, index) => words(String(index))[0]!)
    put('many.avro', containerOf(text, [all], 'null'))
    const host = testHost()
    await readAll(['many.avro'], host)
    expect(host.batches.map(({ from, to }) => [from, to])).toEqual([
      [0, 200],
      [200, 400],
      [400, 450],
    ])
  })
})

describe('what was read', () => {
  it('is passed over, within a block too', async () => {
    put('many.avro', containerOf(text, [words('a', 'b', 'c'), words('d', 'e')], 'null'))
    put('one.avro-wire', wire(1))
    const paths = ['many.avro', 'one.avro-wire']
    for (let to = 0; to <= 5; to++) {
      const positions = [
        { topic: 'many.avro', partition: 0, to },
        { topic: 'one.avro-wire', partition: 0, to: 1 },
      ]
      expect((await readAll(paths, testHost({ positions }))).map(wordOf)).toEqual(['a', 'b', 'c', 'd', 'e'].slice(to))
    }
  })
  it('is not read again by the next start', async () => {
    put('in/a.avro', containerOf(text, [words('a', 'b')], 'null'))
    put('in/b.avro', wire(1))
    const host = testHost()
    await readAll(['in'], host)
    await readAll(['in'], host)
    expect(host.packets).toHaveLength(3)
  })
})

describe('a damaged container', () => {
  const blocks = [words('a', 'b'), words('c', 'd'), words('e')]
  const read = async (bytes: Uint8Array) => {
    put('x.avro', bytes)
    return (await readAll(['x.avro'])).map(wordOf)
  }
  it('that is cut gives the records before the cut, then what was left as a packet that fails', async () => {
    const bytes = containerOf(text, blocks, 'null')
    expect(await read(bytes.subarray(0, -3))).toEqual(['a', 'b', 'c', 'd', 'FRAMING_TRUNCATED'])
    expect(await read(bytes.subarray(0, 30))).toEqual(['FRAMING_TRUNCATED'])
    expect(await read(bytes.subarray(0, 2))).toEqual(['FRAMING_TRUNCATED'])
  })
  it('with a bad block gives the records before and after it', async () => {
    const bytes = containerOf(text, blocks, 'snappy')
    const second = bytes.indexOf(Buffer.from('c'), bytes.indexOf('<-- 0123456789 >') + 16)
    bytes[second]! ^= 0x20
    expect(await read(bytes)).toEqual(['a', 'b', 'FRAMING_CONTAINER', 'e'])
  })
  it('whose block holds more than it counts gives the surplus an offset of its own, also to a later start', async () => {
    const data = (...of: string[]) => Buffer.concat(words(...of))
    const metadata = { 'avro.codec': 'null', 'avro.schema': JSON.stringify(text) }
    put(
      'x.avro',
      rawContainer(metadata, [
        { count: 2, data: data('a', 'b') },
        { count: 0, data: data('c') },
        { count: 1, data: data('d') },
      ]),
    )
    const host = testHost()
    const found = (await readAll(['x.avro'], host)).map(wordOf)
    expect(found).toEqual(['a', 'b', expect.stringMatching(/^[A-Z]+_/), 'd'])
    expect(host.packets.map(({ offset }) => offset)).toEqual([0, 1, 2, 3])
    for (let to = 0; to <= 4; to++) {
      const later = await readAll(['x.avro'], testHost({ positions: [{ topic: 'x.avro', partition: 0, to }] }))
      expect(later.map(wordOf)).toEqual(found.slice(to))
    }
  })
  it('with an impossible length goes on after the next sync marker', async () => {
    const bytes = containerOf(text, blocks, 'null')
    const marker = bytes.indexOf('<-- 0123456789 >', bytes.indexOf('<-- 0123456789 >') + 16)
    bytes[marker + 17] = 0x7f
    expect(await read(bytes)).toEqual(['a', 'b', 'FRAMING_CONTAINER', 'e'])
  })
  it('whose records do not part gives those that do', async () => {
    const [a, b] = words('a', 'b')
    expect(await read(containerOf(text, [[a!, b!, Buffer.of(90), Buffer.of(90)], words('e')], 'null'))).toEqual([
      'a',
      'b',
      'DECODE_TRUNCATED',
      'e',
    ])
  })
  it('whose gzip breaks is told by a packet, wherever it breaks', async () => {
    const zipped = gzipSync(containerOf(text, blocks, 'null'), { level: 0 })
    for (let length = 20; length < zipped.length; length++) {
      put('x.avro.gz', zipped.subarray(0, length))
      const found = (await readAll(['x.avro.gz'])).map(wordOf)
      expect(found.at(-1), `at ${length}`).toMatch(/^(FRAMING_|CONTAINER_)/)
    }
  })
  it('without records, and an empty file, are packets that fail', async () => {
    expect(await read(containerOf(text, [], 'null'))).toEqual(['CONTAINER_EMPTY'])
    expect(await read(new Uint8Array(0))).toEqual(['FRAMING_TRUNCATED'])
  })
})

describe('what cannot be read', () => {
  it('is reported, and the rest is read', async () => {
    put('in/a.avro', wire(1))
    const { source, log } = open(['missing', 'in'])
    const host = testHost()
    await source.run(host)
    expect(host.packets).toHaveLength(1)
    expect(log.lines).toMatchObject([{ level: 'error', fields: { code: 'FILES_UNREADABLE', path: 'missing' } }])
    await expect(source.check(AbortSignal.timeout(1_000))).rejects.toMatchObject({ code: 'FILES_UNREADABLE' })
  })
  it('includes tar archives: they are refused in words', async () => {
    const tar = Buffer.alloc(1024)
    tar.write('ustar', 257)
    put('night.tar.gz', gzipSync(tar))
    const { source, log } = open(['night.tar.gz'])
    const host = testHost()
    await source.run(host)
    expect(host.packets).toEqual([])
    expect(log.lines[0]?.message).toContain('tar archive')
  })
  it('stays an error when it is the gateway that failed', async () => {
    put('a.avro', wire(1))
    const host = testHost({
      onSift: () => {
        throw new FountainError('DISK_FULL', '')
      },
    })
    await expect(readAll(['a.avro'], host)).rejects.toMatchObject({ code: 'DISK_FULL' })
  })
})

describe('following', () => {
  it('reads files that come later, and stops when told', async () => {
    put('in/a.avro', wire(1))
    const host = testHost()
    const running = open(['in'], { follow: true }).source.run(host)
    await host.until(1)
    put('elsewhere', wire(2))
    renameSync(join(base, 'elsewhere'), join(base, 'in/b.avro'))
    put('in/deep/c.avro', containerOf(text, [words('a', 'b')], 'null'))
    await host.until(4)
    expect(host.packets.map((packet) => packet.topic)).toEqual([
      'in/a.avro',
      'in/b.avro',
      'in/deep/c.avro',
      'in/deep/c.avro',
    ])
    host.stop()
    await running
  })
  it('waits for the end of a container that is being written, and for a while only', async () => {
    const whole = containerOf(text, [words('a', 'b'), words('c'), words('d')], 'null')
    const touch = (path: string, secondsAgo: number) => {
      const at = Date.now() / 1000 - secondsAgo
      utimesSync(join(base, path), at, at)
    }
    put('in/old.avro', whole.subarray(0, -10))
    touch('in/old.avro', 100)
    put('in/growing.avro', whole.subarray(0, -10))
    touch('in/growing.avro', 10)
    const host = testHost()
    const running = open(['in'], { follow: true }).source.run(host)
    await host.until(7)
    expect(host.packets.map(wordOf)).toEqual(['a', 'b', 'c', 'a', 'b', 'c', 'FRAMING_TRUNCATED'])
    put('in/growing.avro', whole)
    touch('in/growing.avro', 5)
    await host.until(8)
    expect(host.packets.slice(7).map((packet) => [packet.topic, packet.offset, wordOf(packet)])).toEqual([
      ['in/growing.avro', 3, 'd'],
    ])
    host.stop()
    await running
  })
})

describeTier('samples', 'real files', () => {
  it('are read as they are', async () => {
    const host = testHost()
    const source = filesSource('real', config(['lsst/v11_0', 'ztf', 'elasticc']), {
      log: testLog(),
      clock,
      base: samplesDir!,
    })
    await source.run(host)
    const several = host.packets.filter((packet) => packet.topic.startsWith('elasticc/'))
    expect(several.map((packet) => packet.offset)).toEqual([0, 1, 2])
    const alone = host.packets.filter((packet) => !several.includes(packet))
    expect(alone).toHaveLength(27 + 19)
    for (const packet of alone) {
      expect(Buffer.from(packet.bytes).equals(readFileSync(join(samplesDir!, packet.topic))), packet.topic).toBe(true)
    }
    expect(readdirSync(join(samplesDir!, 'lsst/v11_0'))).toHaveLength(27)
  })
})
