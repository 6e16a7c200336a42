import { describe, expect, it } from 'vitest'
import { draftText } from '../../src/cli/draft-text.ts'
import type { ShownDraft } from '../../src/serve/draft-desk.ts'

const at = Date.UTC(2026, 10, 21, 17, 20, 11)
const shown = (more: Partial<ShownDraft> = {}): ShownDraft => ({
  id: 12,
  bridge: 'tns',
  subscription: 'young',
  owner: 'ada',
  state: 'held',
  purpose: 'event',
  ivoid: 'ivo://a.bc/streams/young#1',
  address: null,
  createdMs: at,
  error: null,
  about: 'LSST-AP-DO-7',
  version: 1,
  text: 'An object,\nfound.',
  editable: true,
  byHand: false,
  notLive: null,
  findings: [{ severity: 'warning', code: 'TNS_FAINT', says: 'It is faint.', fix: 'Look again.' }],
  handIn: null,
  versions: [
    { version: 0, by: null, atMs: at, text: 'An object.' },
    { version: 1, by: 'ada', atMs: at + 60_000, text: 'An object,\nfound.' },
  ],
  before: { id: 3, atMs: at, receiptId: 'AT2026abc', diff: '--- delivery 3\n+++ draft 12\n-Found.\n+An object,\n' },
  pageUrl: 'https://a.bc/drafts/x',
  parts: [{ name: 'lightcurve.png', mediaType: 'image/png', bytes: 9 }],
  approvedBy: null,
  approvedMs: null,
  receipt: null,
  ...more,
})

describe('a draft for a terminal', () => {
  it('is all that one must know before a yes', () => {
    expect(draftText(shown())).toBe(`draft        12
about        LSST-AP-DO-7
state        held
event        ivo://a.bc/streams/young#1
bridge       tns
subscription young (ada)
made         2026-11-21 17:20:11
version      1, changed by ada, 2026-11-21 17:21:11
pictures     lightcurve.png
page         https://a.bc/drafts/x

--- text ------------------------------------------------------------------
An object,
found.

warning: It is faint. Look again. [TNS_FAINT]

Said before about it: AT2026abc, 2026-11-21 17:20:11
--- delivery 3
+++ draft 12
-Found.
+An object,


To go back to what was rendered: fountain drafts edit 12 --original

To send it: fountain drafts approve 12`)
  })

  it('says why a yes would send nothing', () => {
    expect(draftText(shown({ notLive: '`live: true` is missing' }))).toMatch(
      /whoever says yes: `live: true` is missing\.$/,
    )
    expect(draftText(shown({ byHand: true }))).toMatch(
      /When it is posted: fountain drafts sent 12 --receipt <its number>$/,
    )
    expect(draftText(shown({ state: 'sent' }))).not.toContain('drafts approve')
    expect(draftText(shown({ text: null, editable: false, before: null }))).toContain('not rendered yet')
  })

  it('says nothing of addresses and changes that there are not', () => {
    const same = [0, 1].map((version) => ({ version, by: version === 0 ? null : 'ada', atMs: at, text: 'An object.' }))
    const text = draftText(shown({ address: {}, text: 'An object.', versions: same }))
    expect(text).not.toMatch(/^address|--original/m)
    expect(draftText(shown({ address: { topic: 'a' } }))).toMatch(/^address {6}\{"topic":"a"\}$/m)
    expect(draftText(shown({ state: 'sent' }))).not.toContain('--original')
  })

  it('steers no terminal, whatever stands in it', () => {
    const evil = 'x\u001b[2J\u0007\u009b31m'
    const text = draftText(
      shown({
        text: evil,
        about: evil,
        findings: [{ severity: 'error', code: 'X', says: evil }],
        handIn: { url: evil, prefilled: false, fields: [{ label: 'Body', value: evil }] },
        before: { id: 1, atMs: at, receiptId: null, diff: evil },
        notLive: evil,
      }),
    )
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it looks for
    expect(text).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/)
  })
})
