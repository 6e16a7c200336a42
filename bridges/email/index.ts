/** E-mail: one message an event or digest, by SMTP. See README.md for what the operator and the subscriber give. */
import { type Bridge, DeliveryError } from '../contract.ts'
import { assemble, storedHeader } from './assemble.ts'
import { address, config, parseMailbox, type Settings, smtpSettings } from './config.ts'
import { signDkim } from './dkim.ts'
import { type RenderSettings, renderConfirmationMail, renderDraftMail, renderMail } from './render.ts'
import { openSmtp } from './smtp.ts'

export const bridge: Bridge<typeof config, typeof address> = {
  kind: 'email',
  config,
  address,
  accepts: 'digest',
  confirms: true,
  tellsOfDrafts: true,
  checks: 'the server answers and takes the login',
  pictures: ['lightcurve', 'cutouts'],
  maxInFlight: 4,
  async open(settings, host) {
    const { default: Connection } = await import('nodemailer/lib/smtp-connection')
    const { default: Dkim } = await import('nodemailer/lib/dkim')
    const rendering = renderSettings(settings, host.authority)
    const smtp = openSmtp(Connection, smtpSettings(settings))
    return {
      render: (items, to) => renderMail(items, to, rendering),
      renderConfirmation: (request, to) => renderConfirmationMail(request, to, rendering),
      renderDraftNotice: (notice, to) => renderDraftMail(notice, to, rendering),
      async deliver(message, attempt) {
        const to = storedHeader(message.body, 'To')
        const id = storedHeader(message.body, 'Message-ID')
        if (to === undefined || id === undefined)
          throw new DeliveryError('reject', 'no', 'the stored message has no recipient or no Message-ID')
        const assembled = assemble(message, attempt.thread)
        const bytes = settings.dkim === undefined ? assembled : await signDkim(Dkim, settings.dkim, assembled)
        const reply = await smtp.send({ from: returnPath(settings, message.key), to }, bytes, attempt.signal)
        host.log.debug({ key: message.key, attempt: attempt.number, reply }, 'mail accepted')
        return { state: 'sent', receipt: { id, atMs: host.clock.now(), reply } }
      },
      check: (signal) => smtp.check(signal),
      async close() {
        smtp.close()
      },
    }
  },
}

function renderSettings(settings: Settings, authority: string): RenderSettings {
  const { listId, unsubscribe } = settings
  const replyTo = settings.replyTo === undefined ? undefined : parseMailbox(settings.replyTo)
  return {
    from: parseMailbox(settings.from)!,
    authority,
    ...(replyTo === undefined ? {} : { replyTo }),
    ...(listId === undefined ? {} : { listId }),
    ...(unsubscribe === undefined ? {} : { unsubscribe }),
  }
}

/** The envelope's sender; with `verp` it names the delivery, whatever a report holds of the mail. */
function returnPath({ from, bounces, verp }: Settings, key: string): string {
  const back = bounces ?? parseMailbox(from)!.address
  const at = back.lastIndexOf('@')
  return verp ? `${back.slice(0, at)}+${key}${back.slice(at)}` : back
}
