/** Drafts as people give them back: which bridge, then the text. What is taken reads as itself again. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bridge as atel } from '../../bridges/atel/index.ts'
import { bridge as bluesky } from '../../bridges/bluesky/index.ts'
import { type Bridge, type Channel, Refusal } from '../../bridges/contract.ts'
import { bridge as gcn } from '../../bridges/gcn/index.ts'
import { bridge as circular } from '../../bridges/gcn-circular/index.ts'
import { bridge as hermes } from '../../bridges/hermes/index.ts'
import { bridge as mastodon } from '../../bridges/mastodon/index.ts'
import { bridge as tns } from '../../bridges/tns/index.ts'
import { bridge as x } from '../../bridges/x/index.ts'
import { testHost } from '../bridges/contract.ts'
import { detailed } from '../bridges/gcn-items.ts'
import { picturedItem } from '../bridges/sample-item.ts'
import { lsstReport, messageFor, required } from '../bridges/tns-setup.ts'
import { xStandInKeys } from '../servers/x.ts'
import { fuzz } from './fuzz.ts'
import { hostileTexts, mutateJson, mutateText, pick, type Random } from './mutate.ts'

type Json = Parameters<typeof mutateJson>[1]
const byHand = { authors: 'A. Author (Institute)', contact: 'a@example.org' }
const word = 'a-word-of-nobody-0123'
const opened: readonly (readonly [Bridge, object])[] = [
  [atel, byHand],
  [circular, byHand],
  [gcn, { clientId: 'a', clientSecret: word, topic: 'gcn.notices.fountain.alert', mission: 'Fountain' }],
  [hermes, { token: word, submitter: 'A. Author' }],
  [tns, required],
  [mastodon, { instance: 'https://mastodon.example.org', token: word }],
  [bluesky, { identifier: 'a.example.org', appPassword: word }],
  [x, xStandInKeys],
] as unknown as (readonly [Bridge, object])[]

fuzz('draft-text', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'fountain-fuzz-'))
  const host = {
    ...testHost(),
    folder: () => folder,
    http: { request: () => Promise.reject(new Error('drafts ask nobody')) },
  }
  const item = detailed(picturedItem)
  const desks = await Promise.all(
    opened.map(async ([bridge, config]) => {
      const channel: Channel = await bridge.open(bridge.config.parse(config), host)
      const to = bridge.address.parse(undefined)
      // TNS would have to be asked for its values.
      const { body } = bridge.kind === 'tns' ? messageFor(lsstReport) : channel.render([item], to)
      const { drafting } = channel
      if (drafting === undefined) throw new Error(`${bridge.kind} has no drafts`)
      return { kind: bridge.kind, drafting, to, body, text: drafting.text(body) }
    }),
  )

  function changed(random: Random, text: string): string {
    if (text.startsWith('{') && random(3) > 0) {
      let value = JSON.parse(text) as Json
      for (let times = 1 + random(3); times > 0; times--) value = mutateJson(random, value)
      return JSON.stringify(value, null, 2) ?? ''
    }
    let mutant = text
    for (let times = random(4); times > 0; times--) {
      if (random(2) === 0) mutant = mutateText(mutant, random)
      else {
        const at = random(mutant.length + 1)
        mutant = `${mutant.slice(0, at)}${pick(random, hostileTexts)}${mutant.slice(at + random(20))}`
      }
    }
    return mutant
  }

  return {
    make(random) {
      const desk = random(desks.length)
      return Buffer.concat([Uint8Array.of(desk), Buffer.from(changed(random, desks[desk]!.text))])
    },
    run(input) {
      const { kind, drafting, to, body } = desks[(input[0] ?? 0) % desks.length]!
      const text = Buffer.from(input.subarray(1)).toString('utf8')
      let taken: Uint8Array
      try {
        taken = drafting.parse(text, body)
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        if (error.reasons.some((reason) => reason.trim() === '')) throw new Error('refused without a reason')
        return `${kind} refused`
      }
      const shown = drafting.text(taken)
      const again = drafting.parse(shown, body)
      if (!Buffer.from(again).equals(Buffer.from(taken))) throw new Error(`${kind}: it reads as another draft`)
      const findings = drafting.lint(taken, to)
      for (const { code, says } of findings) {
        if (!/^[A-Z0-9_]+$/.test(code) || says.trim() === '') throw new Error(`${kind}: a finding that says nothing`)
      }
      const form = drafting.handIn?.(taken)
      if (form !== undefined && !/^https:\/\//.test(form.url)) throw new Error(`${kind}: a form nowhere: ${form.url}`)
      return `${kind} ${findings.some(({ severity }) => severity === 'error') ? 'faulty' : 'taken'}`
    },
    meets: ['atel', 'gcn-circular', 'gcn', 'hermes', 'tns', 'mastodon', 'bluesky', 'x'].flatMap((kind) => [
      new RegExp(`^${kind} faulty`, 'm'),
      new RegExp(`^${kind} (taken|refused)`, 'm'),
    ]),
  }
})
