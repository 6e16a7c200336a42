/** What an approver is told of a telegram that waits. */
import type { DraftNotice } from '../../bridges/draft.ts'

export const draftNotice: DraftNotice = {
  id: 12,
  bridge: 'atel',
  subscription: 'telegrams',
  about: 'LSST-AP-DO-609788942606140532',
  text: `Title: Rubin discovery of a bright optical transient, LSST-AP-DO-609788942606140532
Authors: A. Observer (Institute of Examples)
Subjects: Optical, Transient

We report the discovery of a transient at RA = 10:20:30.04, Dec = +20:30:40.1 (J2000).
Brightness: r = 18.20 +/- 0.01 mag (AB).
`,
  findings: [
    { severity: 'error', code: 'ATEL_AUTHORS', says: 'A. Observer has no affiliation.', fix: 'Add it in parentheses.' },
    { severity: 'note', code: 'ATEL_LIMIT', says: 'The alert holds no earlier limit.' },
  ],
  handIn: {
    url: 'https://telegrams.example.org/?post&kind=new',
    prefilled: false,
    fields: [
      { label: 'Title', value: 'Rubin discovery of a bright optical transient' },
      { label: 'Subjects', value: 'Optical, Transient' },
    ],
  },
  pageUrl: 'https://fountain.example.org/drafts/0123456789abcdef',
  how: 'Hand it in by yourself; then say what it became: fountain drafts sent 12 --atel <number>.',
  parts: [],
  key: 'draft:12:0',
  atMs: Date.UTC(2026, 2, 1, 12),
}
