import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FrameDecoder, frame } from '../../../vo/vtp/framing.ts'

/** Feeds bytes cut at the given places. */
function feed(decoder: FrameDecoder, bytes: Buffer, cuts: readonly number[]) {
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b)
  const payloads: Buffer[] = []
  let fault: string | undefined
  places.slice(1).forEach((end, index) => {
    const result = decoder.push(bytes.subarray(places[index], end))
    payloads.push(...result.payloads.map((payload) => Buffer.from(payload)))
    fault ??= result.fault
  })
  return { payloads, fault }
}

describe('framing', () => {
  it('writes a 4-byte big-endian length', () => {
    expect([...frame(Buffer.from('ab'))]).toEqual([0, 0, 0, 2, 0x61, 0x62])
  })

  it('gives payloads back however the stream is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 9000 }), { maxLength: 6 }),
        fc.array(fc.nat(), { maxLength: 20 }),
        (payloads, cuts) => {
          const stream = Buffer.concat(payloads.map(frame))
          const result = feed(new FrameDecoder(), stream, cuts)
          expect(result.fault).toBeUndefined()
          expect(result.payloads.map((payload) => payload.toString('hex'))).toEqual(
            payloads.map((payload) => Buffer.from(payload).toString('hex')),
          )
        },
      ),
      { numRuns: 200 },
    )
  })

  it('refuses a length beyond the limit at once, and keeps what came before it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 101, max: 0xffffffff }), fc.array(fc.nat(), { maxLength: 5 }), (length, cuts) => {
        const head = Buffer.alloc(4)
        head.writeUInt32BE(length)
        const stream = Buffer.concat([frame(Buffer.from('good')), head, Buffer.alloc(50)])
        const result = feed(new FrameDecoder(100), stream, cuts)
        expect(result.payloads.map(String)).toEqual(['good'])
        expect(result.fault).toContain(`${length} bytes`)
      }),
    )
  })

  it('survives any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), fc.array(fc.nat(), { maxLength: 10 }), (bytes, cuts) => {
        const { payloads } = feed(new FrameDecoder(1000), Buffer.from(bytes), cuts)
        expect(payloads.every((payload) => payload.length <= 1000)).toBe(true)
      }),
    )
  })

  it('gives payloads memory of their own', () => {
    const stream = Buffer.from(frame(Buffer.from('payload')))
    const [payload] = new FrameDecoder().push(stream).payloads
    stream.fill(0)
    expect(Buffer.from(payload ?? []).toString()).toBe('payload')
  })
})
