/** Drafts of telegrams (The Astronomer's Telegram). Nothing here opens a connection: a person posts, with their own name. */
import { z } from 'zod'
import { type Bridge, DeliveryError, type Item, type Message } from '../contract.ts'
import { deliveryKey } from '../delivery-key.ts'
import { reportOf } from '../report.ts'
import { pictureParts } from '../report-text/picture-parts.ts'
import { retractionOf } from '../report-text/retraction.ts'
import { type AtelConfig, config } from './config.ts'
import { drafting } from './drafting.ts'
import { bodyOf, discoveryTelegram, retractionTelegram } from './telegram.ts'

const address = z.null('takes no address: who posts is a matter of the configuration').default(null)

export const bridge: Bridge<typeof config, typeof address> = {
  kind: 'atel',
  config,
  address,
  accepts: 'event',
  pictures: ['lightcurve', 'cutouts'],
  maxInFlight: 4,
  detail: 'full',
  approval: 'always',
  byHand: true,
  checks: 'nothing to ask: people post what it drafts',
  oncePerObject: true,
  async open(settings, host) {
    return {
      render: ([item]) => renderTelegram(item, settings, host.authority),
      drafting,
      async deliver() {
        throw new DeliveryError('halt', 'no', 'telegrams are posted by people: this bridge sends nothing, ever')
      },
      // There is nothing to ask: the service has no machine's way in.
      async check() {},
      async close() {},
    }
  },
}

function renderTelegram(item: Item, settings: AtelConfig, authority: string): Message {
  const retraction = retractionOf(item)
  const telegram =
    retraction === undefined
      ? discoveryTelegram(reportOf(item), item, settings, authority)
      : retractionTelegram(retraction, item, settings)
  return { body: bodyOf(telegram), parts: pictureParts(item), key: deliveryKey([item], 'atel'), repeat: 'never' }
}
