import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  eventIvoid,
  formatIvoid,
  IvoidError,
  isEventIvoid,
  key,
  parseIvoid,
  requireEventIvoid,
  streamOf,
} from '../../vo/ivoid.ts'

const codeOf = (read: () => unknown): string => {
  try {
    read()
  } catch (error) {
    if (error instanceof IvoidError) return error.code
    throw error
  }
  return 'none'
}

const unreserved = [...'ABCXYZabcxyz0189-._~']
const alphanumeric = [...'ABCXYZabcxyz0189']
const charsOf = (chars: string[], min: number, max: number) =>
  fc.array(fc.constantFrom(...chars), { minLength: min, maxLength: max }).map((each) => each.join(''))
const authority = fc.tuple(fc.constantFrom(...alphanumeric), charsOf(unreserved, 2, 12)).map(([a, b]) => a + b)
const segment = charsOf(unreserved, 1, 8).filter((each) => each !== '.' && each !== '..')
const path = fc.array(segment, { maxLength: 4 }).map((each) => each.join('/'))
const local = charsOf([...unreserved, ...":@!$&'()*+,;=/?", '%20', '%fF'], 1, 30)

describe('identifiers of events', () => {
  it.each([
    'ivo://nasa.heasarc#1',
    'ivo://n_1a.alph-0.02/reskey#local',
    'ivo://123/user/STScI_1/1a-7z.u#local',
    'ivo://example.org/streams/young-supernovae#170028486712345678',
    'ivo://example.org/stream?1234',
    'ivo://example.org/stream#a+b',
    "ivo://example.org/stream#-._~!$&'()*+,;=:@/?%20",
    'IVO://Example.org/stream#1',
    'ivo://example.org/...#1',
  ])('takes %s', (text) => {
    expect(isEventIvoid(text)).toBe(true)
  })

  it.each([
    ['bad_ivoid', 'IVOID_SCHEME'],
    ['http://example.org/stream#1', 'IVOID_SCHEME'],
    ['', 'IVOID_SCHEME'],
    [`ivo://example.org/${'x'.repeat(3000)}#1`, 'IVOID_SCHEME'],
    ['ivo://', 'IVOID_AUTHORITY'],
    ['ivo://#', 'IVOID_AUTHORITY'],
    ['ivo://#localID', 'IVOID_AUTHORITY'],
    ['ivo:///resourceKey#', 'IVOID_AUTHORITY'],
    ['ivo://ab/x#1', 'IVOID_AUTHORITY'],
    ['ivo://_temporary.id/x#1', 'IVOID_AUTHORITY'],
    ['ivo://DAT%41/x#1', 'IVOID_AUTHORITY'],
    ['ivo://de!uni-hd!physics/x#1', 'IVOID_AUTHORITY'],
    ['ivo://probe.test//x#1', 'IVOID_PATH'],
    ['ivo://probe.test/#1', 'IVOID_PATH'],
    ['ivo://probe.test/data/#1', 'IVOID_PATH'],
    ['ivo://probe.test/data//other#1', 'IVOID_PATH'],
    ['ivo://probe.test/data/c/../d#1', 'IVOID_PATH'],
    ['ivo://probe.test/./d#1', 'IVOID_PATH'],
    ['ivo://probe.test/data!g-vo.org#1', 'IVOID_PATH'],
    ['ivo://probe.test/user/M%fcller#1', 'IVOID_PATH'],
    ['ivo://probe.test/a b#1', 'IVOID_PATH'],
    ['ivo://probe.test/x#1#2', 'IVOID_LOCAL'],
    ['ivo://probe.test/x?1#2', 'IVOID_LOCAL'],
    ['ivo://probe.test/x#a b', 'IVOID_LOCAL'],
    ['ivo://probe.test/x#a\n', 'IVOID_LOCAL'],
    ['ivo://probe.test/x#[1]', 'IVOID_LOCAL'],
    ['ivo://probe.test/x#50%', 'IVOID_LOCAL'],
    ['ivo://probe.test/x#é', 'IVOID_LOCAL'],
    ['ivo://probe.test/x#', 'IVOID_NO_LOCAL'],
    ['ivo://probe.test/x', 'IVOID_NO_LOCAL'],
    ['ivo://probe.test/x?', 'IVOID_NO_LOCAL'],
  ])('refuses %j with %s', (text, code) => {
    expect(codeOf(() => requireEventIvoid(text))).toBe(code)
    expect(isEventIvoid(text)).toBe(false)
  })

  it('reads what it writes', () => {
    fc.assert(
      fc.property(authority, path, local, fc.constantFrom('#' as const, '?' as const), (a, p, l, separator) => {
        const ivoid = { authority: a, path: p, separator, local: l }
        expect(parseIvoid(formatIvoid(ivoid))).toEqual(ivoid)
      }),
    )
  })

  it('makes identifiers, and refuses parts that make none', () => {
    expect(eventIvoid({ authority: 'example.org', path: 'lsst', local: '1.r1' })).toBe('ivo://example.org/lsst#1.r1')
    expect(codeOf(() => eventIvoid({ authority: 'x', path: 'lsst', local: '1' }))).toBe('IVOID_AUTHORITY')
    expect(codeOf(() => eventIvoid({ authority: 'example.org', path: 'lsst', local: '' }))).toBe('IVOID_NO_LOCAL')
    expect(codeOf(() => eventIvoid({ authority: 'example.org', path: 'lsst', local: 'a#b' }))).toBe('IVOID_LOCAL')
  })

  it('refuses or reads any text, and never fails otherwise', () => {
    const pieces = fc.array(fc.oneof(fc.string(), fc.constantFrom('ivo://', '#', '?', '/', '..', '%4', 'abc')))
    fc.assert(
      fc.property(pieces, (parts) => {
        const text = parts.join('')
        let parsed: ReturnType<typeof parseIvoid> | undefined
        try {
          parsed = parseIvoid(text)
        } catch (error) {
          expect(error).toBeInstanceOf(IvoidError)
        }
        if (parsed) expect(formatIvoid(parsed).toLowerCase()).toBe(text.toLowerCase())
      }),
    )
  })
})

describe('the key of an identifier', () => {
  it('takes # and ? for the same, and the registry part without case', () => {
    fc.assert(
      fc.property(authority, path, local, (a, p, l) => {
        const registered = formatIvoid({ authority: a, path: p })
        expect(key(`${registered.toUpperCase()}?${l}`)).toBe(key(`${registered.toLowerCase()}#${l}`))
        expect(key(key(`${registered}#${l}`))).toBe(key(`${registered}#${l}`))
      }),
    )
  })

  it('keeps local parts apart by case, and by what follows the first separator', () => {
    expect(key('ivo://Example.org/S#Ab')).toBe('ivo://example.org/s#Ab')
    expect(key('ivo://example.org/s#ab')).not.toBe(key('ivo://example.org/s#AB'))
    expect(key('ivo://example.org/s?a?b')).toBe('ivo://example.org/s#a?b')
  })

  it('gives the stream as written', () => {
    expect(streamOf('ivo://Example.org/s#ab')).toBe('ivo://Example.org/s')
    expect(streamOf('ivo://example.org/s?ab')).toBe('ivo://example.org/s')
    expect(streamOf('ivo://example.org/s')).toBe('ivo://example.org/s')
  })
})
