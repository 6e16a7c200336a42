/** Drafts of GCN Circulars. Nothing here opens a connection: a person submits the form that a link fills in. */
import { z } from 'zod'
import { type Bridge, DeliveryError, type Item, type Message } from '../contract.ts'
import { deliveryKey } from '../delivery-key.ts'
import { reportOf } from '../report.ts'
import { pictureParts } from '../report-text/picture-parts.ts'
import { retractionOf } from '../report-text/retraction.ts'
import { bodyOf, discoveryCircular, retractionCircular } from './circular.ts'
import { type CircularConfig, config } from './config.ts'
import { draftingFor } from './drafting.ts'

const address = z.null('takes no address: who submits is a matter of the configuration').default(null)

export const bridge: Bridge<typeof config, typeof address> = {
  kind: 'gcn-circular',
  config,
  address,
  accepts: 'event',
  pictures: ['lightcurve', 'cutouts'],
  maxInFlight: 4,
  detail: 'full',
  audience: ({ site }) => (site === 'test' ? 'sandbox' : 'public'),
  approval: 'always',
  byHand: true,
  checks: 'nothing to ask: people submit what it drafts',
  oncePerObject: true,
  async open(settings, host) {
    return {
      render: ([item]) => renderCircular(item, settings, host.authority),
      drafting: draftingFor(settings.site),
      async deliver() {
        throw new DeliveryError('halt', 'no', 'Circulars are submitted by people: this bridge sends nothing, ever')
      },
      // There is nothing to ask: who submits has an account of their own.
      async check() {},
      async close() {},
    }
  },
}

function renderCircular(item: Item, settings: CircularConfig, authority: string): Message {
  const retraction = retractionOf(item)
  const circular =
    retraction === undefined
      ? discoveryCircular(reportOf(item), item, settings, authority)
      : retractionCircular(retraction, item, settings)
  const key = deliveryKey([item], 'gcn-circular')
  return { body: bodyOf(circular), parts: pictureParts(item), key, repeat: 'never' }
}
