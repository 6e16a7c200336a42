/** What is wrong with a notice that GCN's schemas let pass, and the schemas themselves. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { gcnConfig } from '../../bridges/gcn/config.ts'
import { faultsOf } from '../../bridges/gcn/render.ts'
import { readNoticeSchema } from '../../bridges/gcn/schemas.ts'

const boom = 'gcn/notices/boom/alert.schema.json'
const maxi = 'gcn/notices/maxi/gsc.unknown.schema.json'
const given = () =>
  gcnConfig.parse({ clientId: 'c', clientSecret: 's', topic: 'gcn.notices.fountain.alert', mission: 'Fountain' })

describe('what the schemas let pass', () => {
  const schema = readNoticeSchema(boom)
  const maxiSchema = readNoticeSchema(maxi)
  const base = { $schema: schema.id, alert_datetime: '2026-03-01T05:37:41Z', mission: 'Fountain' }
  const side = { ...base, $schema: maxiSchema.id }
  const told = (notice: unknown, by = schema) => faultsOf(Buffer.from(JSON.stringify(notice)), given(), by).join(' ')
  const target = (more: object) => ({ ...base, data: { targets: [more] } })
  const photometry = (more: object) => ({ ...base, data: { photometry: [more] } })

  it('nothing is wrong with what is right', () => {
    expect(told(base)).toBe('')
    expect(told(target({ ra: 0, dec: -90, ra_dec_error: [0.1, 0.05, 30] }))).toBe('')
    expect(
      told({ ...side, trigger_time: '2026-03-01T05:38:30.1234Z', classification: { a: 0.5, b: 0.5005 } }, maxiSchema),
    ).toBe('')
    expect(told({ ...side, alert_tense: 'planned', trigger_time: '2027-01-01T00:00:00Z' }, maxiSchema)).toBe('')
  })

  it.each<[string, unknown, RegExp]>([
    ['nothing at all', {}, /\$schema must be .* alert_datetime is missing\. mission is missing/],
    ['no object', [], /The notice is no object/],
    ['the schema of no release', { ...base, $schema: schema.id.replace('v7.2.3', 'main') }, /\$schema must be/],
    ['another schema', { ...base, $schema: maxiSchema.id }, /\$schema must be/],
    ['ra 999', target({ ra: 999, dec: 0 }), /ra must be from 0 to less than 360/],
    ['ra 360', target({ ra: 360, dec: 0 }), /ra must be/],
    ['ra without dec', target({ ra: 1 }), /ra stands without dec/],
    ['dec -91', target({ ra: 1, dec: -91 }), /data\.targets\.0\.dec must be from -90 to 90/],
    ['a place of the wrong type', target({ ra: '1', dec: 2 }), /\/data\/targets\/0\/ra must be number/],
    ['an error below zero', target({ ra: 1, dec: 2, ra_dec_error: -1 }), /must be a radius/],
    ['an ellipse that is turned', target({ ra: 1, dec: 2, ra_dec_error: [1, 2] }), /minor axis that is longer/],
    ['a containment of 90', target({ ra: 1, dec: 2, containment_probability: 90 }), /containment_probability must be/],
    ['a score of 2', target({ classification_scores: { a: 2 } }), /must hold numbers from 0 to 1/],
    ['null', photometry({ filter: 'r', mag: null }), /mag is nothing/],
    ['a key that nobody reads', { ...base, extra: 1 }, /extra is not known/],
    ['a key that nobody reads, below', photometry({ filter: 'r', flux: 3 }), /data\.photometry\.0\.flux is not known/],
    ['a magnitude of 99', photometry({ filter: 'r', mag: 99 }), /mag must be from -30 to 40/],
    ['a magnitude in no filter', photometry({ mag: 20 }), /mag stands without filter/],
    ['an error of no magnitude', photometry({ filter: 'r', mag_error: 0.1 }), /stands without mag/],
    ['yesterday', { ...base, alert_datetime: 'yesterday' }, /alert_datetime must be a time in UTC/],
    ['no zone', { ...base, alert_datetime: '2026-03-01T05:37:41' }, /alert_datetime must be a time/],
    ['the 30th of February', { ...base, alert_datetime: '2026-02-30T05:37:41Z' }, /that exists/],
    ['the future', photometry({ observation_start: '2026-03-01T05:39:00Z' }), /is after alert_datetime/],
    [
      'an end before its start',
      photometry({ observation_start: '2026-03-01T05:00:00Z', observation_stop: '2026-03-01T04:00:00Z' }),
      /is before observation_start/,
    ],
    ['record 0', { ...base, record_number: 0 }, /whole number from 1/],
    ['record 1.5', { ...base, record_number: 1.5 }, /whole number from 1/],
    ['a tense that is none', { ...base, alert_tense: 'now' }, /alert_tense must be equal to one of/],
    ['an empty name', target({ event_name: ' ' }), /event_name is empty/],
    ['control characters', target({ event_name: 'a\u0007' }), /control characters/],
    ['a page that is a script', target({ data_archive_page: 'javascript:alert(1)' }), /must be a link/],
    ['__proto__', JSON.parse(`{"__proto__": 1, "mission": "a"}`), /__proto__ is not known/],
  ])('%s is refused', (_, notice, words) => {
    expect(told(notice)).toMatch(words)
  })

  it.each<[string, object, RegExp]>([
    ['probabilities of more than one', { classification: { a: 0.7, b: 0.7 } }, /more than 1 in sum/],
    ['a probability of -1', { classification: { a: -1 } }, /from 0 to 1/],
    ['p_astro 3', { p_astro: 3 }, /p_astro must be from 0 to 1/],
    ['a trigger of 1920', { trigger_time: '1920-01-01T00:00:00Z' }, /before anything/],
  ])('%s is refused', (_, more, words) => {
    expect(told({ ...side, ...more }, maxiSchema)).toMatch(words)
  })

  it('bounds what it says, and takes no bytes that are no JSON', () => {
    const many = told(Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`k${n}`, n])))
    expect(many).toMatch(/And \d+ more\.$/)
    expect(many.length).toBeLessThan(8_000)
    expect(faultsOf(Buffer.from('{"a":NaN}'), given(), schema)).toEqual(['The notice is no JSON.'])
    expect(faultsOf(Buffer.from([0xff, 0x7b]), given(), schema)).toEqual(['The notice is no JSON.'])
    const large = `{"data":{"photometry":[{"filter":"r","mag":1e999}]}}`
    expect(faultsOf(Buffer.from(large), given(), schema).join(' ')).toMatch(/mag is no number/)
    const deep = `${'{"data":'.repeat(50)}1${'}'.repeat(50)}`
    expect(told(JSON.parse(deep))).not.toBe('')
  })

  it.each(['boom/alert', 'km3net/alert', 'superk/sn_alert.real', 'maxi/gsc.unknown.ellipse', 'burstcube/alert'])(
    'the example of %s is right',
    (name) => {
      const folder = 'node_modules/@nasa-gcn/schema/gcn/notices'
      const example = JSON.parse(readFileSync(`${folder}/${name}.example.json`, 'utf8')) as { $schema: string }
      const path = example.$schema.replace(/^https:\/\/gcn\.nasa\.gov\/schema\/v[\d.]+\//, '')
      expect(told(example, readNoticeSchema(path))).toBe('')
    },
  )

  it('knows the places of a schema, also behind references', () => {
    expect(schema.knows('data', 'targets', '[]', 'gcn_crossmatch', '[]', 'reference', 'anything')).toBe(true)
    expect(schema.knows('data', 'targets', '[]', 'flux')).toBe(false)
    expect(schema.knows('toString')).toBe(false)
  })

  it('a copy of the schemas is taken where it is a release, and told of where it is none', () => {
    const folder = mkdtempSync(join(tmpdir(), 'fountain-gcn-'))
    expect(() => readNoticeSchema(boom, folder)).toThrow(/holds no GCN schemas/)
    cpSync('node_modules/@nasa-gcn/schema/gcn', join(folder, 'gcn'), { recursive: true })
    const file = join(folder, boom)
    const text = readFileSync(file, 'utf8')
    const own = 'gcn/notices/fountain/alert.schema.json'
    mkdirSync(join(folder, 'gcn/notices/fountain'))
    writeFileSync(
      join(folder, own),
      text
        .replace('v7.2.3/gcn/notices/boom/', 'v9.0.0/gcn/notices/fountain/')
        .replaceAll('../core/', 'https://gcn.nasa.gov/schema/v7.2.3/gcn/notices/core/'),
    )
    const theirs = readNoticeSchema(own, folder)
    expect(theirs.id).toBe('https://gcn.nasa.gov/schema/v9.0.0/gcn/notices/fountain/alert.schema.json')
    expect(theirs.knows('data', 'targets', '[]', 'ra')).toBe(true)
    expect(theirs.faults({ ...base, mission: 1 })).toEqual(['/mission must be string.'])
    writeFileSync(file, text.replace('/v7.2.3/', '/main/'))
    expect(() => readNoticeSchema(boom, folder)).toThrow(/of no release/)
  })
})
