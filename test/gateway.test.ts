/** The whole gateway without Kafka: real alerts of two surveys from files, one filter for both, to VTP, mail and HTTP. */
import { join } from 'node:path'
import PostalMime from 'postal-mime'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openValidator } from '../vo/validate.ts'
import { readVOEvent } from '../vo/xml/voevent-2.0.ts'
import { type GatewayHome, type GatewayProcess, gatewayHome, startGatewayProcess, until } from './gateway-process.ts'
import { type SmtpServer, startSmtp } from './servers/smtp.ts'
import { describeTier, samplesDir } from './tiers.ts'

describeTier('samples', 'the gateway on files of real alerts', () => {
  let smtp: SmtpServer
  let home: GatewayHome
  let gateway: GatewayProcess

  beforeAll(async () => {
    smtp = await startSmtp()
    const lsst = join(samplesDir as string, 'lsst')
    home = gatewayHome({
      authority: 'fountain.test',
      publicUrl: 'http://127.0.0.1:1',
      sources: {
        lsst: {
          kind: 'files',
          survey: 'lsst',
          paths: ['v11_0', 'v10_0', 'v9_0', 'wire-ids'].map((folder) => join(lsst, folder)),
        },
        ztf: { kind: 'files', survey: 'ztf', paths: [join(samplesDir as string, 'ztf')] },
      },
      streams: {
        all: { filter: 'SELECT id, survey, mag, snr, band FROM alert', title: 'All alerts' },
        both: { filter: "band IN ('g', 'r', 'i') AND mag < 23.5 AND is_moving = 0", title: 'Bright, of any survey' },
      },
      subscriptions: [{ name: 'owl', stream: 'both', to: 'email', address: 'owl@example.org' }],
      bridges: {
        vtp: { submit: 0, subscribe: 0 },
        email: { smtp: `smtp://127.0.0.1:${smtp.port}`, from: 'Fountain <alerts@example.org>' },
      },
      http: { listen: '127.0.0.1:0' },
    })
    gateway = await startGatewayProcess(home)
    await until('both sources end', async () =>
      (await gateway.status()).sources.every(({ state }) => state === 'ended'),
    )
  })
  afterAll(async () => {
    await gateway.stop()
    await smtp.stop()
    home.remove()
  })

  const countsOf = async (source: string) =>
    (await gateway.status()).ledger.sources.find((row) => row.source === source)

  it('65 LSST messages are 29 alerts, 31 duplicates and 5 dead letters; 19 of ZTF are 19 alerts', async () => {
    expect(await countsOf('lsst')).toMatchObject({ received: 65, decoded: 29, duplicate: 31, parked: 0, dead: 5 })
    expect(await countsOf('ztf')).toMatchObject({ received: 19, decoded: 19, duplicate: 0, parked: 0, dead: 0 })
  })

  it('publishes an event for each alert, valid and resolvable, and one filter selects from both surveys', async () => {
    const { ledger } = await gateway.status()
    const passed = (name: string): number => ledger.filters.find((row) => row.name === name)?.passed ?? 0
    expect(passed('all')).toBe(48)
    expect(ledger.events.logHead).toBe(48 + passed('both'))

    const validator = await openValidator()
    const view = (await (await fetch(`${gateway.url}/status.json`)).json()) as { recentEvents: { ivoid: string }[] }
    expect(view.recentEvents.length).toBeGreaterThan(10)
    for (const { ivoid } of view.recentEvents) {
      const answer = await fetch(`${gateway.url}/events?ID=${encodeURIComponent(ivoid)}`)
      expect(answer.status, ivoid).toBe(200)
      const bytes = new Uint8Array(await answer.arrayBuffer())
      expect(validator.validate(bytes).issues, ivoid).toEqual([])
      const { event } = readVOEvent(bytes, { mode: 'strict' })
      expect(event.ivoid).toBe(ivoid)
    }
    await until('the mail is out', () => smtp.mails.length === passed('both'))
    const names = smtp.mails.map((mail) => mail.bytes.toString('latin1'))
    expect(names.some((text) => text.includes('ZTF'))).toBe(true)
    expect(names.some((text) => text.includes('LSST'))).toBe(true)
  })

  it('shows cutouts and light curve in every mail, drawn of the packet that was kept', async () => {
    const { ledger } = await gateway.status()
    const passed = ledger.filters.find((row) => row.name === 'both')?.passed ?? 0
    await until('the mail is out', () => smtp.mails.length === passed)
    for (const { bytes } of smtp.mails) {
      const mail = await PostalMime.parse(bytes)
      const pictures = mail.attachments.filter(({ mimeType }) => mimeType === 'image/png')
      expect(pictures, mail.subject).toHaveLength(2)
      for (const { content } of pictures)
        expect(
          Buffer.from(content as ArrayBuffer)
            .subarray(1, 4)
            .toString(),
        ).toBe('PNG')
    }
    expect(passed).toBeGreaterThan(5)
  })

  it('a stream event refers to the survey event, which resolves too', async () => {
    const id = '169813005919846484'
    const streamEvent = await (
      await fetch(`${gateway.url}/events?ID=${encodeURIComponent(`ivo://fountain.test/streams/all#${id}`)}`)
    ).text()
    expect(streamEvent).toContain(`ivo://fountain.test/lsst#${id}`)
    const surveyEvent = await fetch(`${gateway.url}/events?ID=${encodeURIComponent(`ivo://fountain.test/lsst?${id}`)}`)
    expect(surveyEvent.status).toBe(200)
    expect(await surveyEvent.text()).not.toContain('streams/')
  })
})
