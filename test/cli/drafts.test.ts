/** The life of a draft at the command line, beside a running gateway: read, changed, approved, handed in. */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import type { DeliveryLine } from '../../src/record/port.ts'
import type { ShownDraft } from '../../src/serve/draft-desk.ts'
import { type GatewayHome, type GatewayProcess, gatewayHome, startGatewayProcess, until } from '../gateway-process.ts'
import { type SmtpServer, startSmtp } from '../servers/smtp.ts'
import { type CliOptions, type CliResult, fountain, jsonLines, scratch } from './run-cli.ts'

const limit = 90_000

describe('beside a running gateway', { timeout: limit }, () => {
  let home: GatewayHome
  let gateway: GatewayProcess
  let smtp: SmtpServer
  const run = (args: readonly string[], options: CliOptions = {}): Promise<CliResult> =>
    fountain(['drafts', ...args, '-c', join(home.directory, 'fountain.yaml')], options)
  const list = async (bridge: string): Promise<DeliveryLine[]> =>
    jsonLines<DeliveryLine>(await run(['list', '--json', '--bridge', bridge]))
  const show = async (id: number): Promise<ShownDraft> =>
    JSON.parse((await run(['show', '--json', String(id)])).stdout) as ShownDraft
  /** The telegram that waits. */
  const telegram = async (): Promise<number> => (await list('atel'))[0]?.id ?? 0

  beforeAll(async () => {
    smtp = await startSmtp()
    home = gatewayHome({
      authority: 'my.observatory',
      sources: { sky: { kind: 'simulator', visits: 1, alertsPerVisit: 4, factor: 10_000 } },
      streams: { all: { filter: 'SELECT id, mag FROM alert', title: 'All' } },
      subscriptions: [
        { name: 'mails', stream: 'all', to: 'email', address: 'b@example.org', test: true, cadence: 'draft' },
        {
          name: 'telegrams',
          stream: 'all',
          to: 'atel',
          test: true,
          approver: { to: 'email', address: 'me@example.org' },
        },
      ],
      bridges: {
        email: { smtp: `smtp://127.0.0.1:${smtp.port}`, from: 'Fountain <f@example.org>' },
        atel: { authors: 'A. Person (Example Observatory)', contact: 'A. Person (a@example.org)', leastReliability: 0 },
      },
      http: { listen: '127.0.0.1:0' },
      publicUrl: 'https://fountain.example.org',
    })
    gateway = await startGatewayProcess(home)
    await until('a telegram and the mails wait, and the approver was told', async () => {
      const { sources } = await gateway.status()
      return sources[0]?.state === 'ended' && (await list('email')).length === 4 && smtp.mails.length > 0
    })
    return async () => {
      await gateway.stop()
      await smtp.stop()
      home.remove()
    }
  }, limit)

  it('list shows what waits, and the approver was told of it by mail', async () => {
    const id = await telegram()
    const { stdout, code } = await run(['list', '--bridge', 'atel'])
    expect(code).toBe(0)
    expect(stdout).toMatch(new RegExp(`^ +${id} held {6}atel {2}telegrams {2}20\\d\\d-`))
    const mail = smtp.mails.map(({ bytes }) => bytes.toString()).find((text) => text.includes('me@example.org'))
    expect(mail).toMatch(/^Subject: \[draft\] atel: LSST-AP-DO-/m)
    expect(mail).toContain('https://fountain.example.org/drafts/')
    expect((await run(['list', '--bridge', 'none'])).stdout).toBe('no drafts\n')
  })

  it('show tells the text, what is wrong, and what to copy where; -o writes the pictures', async () => {
    const id = await telegram()
    const directory = join(scratch(), 'pictures')
    const { stdout, stderr, code } = await run(['show', String(id), '-o', directory])
    expect(code).toBe(0)
    for (const words of [/^about +LSST-AP-DO-\d+$/m, /^--- text -/m, /^Title: TEST: /m, /^error: .*\[ATEL_TEST\]$/m])
      expect(stdout).toMatch(words)
    expect(stdout).toMatch(/^Hand it in at https:\/\/www\.astronomerstelegram\.org\//m)
    expect(stdout).toContain(`fountain drafts sent ${id}`)
    expect(stderr).toContain('wrote ')
    expect(readdirSync(directory).filter((name) => name.endsWith('.png')).length).toBeGreaterThan(0)
    expect(await run(['show', '999'])).toMatchObject({ code: 1, stdout: '' })
  })

  it('edit takes a text from an editor, a file or a pipe, and gives the old one back', async () => {
    const id = await telegram()
    const { text } = await show(id)
    const file = join(scratch(), 'better.txt')
    writeFileSync(file, text?.replace('TEST: ', 'TEST: A better ') ?? '')
    const edited = await run(['edit', String(id), '--file', file, '--as', 'anna'])
    expect(edited).toMatchObject({ code: 0, stderr: '' })
    expect(edited.stdout).toMatch(new RegExp(`^${id} is version 1 now\nerror: `))
    const piped = await run(['edit', String(id), '--file', '-'], {
      input: readFileSync(file, 'utf8').replace('better', 'fine'),
    })
    expect(piped.stdout).toMatch(/is version 2 now/)
    const env = { VISUAL: '', EDITOR: 'sed -i s/fine/excellent/' }
    expect((await run(['edit', String(id)], { env })).stdout).toMatch(/is version 3 now/)
    const after = await show(id)
    expect(after.text).toContain('TEST: A excellent ')
    expect(after.versions.map(({ by }) => by)).toEqual([null, 'anna (operator)', 'operator', 'operator'])
    // An editor that only looks changes nothing.
    expect((await run(['edit', String(id)], { env: { VISUAL: 'true' } })).stdout).toMatch(/is as it was/)
    expect((await run(['edit', String(id), '--original'])).stdout).toMatch(/is version 4 now/)
    expect((await show(id)).text).toBe(text)
  })

  it('edit refuses what it cannot understand, and loses nothing of it', async () => {
    const id = await telegram()
    const { version } = await show(id)
    const { code, stderr } = await run(['edit', String(id), '--file', '-'], { input: 'My long night of work' })
    expect(code).toBe(1)
    expect(stderr).toContain('DRAFT_UNREADABLE')
    const kept = /your text is kept in (\S+)/.exec(stderr)?.[1] ?? ''
    expect(readFileSync(kept, 'utf8')).toBe('My long night of work')
    rmSync(dirname(kept), { recursive: true })
    const given = join(scratch(), 'mine.txt')
    writeFileSync(given, 'no telegram')
    const refused = await run(['edit', String(id), '--file', given])
    expect(refused.stderr).not.toContain('is kept in')
    expect(existsSync(given)).toBe(true)
    const failed = await run(['edit', String(id)], { env: { VISUAL: 'false' } })
    expect(failed).toMatchObject({ code: 2, stderr: expect.stringContaining('the editor (false) ended with 1') })
    expect((await show(id)).version).toBe(version)
    expect((await run(['edit', String(id), '--file', given, '--original'])).code).toBe(2)
    const [mail] = await list('email')
    expect((await run(['edit', String(mail?.id), '--file', given])).stderr).toContain('DRAFT_NOT_EDITABLE')
  })

  it('approve sends what the gateway sends, and refuses what goes by hand, by whichever command', async () => {
    const id = await telegram()
    const [mail] = await list('email')
    const both = await run(['approve', String(id), String(mail?.id), '--as', 'anna'])
    expect(both).toMatchObject({
      code: 1,
      stdout: `${mail?.id} to be sent\n`,
      stderr: expect.stringContaining('DRAFT_BY_HAND'),
    })
    await until('the mail arrived', async () => (await show(mail?.id ?? 0)).state === 'sent')
    expect((await show(mail?.id ?? 0)).approvedBy).toBe('anna (operator)')
    const other = await fountain(['deliveries', 'approve', String(id), '-c', join(home.directory, 'fountain.yaml')])
    expect(other).toMatchObject({ code: 1, stderr: expect.stringContaining('DRAFT_BY_HAND') })
  })

  it('discard says no for good', async () => {
    const [mail] = await list('email')
    expect(await run(['discard', String(mail?.id), '--reason', 'a known star'])).toEqual({
      code: 0,
      stdout: `${mail?.id} discarded\n`,
      stderr: '',
    })
    expect(await show(mail?.id ?? 0)).toMatchObject({ state: 'dropped', error: 'dropped by operator: a known star' })
    expect((await run(['discard', String(mail?.id)])).code).toBe(1)
  })

  it('sent tells what it became, once, and an event of ours cites it on the log', async () => {
    const id = await telegram()
    const { ivoid, pageUrl } = await show(id)
    const page = `${gateway.url}${new URL(pageUrl ?? '').pathname}`
    expect((await fetch(page)).status).toBe(200)
    for (const wrong of [[], ['--atel', '1', '--receipt', 'x'], ['--atel', 'seven']])
      expect((await run(['sent', String(id), ...wrong])).code).toBe(2)
    for (const wrong of [
      ['--circular', '4'],
      ['--receipt', 'a dog'],
    ])
      expect((await run(['sent', String(id), ...wrong])).stderr).toContain('RECEIPT_UNREADABLE')
    const { code, stdout } = await run(['sent', String(id), '--atel', '17123', '--as', 'anna'])
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining(`${ivoid}.c1 says so\n`) })
    expect(stdout).toContain('17123')
    const event = await fetch(`${gateway.url}/events?ID=${encodeURIComponent(`${ivoid}.c1`)}`)
    expect(await event.text()).toMatch(/cite="followup"[\s\S]*read=17123/)
    expect((await fetch(page)).status).toBe(410)
    expect((await run(['sent', String(id), '--atel', '17123'])).stderr).toContain('DELIVERY_STATE')
  })
})
