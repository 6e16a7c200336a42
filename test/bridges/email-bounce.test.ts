/** Reports of mail systems, written by hand after RFC 3464 and real ones; and what only looks like a report. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readBounce } from '../../bridges/email/read-bounce.ts'

const key = '0123456789abcdef0123456789abcdef'

function report(parts: { status?: string; returned?: string; to?: string; mediaType?: string }): Buffer {
  const { to = 'bounces@example.org', mediaType = 'message/rfc822' } = parts
  const status = parts.status ?? recipient('Status: 5.1.1', 'Diagnostic-Code: smtp; 550 5.1.1 no such user')
  const lines = [
    'From: MAILER-DAEMON@mx.example.com',
    `To: ${to}`,
    'Subject: Undelivered Mail Returned to Sender',
    'MIME-Version: 1.0',
    'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
    '',
    '--b',
    'Content-Type: text/plain',
    '',
    'I am sorry. Final-Recipient: rfc822; someone.else@example.com',
    '--b',
    'Content-Type: message/delivery-status',
    '',
    'Reporting-MTA: dns; mx.example.com',
    '',
    status,
    '--b',
    `Content-Type: ${mediaType}`,
    '',
    parts.returned ?? returned,
    '--b--',
    '',
  ]
  return Buffer.from(lines.join('\r\n'))
}
const recipient = (...more: string[]) =>
  ['Final-Recipient: rfc822; ada@example.com', 'Action: failed', ...more].join('\r\n')
const returned = `From: alerts@example.org\r\nMessage-ID: <${key}@example.org>\r\nX-VOEvent-IVORN:\r\n ivo://example.org/s#1\r\n\r\nMessage-ID: <${'f'.repeat(32)}@example.org>\r\n`

describe('a report', () => {
  it('names the mail by what it returns, and the address that is gone', async () => {
    expect(await readBounce(report({}))).toEqual({
      keys: [key],
      ivoid: 'ivo://example.org/s#1',
      recipients: [
        {
          address: 'ada@example.com',
          action: 'failed',
          status: '5.1.1',
          diagnostic: '550 5.1.1 no such user',
          gone: true,
        },
      ],
    })
  })

  it.each(['text/rfc822-headers', 'message/rfc822-headers'])(
    'names it where only headers return: %s',
    async (mediaType) => {
      expect((await readBounce(report({ mediaType })))?.keys).toEqual([key])
    },
  )

  it('names it by the return path alone', async () => {
    const bounce = await readBounce(report({ to: `bounces+${key}@example.org`, returned: 'Subject: x\r\n\r\nx' }))
    expect(bounce).toMatchObject({ keys: [key] })
    expect(bounce).not.toHaveProperty('ivoid')
  })

  it.each([
    ['Status: 5.1.1', true],
    ['Status: 5.1.10 (recipient not found)', true],
    ['Status: 5.0.0\r\nDiagnostic-Code: smtp;550-5.1.1 The account does not exist', true],
    ['Status: 5.0.0\r\nDiagnostic-Code: smtp; 550 sorry', false],
    ['Status: 5.2.2', false],
    ['Status: 5.7.1\r\nDiagnostic-Code: smtp; 550 5.1.1 hidden in words', false],
    ['Status: 5.3.4', false],
    ['Status: 4.1.1', false],
  ])('%j: gone %s', async (status, gone) => {
    expect((await readBounce(report({ status: recipient(status) })))?.recipients).toMatchObject([{ gone }])
  })

  it('takes a delay for no end, and the address that was written to before the one behind an alias', async () => {
    const status = recipient('Status: 5.1.1', 'Original-Recipient: rfc822;team@example.com').replace(
      'failed',
      'delayed',
    )
    expect((await readBounce(report({ status })))?.recipients).toMatchObject([
      { address: 'team@example.com', action: 'delayed', gone: false },
    ])
  })

  it.each([
    ['an answer of a person', 'From: a@b\r\nSubject: Re: alert\r\n\r\n5.1.1 Final-Recipient: rfc822; x@y.org'],
    ['nothing', ''],
    ['noise', '\0\0\0--b\r\n\r\n'],
  ])('is not %s', async (_, text) => {
    expect(await readBounce(Buffer.from(text))).toBeUndefined()
  })

  it('is read or refused, whatever comes', async () => {
    const base = report({})
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat({ max: base.length }), fc.uint8Array({ maxLength: 12 })), { maxLength: 8 }),
        async (changes) => {
          const bytes = Buffer.from(base)
          for (const [at, put] of changes) bytes.set(put.subarray(0, base.length - at), at)
          const bounce = await readBounce(bytes)
          for (const { address } of bounce?.recipients ?? []) expect(address).toMatch(/^[^\s<>]+@[^\s<>]+$/)
          for (const found of bounce?.keys ?? []) expect(found).toMatch(/^[0-9a-f]{32}$/)
        },
      ),
      { numRuns: 300 },
    )
  })
})
