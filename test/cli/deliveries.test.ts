/** What an operator sees of deliveries and decides about them: commands as child processes beside a running gateway. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import type { DeliveryLine } from '../../src/record/port.ts'
import type { ShownDelivery } from '../../src/wiring/delivery-handlers.ts'
import { type GatewayHome, type GatewayProcess, gatewayHome, startGatewayProcess, until } from '../gateway-process.ts'
import { type SmtpServer, startSmtp } from '../servers/smtp.ts'
import { type CliResult, fountain, jsonLines, scratch } from './run-cli.ts'

const limit = 60_000

describe('beside a running gateway', { timeout: limit }, () => {
  let home: GatewayHome
  let gateway: GatewayProcess
  let smtp: SmtpServer
  const run = (...args: string[]): Promise<CliResult> =>
    fountain([...args, '-c', join(home.directory, 'fountain.yaml')])
  const list = async (...args: string[]): Promise<DeliveryLine[]> =>
    jsonLines<DeliveryLine>(await run('deliveries', 'list', '--json', ...args))
  const show = async (id: number): Promise<ShownDelivery> =>
    JSON.parse((await run('deliveries', 'show', '--json', String(id))).stdout) as ShownDelivery

  beforeAll(async () => {
    smtp = await startSmtp()
    // Of three mails to two subscriptions one is refused for what it is; drafts wait.
    smtp.behave({ end: '554 5.6.0 not this one' }, 'once')
    home = gatewayHome({
      authority: 'my.observatory',
      sources: { sky: { kind: 'simulator', visits: 1, alertsPerVisit: 3, factor: 10_000 } },
      streams: { all: { filter: 'SELECT id, mag FROM alert', title: 'All' } },
      subscriptions: [
        { name: 'mail', stream: 'all', to: 'email', address: 'a@example.org', test: true },
        { name: 'drafts', stream: 'all', to: 'email', address: 'b@example.org', test: true, cadence: 'draft' },
      ],
      bridges: {
        email: { smtp: `smtp://127.0.0.1:${smtp.port}`, from: 'Fountain <f@example.org>', limits: { inFlight: 1 } },
      },
      http: { listen: '127.0.0.1:0' },
    })
    gateway = await startGatewayProcess(home)
    await until('mails are out and drafts are rendered', async () => {
      const { ledger, sources } = await gateway.status()
      const states = ledger.bridges[0]?.states ?? {}
      return sources[0]?.state === 'ended' && (states.queued ?? 0) + (states.sending ?? 0) === 0
    })
    return async () => {
      await gateway.stop()
      await smtp.stop()
      home.remove()
    }
  }, limit)

  it('list shows them, the newest first, by what one asks for', async () => {
    const all = await list()
    expect(all.length).toBeGreaterThanOrEqual(2)
    expect(all.map(({ id }) => id)).toEqual([...all.map(({ id }) => id)].sort((a, b) => b - a))
    const held = await list('--state', 'held')
    expect(held.length).toBe(all.length / 2)
    expect(held.every(({ subscription, state }) => subscription === 'drafts' && state === 'held')).toBe(true)
    expect(await list('--subscription', 'mail')).toHaveLength(all.length / 2)
    const ivoid = all[0]?.ivoid as string
    expect((await list('--ivoid', ivoid, '--bridge', 'email')).map((line) => line.ivoid)).toEqual([ivoid, ivoid])
    expect(await list('--limit', '1')).toHaveLength(1)
    expect((await list('--before', String(all[0]?.id))).map(({ id }) => id)).toEqual(all.slice(1).map(({ id }) => id))
    const { stdout, code } = await run('deliveries', 'list', '--state', 'rejected')
    expect(stdout).toMatch(
      /^ +\d+ rejected {2}email {2}mail {2}20\d\d-\S+ \S+ {2}ivo:\/\/my\.observatory\/\S+ {2}.*not this one\n$/,
    )
    expect(code).toBe(0)
    expect((await run('deliveries', 'list', '--state', 'parked')).stdout).toBe('no deliveries\n')
  })

  it('show tells everything, and writes the message with its parts', async () => {
    const [sent] = await list('--state', 'sent')
    const { stdout } = await run('deliveries', 'show', String(sent?.id))
    for (const line of [
      /^state +sent$/m,
      /^subscription +mail \(operator\)$/m,
      /^address +.*a@example\.org/m,
      /^arrived +yes$/m,
      /^receipt +\S+, 20/m,
      /^attempts +1\. tried 20\S+ \S+, \d+ ms: sent/m,
      /^repeat +safe$/m,
    ])
      expect(stdout).toMatch(line)
    const directory = join(scratch(), 'message')
    const { stderr } = await run('deliveries', 'show', String(sent?.id), '-o', directory)
    const { message } = await show(sent?.id as number)
    expect(readdirSync(directory)).toHaveLength(1 + (message?.parts.length ?? 0))
    expect(stderr).toContain(`wrote ${join(directory, `${sent?.id}-message`)}`)
    expect(readFileSync(join(directory, `${sent?.id}-message`)).toString('base64')).toBe(message?.body)
  })

  it('a draft can be read before it is approved or dropped, and goes out as it was read', async () => {
    const [first, second] = await list('--state', 'held')
    const before = await show(first?.id as number)
    expect(before.message?.body).toBeTruthy()
    const mails = smtp.mails.length
    expect(await run('deliveries', 'approve', String(first?.id))).toEqual({
      code: 0,
      stdout: `${first?.id} to be sent\n`,
      stderr: '',
    })
    await until('it is sent', async () => (await show(first?.id as number)).state === 'sent')
    expect(smtp.mails.slice(mails).map(({ to }) => to)).toEqual([['b@example.org']])
    expect(await show(first?.id as number)).toMatchObject({ message: before.message, approvedBy: 'operator' })
    expect((await run('deliveries', 'drop', String(second?.id), '--reason', 'no such star')).stdout).toBe(
      `${second?.id} dropped\n`,
    )
    expect(await show(second?.id as number)).toMatchObject({
      state: 'dropped',
      error: expect.stringContaining('no such star'),
    })
  })

  it('what was rejected goes again when somebody wants it', async () => {
    const [rejected] = await list('--state', 'rejected')
    const { code } = await run('deliveries', 'retry', String(rejected?.id))
    expect(code).toBe(0)
    await until('it is sent', async () => (await show(rejected?.id as number)).state === 'sent')
    expect((await show(rejected?.id as number)).history.map(({ outcome }) => outcome)).toEqual(['rejected', 'sent'])
  })

  it('says why it does not do what does not fit, and does the rest', async () => {
    const [sent] = await list('--state', 'sent')
    for (const command of ['retry', 'drop', 'sent', 'approve']) {
      const { code, stdout, stderr } = await run('deliveries', command, String(sent?.id), '9999')
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
      expect(stderr).toMatch(new RegExp(`^fountain: \\w+: ${sent?.id}: .*\\nfountain: NOT_FOUND: 9999: `))
    }
    expect((await run('deliveries', 'show', '9999')).stderr).toMatch(/^fountain: NOT_FOUND: .*9999/)
    expect((await run('deliveries', 'retry')).code).toBe(2)
    expect((await run('deliveries', 'list', '--state', 'lost')).code).toBe(2)
  })

  it('retract tells those who got the event, by the same way, and stands on the log', async () => {
    const [sent] = await list('--subscription', 'mail', '--state', 'sent')
    const ivoid = sent?.ivoid as string
    const mails = smtp.mails.length
    const retracted = await run('retract', ivoid, '--reason', 'a satellite')
    expect(retracted.stderr).toBe('')
    expect(retracted.stdout).toMatch(
      / is retracted by ivo:\S+\.r1\nOn the feeds: number \d+ of the log\.\nTo addresses: \d/,
    )
    await until('it is told', () => smtp.mails.length > mails)
    const told = smtp.mails.slice(mails)
    expect(told.every(({ bytes }) => bytes.includes('a satellite'))).toBe(true)
    expect(told.map(({ to }) => to.join())).toContain('a@example.org')
    const again = await run('retract', ivoid, '--reason', 'once more')
    expect(again).toMatchObject({ code: 1, stdout: '' })
    expect(again.stderr).toMatch(/^fountain: RETRACTED_ALREADY: /)
    expect((await run('retract', ivoid)).code).toBe(2)
  })

  it('status --ledger shows the equations, and that they add up', async () => {
    const { code, stdout } = await run('status', '--ledger')
    expect(stdout).toMatch(/^subscription +chosen \+ notices = deliveries \+ left out$/m)
    expect(stdout).toMatch(/^bridge +deliveries = held \+ queued \+ sending \+ submitted \+ sent \+ /m)
    expect(stdout).toMatch(/\nEverything adds up\.\n$/)
    expect(code).toBe(0)
    const json = JSON.parse((await run('status', '--ledger', '--json')).stdout) as object
    expect(json).toMatchObject({ faults: [], ledger: { sources: [{ source: 'sky' }] } })
    const metrics = await (await fetch(`${gateway.url}/metrics`)).text()
    expect(metrics).toMatch(/^fountain_ledger_faults 0$/m)
    expect(metrics).toMatch(/^fountain_bridge_circuit\{bridge="email"\} 0$/m)
  })
})

it.each([
  ['deliveries', 'list'],
  ['deliveries', 'retry', '1'],
  ['retract', 'ivo://a.bc/d#1', '--reason', 'x'],
])('%s %s without a running gateway says that none runs there', async (...args) => {
  const { code, stdout, stderr } = await fountain([...args, '--data', scratch()])
  expect(stderr).toMatch(/^fountain: CONTROL_UNREACHABLE: /)
  expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
})
