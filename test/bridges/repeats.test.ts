/** What each bridge that reports says of repeats: only what its service folds, or can be asked about, goes out again. */
import { expect, it } from 'vitest'
import { bridge as atel } from '../../bridges/atel/index.ts'
import { bridge as bluesky } from '../../bridges/bluesky/index.ts'
import type { Bridge, Channel } from '../../bridges/contract.ts'
import { bridge as gcn } from '../../bridges/gcn/index.ts'
import { bridge as circular } from '../../bridges/gcn-circular/index.ts'
import { bridge as hermes } from '../../bridges/hermes/index.ts'
import { bridge as mastodon } from '../../bridges/mastodon/index.ts'
import { bridge as tns } from '../../bridges/tns/index.ts'
import { bridge as x } from '../../bridges/x/index.ts'
import { xStandInKeys } from '../servers/x.ts'
import { testHost } from './contract.ts'
import { detailed } from './gcn-items.ts'
import { lsstReport, messageFor, required } from './tns-setup.ts'

const byHand = { authors: 'A. Author (Institute)', contact: 'a@example.org' }
const word = 'a-word-of-nobody-0123'

it.each([
  // By its bytes: "an identical AT report".
  [tns, required, { repeat: 'safe', asks: true, byHand: false }],
  // Readers fold by id and record_number.
  [
    gcn,
    { clientId: 'a', clientSecret: word, topic: 'gcn.notices.fountain.alert', mission: 'Fountain' },
    { repeat: 'safe', asks: false, byHand: false },
  ],
  [hermes, { token: word, submitter: 'A. Author' }, { repeat: 'never', asks: false, byHand: false }],
  // Its key is kept for an hour, so after an unknown end it is looked for.
  [mastodon, { instance: 'https://a.example', token: word }, { repeat: 'never', asks: true, byHand: false }],
  // By the key of the record.
  [bluesky, { identifier: 'a.example.org', appPassword: word }, { repeat: 'safe', asks: false, byHand: false }],
  [x, xStandInKeys, { repeat: 'never', asks: false, byHand: false }],
  [atel, byHand, { repeat: 'never', asks: false, byHand: true }],
  [circular, byHand, { repeat: 'never', asks: false, byHand: true }],
] as unknown as [Bridge, object, object][])('$kind', async (bridge, config, expected) => {
  const channel: Channel = await bridge.open(bridge.config.parse(config), testHost())
  const message =
    bridge.kind === 'tns' ? messageFor(lsstReport) : channel.render([detailed()], bridge.address.parse(undefined))
  const said = { repeat: message.repeat, asks: channel.look !== undefined, byHand: bridge.byHand === true }
  await channel.close()
  expect(said).toEqual(expected)
})
