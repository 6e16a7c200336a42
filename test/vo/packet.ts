/** A packet that has a bit of everything; for tests that change one thing of it. */
import type { VOEvent } from '../../vo/model/voevent.ts'

export const fullEvent: VOEvent = {
  ivoid: 'ivo://example.org/stream#1',
  role: 'observation',
  who: {
    authorIvoid: 'ivo://example.org/fountain',
    date: '2026-01-31T23:59:59',
    author: {
      title: 'A & B',
      shortName: 'AB',
      contactName: 'Émilie',
      contributors: [{ name: 'one' }, { name: 'two' }],
    },
    description: 'who',
  },
  what: {
    params: [
      { definition: { name: 'flux', dataType: 'float', unit: 'nJy', ucd: 'phot.flux.density' }, value: '123.4500' },
      { definition: { name: 'visit', dataType: 'int', description: 'the visit' }, value: '20260131000123' },
      { definition: { name: 'band', dataType: 'string' }, value: 'r', references: [{ uri: 'https://example.org/r' }] },
    ],
    groups: [{ name: 'g', type: 't', params: [{ definition: { name: 'flux', dataType: 'float' }, value: '1' }] }],
    tables: [
      {
        name: 'history',
        fields: [
          { name: 'mjd', dataType: 'float', unit: 'd' },
          { name: 'band', dataType: 'string' },
        ],
        rows: [
          ['60000.5', 'r'],
          [null, ''],
        ],
      },
    ],
    descriptions: ['what'],
    references: [{ uri: 'https://example.org/what', mimetype: 'image/png' }],
  },
  whereWhen: [
    {
      observatory: {
        id: 'Rubin',
        coordSystem: 'UTC-GEOD-TOPO',
        position3D: { unit: 'deg-deg-m', c1: -70.75, c2: -30.25, c3: 2660 },
      },
      coordSystem: 'UTC-ICRS-TOPO',
      time: { unit: 's', isoTime: '2026-01-31T23:59:60.5', error: 0.5 },
      position: { unit: 'deg', name1: 'RA', name2: 'Dec', c1: 359.5, c2: -89.25, errorRadius: 0.00001 },
    },
  ],
  whereWhenNotes: { descriptions: ['where'], references: [] },
  how: { descriptions: ['how'], references: [{ uri: 'https://example.org/how' }] },
  why: {
    importance: 0.5,
    expires: '2026-02-28T00:00:00',
    names: ['n'],
    concepts: ['c'],
    inferences: [
      { probability: 0.25, relation: 'identified', names: ['SN'], concepts: [], descriptions: [], references: [] },
    ],
    descriptions: ['why'],
    references: [],
  },
  citations: { events: [{ ivoid: 'ivo://example.org/stream#0', cite: 'followup' }], description: 'cited' },
  description: 'all of it',
  reference: { uri: 'https://example.org/', type: 'url', meaning: 'https://example.org/meaning' },
}
