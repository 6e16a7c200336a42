import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { ParamDefinition } from '../../../vo/model/voevent.ts'
import { checkParamSet, paramSetOf } from '../../../vo/voevent-3/param-set.ts'

const sha256 = (text: string) => `sha-256-${createHash('sha256').update(text).digest('hex')}`
const flux: ParamDefinition = { name: 'psfFlux', dataType: 'float', unit: 'nJy', ucd: 'phot.flux.density' }
const band: ParamDefinition = { name: 'band', dataType: 'string' }

describe('a ParamSet', () => {
  it('has the hash of its canonical JSON as its id', () => {
    // Keys in order, no white space, nothing that is absent: written by hand.
    const text =
      '[{"dataType":"float","name":"psfFlux","ucd":"phot.flux.density","unit":"nJy"},{"dataType":"string","name":"band"}]'
    expect(paramSetOf([flux, band])).toEqual({ id: sha256(text), params: [flux, band] })
    expect(paramSetOf([])).toEqual({ id: sha256('[]'), params: [] })
  })

  it('hashes references and text as RFC 8785 says', () => {
    const definition: ParamDefinition = {
      references: [{ uri: 'https://example.org/a', mimetype: 'text/html' }],
      description: 'a "quoted" \\ line\nwith \u0007, é and 😀',
      dataType: 'int',
      name: '',
    }
    const text =
      '[{"dataType":"int","description":"a \\"quoted\\" \\\\ line\\nwith \\u0007, é and 😀","name":"","references":[{"mimetype":"text/html","uri":"https://example.org/a"}]}]'
    expect(paramSetOf([definition]).id).toBe(sha256(text))
  })

  it('is the same whether an absent list is empty or left out, and whatever the order of keys', () => {
    const { id } = paramSetOf([{ name: 'a', dataType: 'int' }])
    expect(paramSetOf([{ dataType: 'int', references: [], name: 'a' }]).id).toBe(id)
    expect(paramSetOf([{ name: 'a', dataType: 'float' }]).id).not.toBe(id)
    // Half of a surrogate pair is U+FFFD on any wire of UTF-8.
    expect(paramSetOf([{ name: '\ud83d', dataType: 'int' }]).id).toBe(
      paramSetOf([{ name: '\ufffd', dataType: 'int' }]).id,
    )
  })

  it('is the same object for the same definitions in the same order, and no other', () => {
    const set = paramSetOf([flux, band])
    expect(paramSetOf([flux, band])).toBe(set)
    expect(paramSetOf([flux])).not.toBe(set)
    expect(paramSetOf([band, flux]).id).not.toBe(set.id)
    expect(paramSetOf([flux, band, flux]).params).toEqual([flux, band, flux])
    expect(paramSetOf([{ ...flux }, band])).toEqual(set)
  })

  it('does not change with the list that it was made of', () => {
    // Of its own: the set of `flux` alone may be known already.
    const first: ParamDefinition = { name: 'first', dataType: 'int' }
    const list = [first]
    const set = paramSetOf(list)
    list.push(band)
    expect(set.params).toEqual([first])
    expect(paramSetOf(list).params).toEqual([first, band])
  })

  it('gives the right set however many begin alike', () => {
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < 100; i++) {
        const last: ParamDefinition = { name: `p${i}`, dataType: 'int' }
        expect(paramSetOf([flux, last]).params[1]).toBe(last)
      }
    }
  })

  it('is refused under another id', () => {
    const set = paramSetOf([flux, band])
    expect(() => checkParamSet(set)).not.toThrow()
    expect(() => checkParamSet({ ...set, params: [flux] })).toThrow(
      expect.objectContaining({ code: 'VOE3_PARAM_SET_HASH' }),
    )
    expect(() => checkParamSet({ ...set, id: set.id.toUpperCase() })).toThrow(
      expect.objectContaining({ code: 'VOE3_PARAM_SET_HASH' }),
    )
  })
})
