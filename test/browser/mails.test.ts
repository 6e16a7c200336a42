/** Mails in a real Chromium: they fit a telephone, and their words can be read in the light and in the dark. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import PostalMime from 'postal-mime'
import { expect, it } from 'vitest'
import type { Item, Message } from '../../bridges/contract.ts'
import { assemble } from '../../bridges/email/assemble.ts'
import { renderConfirmationMail, renderMail } from '../../bridges/email/render.ts'
import {
  digestItems,
  followUpItem,
  fullItem,
  hostileItem,
  movingItem,
  negativeItem,
  retractionItem,
} from '../bridges/email-items.ts'
import { scratch } from '../cli/run-cli.ts'
import { describeTier } from '../tiers.ts'
import { chromium, screenshot } from './chromium.ts'

const to = 'observer@example.org'
const settings = { from: { address: 'alerts@example.org' }, authority: 'example.org' }
const mail = (...items: [Item, ...Item[]]) => renderMail(items, to, settings)
const confirmation = renderConfirmationMail(
  {
    subscription: 'night-owl',
    what: 'the stream Young and bright',
    askedBy: 'ada',
    confirmUrl: `https://fountain.example.org/confirm/${'0123456789'.repeat(4)}`,
    key: 'k',
    atMs: 0,
  },
  to,
  settings,
)
const long: Item = {
  ...fullItem,
  event: { ...fullItem.event, ivoid: `ivo://example.org/${'stream'.repeat(30)}#1` },
  match: { ...fullItem.match, columns: [{ name: 'x'.repeat(60), value: 'y'.repeat(190) }] },
}
const mails: [string, Message][] = [
  ['event', mail(fullItem)],
  ['follow-up', mail(followUpItem)],
  ['retraction', mail(retractionItem)],
  ['digest', mail(...digestItems())],
  ['moving-object', mail(movingItem())],
  ['negative-test', mail(negativeItem)],
  ['hostile', mail(hostileItem)],
  ['long', mail(long)],
  ['confirmation', confirmation],
]

/** The HTML with its pictures as data, as a mail program shows it. */
async function htmlOf(message: Message): Promise<string> {
  const { html = '', attachments } = await PostalMime.parse(assemble(message, []))
  return attachments.reduce(
    (text, { contentId, content }) =>
      contentId === undefined
        ? text
        : text.replaceAll(
            `cid:${contentId.slice(1, -1)}`,
            `data:image/png;base64,${Buffer.from(content as ArrayBuffer).toString('base64')}`,
          ),
    html,
  )
}

/** Contrast by WCAG 2.2 of every text with what lies behind it, and how far a mail runs over the width of its frame. */
const measure = `
const light = (rgb) => rgb.map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
  .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0)
const colour = (text) => text.match(/[\\d.]+/g).map(Number)
const behind = (element) => {
  for (let at = element; at; at = at.parentElement) {
    const found = colour(getComputedStyle(at).backgroundColor)
    if (found.length === 3 || found[3] > 0) return found.slice(0, 3)
  }
  return [255, 255, 255]
}
const look = ({ name, contentDocument: page }) => {
  let least = 21
  for (const element of page.body.querySelectorAll('*')) {
    if (![...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim())) continue
    const [a, b] = [colour(getComputedStyle(element).color).slice(0, 3), behind(element)].map(light)
    least = Math.min(least, (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05))
  }
  const over = page.documentElement.scrollWidth - page.documentElement.clientWidth
  const broken = [...page.images].filter((image) => image.naturalWidth === 0).length
  return { name, readable: least >= 4.5, over, broken, dark: light(behind(page.body)) < 0.1 }
}
onload = () => { document.title = JSON.stringify([...document.querySelectorAll('iframe')].map(look)) }
`

describeTier('browser', 'mails in Chromium', () => {
  it('fit a telephone and can be read, light and dark', async () => {
    const frames = await Promise.all(
      mails.map(async ([name, message]) => {
        const quoted = (await htmlOf(message)).replace(/[&"]/g, (sign) => `&#${sign.charCodeAt(0)};`)
        return `<iframe name="${name}" srcdoc="${quoted}" style="width:360px;height:1100px;border:0"></iframe>`
      }),
    )
    const file = join(scratch(), 'mails.html')
    writeFileSync(
      file,
      `<!DOCTYPE html><meta charset="utf-8"><title></title>${frames.join('')}<script>${measure}</script>`,
    )
    for (const dark of [false, true]) {
      const scheme = `--blink-settings=preferredColorScheme=${dark ? 0 : 1}`
      const dom = await chromium(scheme, '--dump-dom', `file://${file}`)
      // WCAG 2.2 §1.4.3: 4.5 to 1.
      expect(JSON.parse(/<title>([^<]+)<\/title>/.exec(dom)?.[1] ?? 'null')).toEqual(
        mails.map(([name]) => ({ name, readable: true, over: 0, broken: 0, dark })),
      )
    }
    expect(await screenshot('mails', `file://${file}`, '1120,3400')).toBeGreaterThan(30_000)
  })
})
