import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { deliveryText, linesText, writeMessage } from '../../src/cli/delivery-text.ts'
import type { ShownDelivery } from '../../src/wiring/delivery-handlers.ts'
import { scratch } from './run-cli.ts'

const at = Date.UTC(2026, 10, 21, 17, 20, 11)
const base64 = (text: string | Uint8Array) => Buffer.from(text).toString('base64')
const shown = (more: Partial<ShownDelivery> = {}): ShownDelivery => ({
  id: 7,
  bridge: 'tns',
  subscription: 'young',
  owner: 'ada',
  state: 'parked',
  purpose: 'event',
  ivoid: 'ivo://a.bc/streams/young#1',
  objectId: null,
  address: { group: 5 },
  createdMs: at,
  dueMs: null,
  attempts: 1,
  reached: 'maybe',
  error: 'connection reset',
  reply: 'connection reset',
  receipt: null,
  handle: null,
  settledMs: at + 9_000,
  digestOf: 1,
  leadId: null,
  lookUp: 'Did tns take the message k7?',
  history: [
    { number: 1, kind: 'send', startedMs: at, endedMs: at + 250, outcome: 'parked', reached: 'maybe', reply: 'reset' },
  ],
  followers: [],
  thread: [],
  expiresMs: null,
  approvedBy: null,
  approvedMs: null,
  message: { key: 'k7', repeat: 'never', body: base64('An object,\nfound.'), parts: [] },
  ...more,
})

describe('a delivery for a terminal', () => {
  it('is a line that says what is the matter', () => {
    expect(linesText([shown()])).toBe(
      '     7 parked    tns  young  2026-11-21 17:20:11  ivo://a.bc/streams/young#1  connection reset',
    )
    expect(linesText([shown({ digestOf: 3, state: 'sent' })])).toMatch(/#1 \(\+2\)$/)
    expect(linesText([shown({ objectId: '1697', error: null })])).toMatch(/#1 {2}object 1697$/)
    expect(linesText([shown({ leadId: 5, error: null })])).toMatch(/#1 \(in 5\)$/)
    expect(linesText([shown({ purpose: 'retraction', error: null })])).toContain('  retracts ivo://')
    expect(linesText([shown({ purpose: 'confirmation', ivoid: null, error: null })])).toMatch(
      / {2}asks \{"group":5\} to/,
    )
    expect(linesText([shown({ purpose: 'draft', ivoid: null, error: null })])).toMatch(
      / {2}tells \{"group":5\} of a draft$/,
    )
  })

  it('stands in columns with the others', () => {
    const lines = linesText([shown(), shown({ bridge: 'gcn-circular', subscription: 'circulars' })]).split('\n')
    const [first, second] = lines.map((line) => line.indexOf('2026-11-21'))
    expect([lines.length, first]).toEqual([2, second])
    expect(linesText([])).toBe('')
  })

  it('shows what to look up before anything else, each attempt, and the message', () => {
    expect(deliveryText(shown())).toBe(`number       7
state        parked
look up      Did tns take the message k7?
purpose      event
event        ivo://a.bc/streams/young#1
bridge       tns
subscription young (ada)
address      {"group":5}
made         2026-11-21 17:20:11
settled      2026-11-21 17:20:20
arrived      maybe
error        connection reset
reply        connection reset
attempts     1. tried 2026-11-21 17:20:11, 250 ms: parked: reset
key          k7
repeat       never

An object,
found.`)
  })

  it('never shows the link that confirms an address, nor bytes that are no text', () => {
    const message = { key: 'k', repeat: 'safe', body: '', parts: [] } as const
    expect(deliveryText(shown({ purpose: 'confirmation', message }))).toMatch(/\nmessage {6}not shown: /)
    const bytes = { ...message, body: base64(Uint8Array.of(0xff, 0xfe)) }
    expect(deliveryText(shown({ message: bytes }))).toMatch(/\nmessage {6}2 bytes that are no text/)
    expect(deliveryText(shown({ message: null }))).toMatch(/\nmessage {6}not rendered yet$/)
  })

  it('lets nothing from elsewhere steer the terminal', () => {
    const evil = '\u001b]0;owned\u0007\u001b[2J\u009b1m\r\nnext'
    const texts = [
      linesText([shown({ error: evil, address: evil, ivoid: 'ivo://a.bc/\u009b2J#1' })]),
      deliveryText(
        shown({ error: evil, reply: evil, lookUp: evil, message: { ...shown().message!, body: base64(evil) } }),
      ),
    ]
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it looks for
    for (const text of texts) expect(text).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/)
    expect(texts[0]).not.toContain('\n')
  })

  it('writes a message and its parts into the directory, whatever they are called', () => {
    const directory = join(scratch(), 'a', 'b')
    const part = (name: string) => ({ hash: 'h', mediaType: 'x/y', name, bytes: base64(name) })
    const message = {
      ...shown().message!,
      parts: ['../../up.png', '/etc/passwd', 'a b.png', ''].map(part),
    }
    writeMessage(shown({ message }), directory)
    expect(readdirSync(directory).sort()).toEqual([
      '7-1-.._.._up.png',
      '7-2-_etc_passwd',
      '7-3-a_b.png',
      '7-4-',
      '7-message',
    ])
    expect(readFileSync(join(directory, '7-2-_etc_passwd'), 'utf8')).toBe('/etc/passwd')
    expect(readFileSync(join(directory, '7-message'), 'utf8')).toBe('An object,\nfound.')
  })
})
